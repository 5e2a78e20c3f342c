package e2e

import (
	"html/template"
	"io"
	"net"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/static"

	"github.com/dram-go/dram/benchmarks/peers"
)

// fiberViews are templates for fiber.
type fiberViews struct{ *template.Template }

func (fiberViews) Load() error { return nil }

func (v fiberViews) Render(w io.Writer, name string, data any, _ ...string) error {
	return v.ExecuteTemplate(w, name, data)
}

func serveFiber(listener net.Listener, site Site) error {
	app := fiber.New(fiber.Config{Views: fiberViews{pages()}, StructValidator: structValidator{}})
	app.Get("/text", func(c fiber.Ctx) error { return c.SendString(peers.Greeting) })
	app.Get("/user/:id", func(c fiber.Ctx) error { return c.JSON(user(c.Params("id"))) })
	app.Post("/signup", func(c fiber.Ctx) error {
		var signup peers.Signup
		if err := c.Bind().Body(&signup); err != nil {
			return c.Status(fiber.StatusBadRequest).SendString(err.Error())
		}
		return c.JSON(&signup)
	})
	app.Get("/static/*", static.New(site.Dir))
	app.Get("/page", func(c fiber.Ctx) error { return c.Render(pageName, page) })
	return app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
}
