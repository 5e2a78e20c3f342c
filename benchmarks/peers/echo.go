package peers

import (
	"io"
	"net/http"

	"github.com/go-playground/validator/v10"
	"github.com/labstack/echo/v5"
)

// Validator is the validator that Echo's guide recommends, which is Gin's; fiber's is of the same shape.
type Validator struct{ Rules *validator.Validate }

func (v Validator) Validate(i any) error { return v.Rules.Struct(i) }

func echoApp(app App) http.Handler {
	e := echo.New()
	e.Validator = Validator{Validate}
	e.Use(layersOf[echo.MiddlewareFunc](app)...)
	for range app.Middlewares {
		e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error { return next(c) }
		})
	}
	for route := range app.each() {
		e.Add(route.Method, route.Pattern, echoHandler(app, route))
	}
	return e
}

func echoHandler(app App, route Route) echo.HandlerFunc {
	name, text := route.first(), app.text()
	switch app.Work {
	case Echo:
		return func(c *echo.Context) error {
			_, err := io.WriteString(c.Response(), route.Echo(c.Param))
			return err
		}
	case WriteParam:
		return func(c *echo.Context) error {
			_, err := io.WriteString(c.Response(), c.Param(name))
			return err
		}
	case Text:
		return func(c *echo.Context) error { return c.String(http.StatusOK, text) }
	case JSON:
		return func(c *echo.Context) error { return c.JSON(http.StatusOK, app.Value) }
	case ParamJSON:
		return func(c *echo.Context) error { return c.JSON(http.StatusOK, Named(c.Param(name))) }
	case BindJSON, BindForm:
		return echoBind(echo.BindBody, app.Signup)
	case BindQuery:
		return echoBind(echo.BindQueryParams, app.Signup)
	case BindList:
		return echoBind(echo.BindBody, app.Items)
	}
	return func(*echo.Context) error { return nil }
}

func echoBind[T any](bind func(*echo.Context, any) error, told func(*T)) echo.HandlerFunc {
	return func(c *echo.Context) error {
		var v T
		if err := bind(c, &v); err != nil {
			return err
		}
		if err := c.Validate(&v); err != nil {
			return echo.ErrBadRequest.Wrap(err)
		}
		if told != nil {
			told(&v)
		}
		return nil
	}
}
