package peers

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"
)

// This file is what a program writes by hand with net/http for the routers that neither bind nor render.

// Validate holds the rules of a Signup against it.
var Validate = validator.New()

func handHandler(app App, route Route, param func(r *http.Request, name string) string) http.HandlerFunc {
	name, text := route.first(), app.text()
	handler, ok := map[Work]http.HandlerFunc{
		Nothing: func(http.ResponseWriter, *http.Request) {},
		Echo: func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, route.Echo(func(name string) string { return param(r, name) }))
		},
		WriteParam: func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, param(r, name)) },
		Text: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(w, text)
		},
		JSON:      func(w http.ResponseWriter, _ *http.Request) { handJSON(w, app.Value) },
		ParamJSON: func(w http.ResponseWriter, r *http.Request) { handJSON(w, Named(param(r, name))) },
	}[app.Work]
	if ok {
		return handler
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handBind(app, r); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}
}

func handJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(v)
}

func handBind(app App, r *http.Request) error {
	if app.Work == BindList {
		var items Items
		err := json.NewDecoder(r.Body).Decode(&items)
		if err == nil && app.Items != nil {
			app.Items(&items)
		}
		return err
	}
	var signup Signup
	err := decodeSignup(app.Work, r, &signup)
	if err == nil {
		err = Validate.Struct(&signup)
	}
	if err == nil && app.Signup != nil {
		app.Signup(&signup)
	}
	return err
}

func decodeSignup(work Work, r *http.Request, signup *Signup) error {
	switch work {
	case BindQuery:
		return signup.fill(r.URL.Query())
	case BindForm:
		if err := r.ParseForm(); err != nil {
			return err
		}
		return signup.fill(r.PostForm)
	}
	return json.NewDecoder(r.Body).Decode(signup)
}

func (s *Signup) fill(values url.Values) (err error) {
	s.Name, s.Email, s.Tags = values.Get("name"), values.Get("email"), values["tags"]
	if s.Age, err = strconv.Atoi(values.Get("age")); err != nil {
		return err
	}
	if s.Score, err = strconv.ParseFloat(values.Get("score"), 64); err != nil {
		return err
	}
	s.News, err = strconv.ParseBool(values.Get("news"))
	return err
}

// wrap puts layers around a handler that do nothing but call the next one.
func wrap(handler http.Handler, layers int) http.Handler {
	for range layers {
		handler = layer(handler)
	}
	return handler
}

func layer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) })
}

// Switch is the least that a program can do with net/http: its one route is a switch over the path.
func Switch(app App) http.Handler {
	route := app.Routes[0]
	prefix, _, _ := strings.Cut(route.Pattern, ":")
	handler := handHandler(app, route, func(r *http.Request, _ string) string { return r.URL.Path[len(prefix):] })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		param, found := strings.CutPrefix(r.URL.Path, prefix)
		switch {
		case !found || strings.Contains(param, "/") || (param == "") != (prefix == route.Pattern):
			http.NotFound(w, r)
		case r.Method != route.Method:
			w.WriteHeader(http.StatusMethodNotAllowed)
		default:
			handler(w, r)
		}
	})
}
