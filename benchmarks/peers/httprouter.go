package peers

import (
	"io"
	"net/http"

	"github.com/julienschmidt/httprouter"
)

// HTTPRouter is httprouter. It leaves binding, rendering and middleware to the
// program.
type HTTPRouter struct{}

func (HTTPRouter) Name() string       { return "httprouter" }
func (HTTPRouter) Module() string     { return "github.com/julienschmidt/httprouter" }
func (HTTPRouter) ByHand(w Work) bool { return w >= Text }

func (HTTPRouter) Build(app App) http.Handler {
	router := httprouter.New()
	for _, route := range app.Routes {
		router.Handle(route.Method, route.Pattern, httprouterHandle(app, route))
	}
	return wrap(router, app.Middlewares)
}

func httprouterHandle(app App, route Route) httprouter.Handle {
	name := route.first()
	switch app.Work {
	case Nothing:
		return httprouterNothing
	case Echo:
		return func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) {
			io.WriteString(w, route.Echo(ps.ByName))
		}
	case WriteParam:
		return func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) {
			io.WriteString(w, ps.ByName(name))
		}
	}
	handler := handHandler(app, route, nil)
	return func(w http.ResponseWriter, r *http.Request, _ httprouter.Params) { handler(w, r) }
}

func httprouterNothing(http.ResponseWriter, *http.Request, httprouter.Params) {}
