// Command fiber is a hello-world JSON server.
package main

import (
	"log"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/gofiber/fiber/v3/middleware/recover"
)

func main() {
	app := fiber.New()
	app.Use(logger.New(), recover.New())
	app.Get("/", func(c fiber.Ctx) error { return c.JSON(fiber.Map{"hello": "world"}) })
	log.Fatal(app.Listen("127.0.0.1:0"))
}
