package peers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/julienschmidt/httprouter"
	"github.com/uptrace/bunrouter"
)

// This file is the routers that leave binding, and most of them rendering, to the program; see byhand.go.

func chiApp(app App) http.Handler {
	router := chi.NewRouter()
	router.Use(layersOf[func(http.Handler) http.Handler](app)...)
	for range app.Middlewares {
		router.Use(layer)
	}
	for route := range app.each() {
		router.Method(route.Method, braces(route.Pattern), handHandler(app, route, chi.URLParam))
	}
	return router
}

func muxApp(app App) http.Handler {
	mux := http.NewServeMux()
	for route := range app.each() {
		pattern := braces(route.Pattern)
		if strings.HasSuffix(pattern, "/") {
			pattern += "{$}" // else it would match all that begins with it
		}
		mux.Handle(route.Method+" "+pattern, handHandler(app, route, (*http.Request).PathValue))
	}
	return wrap(mux, app.Middlewares)
}

// braces writes /user/:id as /user/{id}.
func braces(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}

func httprouterApp(app App) http.Handler {
	router := httprouter.New()
	for route := range app.each() {
		router.Handle(route.Method, route.Pattern, httprouterHandle(app, route))
	}
	return wrap(router, app.Middlewares)
}

func httprouterHandle(app App, route Route) httprouter.Handle {
	name := route.first()
	handle, ok := map[Work]httprouter.Handle{
		Nothing:    func(http.ResponseWriter, *http.Request, httprouter.Params) {},
		Echo:       func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) { write(w, route.Echo(ps.ByName)) },
		WriteParam: func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) { write(w, ps.ByName(name)) },
		ParamJSON: func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) {
			handJSON(w, Named(ps.ByName(name)))
		},
	}[app.Work]
	if ok {
		return handle
	}
	handler := handHandler(app, route, nil)
	return func(w http.ResponseWriter, r *http.Request, _ httprouter.Params) { handler(w, r) }
}

func bunApp(app App) http.Handler {
	var layers []bunrouter.MiddlewareFunc
	for range app.Middlewares {
		layers = append(layers, func(next bunrouter.HandlerFunc) bunrouter.HandlerFunc {
			return func(w http.ResponseWriter, r bunrouter.Request) error { return next(w, r) }
		})
	}
	router := bunrouter.New(bunrouter.Use(layers...))
	for route := range app.each() {
		router.Handle(route.Method, route.Pattern, bunHandler(app, route))
	}
	return router
}

func bunHandler(app App, route Route) bunrouter.HandlerFunc {
	name := route.first()
	handler, ok := map[Work]bunrouter.HandlerFunc{
		Nothing:    func(http.ResponseWriter, bunrouter.Request) error { return nil },
		Echo:       func(w http.ResponseWriter, r bunrouter.Request) error { return write(w, route.Echo(r.Param)) },
		WriteParam: func(w http.ResponseWriter, r bunrouter.Request) error { return write(w, r.Param(name)) },
		JSON:       func(w http.ResponseWriter, _ bunrouter.Request) error { return bunrouter.JSON(w, app.Value) },
		ParamJSON:  func(w http.ResponseWriter, r bunrouter.Request) error { return bunrouter.JSON(w, Named(r.Param(name))) },
	}[app.Work]
	if ok {
		return handler
	}
	hand := handHandler(app, route, nil)
	return func(w http.ResponseWriter, r bunrouter.Request) error {
		hand(w, r.Request)
		return nil
	}
}
