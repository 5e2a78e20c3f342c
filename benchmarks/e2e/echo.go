package e2e

import (
	"net"
	"net/http"
	"os"

	"github.com/labstack/echo/v5"

	"github.com/dram-go/dram/benchmarks/peers"
)

func serveEcho(listener net.Listener, site Site) error {
	e := echo.New()
	e.Validator = structValidator{}
	e.Renderer = &echo.TemplateRenderer{Template: pages()}
	e.Filesystem = os.DirFS(site.Dir)
	e.GET("/text", func(c *echo.Context) error { return c.String(http.StatusOK, peers.Greeting) })
	e.GET("/user/:id", func(c *echo.Context) error { return c.JSON(http.StatusOK, user(c.Param("id"))) })
	e.POST("/signup", func(c *echo.Context) error {
		var signup peers.Signup
		if err := c.Bind(&signup); err != nil {
			return err
		}
		if err := c.Validate(&signup); err != nil {
			return echo.ErrBadRequest.Wrap(err)
		}
		return c.JSON(http.StatusOK, &signup)
	})
	e.Static("/static", ".")
	e.GET("/page", func(c *echo.Context) error { return c.Render(http.StatusOK, pageName, page) })
	return serveHandler(listener, e)
}
