package e2e

import (
	"encoding/json"
	"html/template"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/dram-go/dram/benchmarks/peers"
)

// This file is what a program writes for a router that has no more than routes:
// the handlers, and a server whose router is a switch.

func handText(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, peers.Greeting)
}

func handUser(w http.ResponseWriter, id string) { handJSON(w, user(id)) }

func handSignup(w http.ResponseWriter, r *http.Request) {
	var signup peers.Signup
	err := json.NewDecoder(r.Body).Decode(&signup)
	if err == nil {
		err = validate.Struct(&signup)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	handJSON(w, &signup)
}

func handJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(v)
}

func handFiles(site Site) http.Handler {
	return http.StripPrefix("/static", http.FileServer(http.Dir(site.Dir)))
}

func handPage(t *template.Template) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := renderPage(t)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(text)
	}
}

func serveSwitch(listener net.Listener, site Site) error {
	files, page := handFiles(site), handPage(pages())
	return serveHandler(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		id, isUser := strings.CutPrefix(path, "/user/")
		switch {
		case r.Method == http.MethodPost && path == "/signup":
			handSignup(w, r)
		case r.Method != http.MethodGet:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case path == "/text":
			handText(w, r)
		case isUser && id != "" && !strings.Contains(id, "/"):
			handUser(w, id)
		case strings.HasPrefix(path, "/static/"):
			files.ServeHTTP(w, r)
		case path == "/page":
			page(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
}
