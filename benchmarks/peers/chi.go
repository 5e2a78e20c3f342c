package peers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// Chi is chi. It leaves binding and rendering to the program.
type Chi struct{}

func (Chi) Name() string       { return "chi" }
func (Chi) Module() string     { return "github.com/go-chi/chi/v5" }
func (Chi) ByHand(w Work) bool { return w >= Text }

func (Chi) Build(app App) http.Handler {
	router := chi.NewRouter()
	for range app.Middlewares {
		router.Use(layer)
	}
	for _, route := range app.Routes {
		router.Method(route.Method, braces(route.Pattern), handHandler(app, route, chi.URLParam))
	}
	return router
}
