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
	return map[Work]echo.HandlerFunc{
		Nothing:    func(*echo.Context) error { return nil },
		Echo:       func(c *echo.Context) error { return write(c.Response(), route.Echo(c.Param)) },
		WriteParam: func(c *echo.Context) error { return write(c.Response(), c.Param(name)) },
		Text:       func(c *echo.Context) error { return c.String(http.StatusOK, text) },
		JSON:       func(c *echo.Context) error { return c.JSON(http.StatusOK, app.Value) },
		ParamJSON:  func(c *echo.Context) error { return c.JSON(http.StatusOK, Named(c.Param(name))) },
		BindJSON:   echoBind(echo.BindBody, app.Signup),
		BindForm:   echoBind(echo.BindBody, app.Signup),
		BindQuery:  echoBind(echo.BindQueryParams, app.Signup),
		BindList:   echoBind(echo.BindBody, app.Items),
	}[app.Work]
}

// write is the io.WriteString of handlers that return errors.
func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
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
