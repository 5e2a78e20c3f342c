// Command echo is a hello-world JSON server.
package main

import (
	"log"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

func main() {
	e := echo.New()
	e.Use(middleware.RequestLogger(), middleware.Recover())
	e.GET("/", func(c *echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"hello": "world"})
	})
	log.Fatal(e.Start("127.0.0.1:0"))
}
