package peers

import (
	"io"
	"net/http"

	"github.com/uptrace/bunrouter"
)

// BunRouter is bunrouter. It renders JSON, but leaves binding to the program.
type BunRouter struct{}

func (BunRouter) Name() string       { return "bunrouter" }
func (BunRouter) Module() string     { return "github.com/uptrace/bunrouter" }
func (BunRouter) ByHand(w Work) bool { return w == Text || w.Binds() }

func (BunRouter) Build(app App) http.Handler {
	var layers []bunrouter.MiddlewareFunc
	for range app.Middlewares {
		layers = append(layers, func(next bunrouter.HandlerFunc) bunrouter.HandlerFunc {
			return func(w http.ResponseWriter, r bunrouter.Request) error { return next(w, r) }
		})
	}
	router := bunrouter.New(bunrouter.Use(layers...))
	for _, route := range app.Routes {
		router.Handle(route.Method, route.Pattern, bunHandler(app, route))
	}
	return router
}

func bunHandler(app App, route Route) bunrouter.HandlerFunc {
	name := route.first()
	switch app.Work {
	case Nothing:
		return bunNothing
	case Echo:
		return func(w http.ResponseWriter, r bunrouter.Request) error {
			_, err := io.WriteString(w, route.Echo(r.Param))
			return err
		}
	case WriteParam:
		return func(w http.ResponseWriter, r bunrouter.Request) error {
			_, err := io.WriteString(w, r.Param(name))
			return err
		}
	case JSON:
		return func(w http.ResponseWriter, _ bunrouter.Request) error { return bunrouter.JSON(w, app.Value) }
	}
	handler := handHandler(app, route, nil)
	return func(w http.ResponseWriter, r bunrouter.Request) error {
		handler(w, r.Request)
		return nil
	}
}

func bunNothing(http.ResponseWriter, bunrouter.Request) error { return nil }
