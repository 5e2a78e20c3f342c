package peers

import (
	"net/http"
	"strings"
)

// ServeMux is net/http's own router.
type ServeMux struct{}

func (ServeMux) Name() string       { return "ServeMux" }
func (ServeMux) Module() string     { return "" }
func (ServeMux) ByHand(w Work) bool { return w >= Text }

func (ServeMux) Build(app App) http.Handler {
	mux := http.NewServeMux()
	for _, route := range app.Routes {
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
