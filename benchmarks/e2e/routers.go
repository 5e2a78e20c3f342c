package e2e

import (
	"net"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/julienschmidt/httprouter"
	"github.com/uptrace/bunrouter"
)

// This file is the handwritten handlers behind routers that bring nothing else.

func serveServeMux(listener net.Listener, site Site) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /text", handText)
	mux.HandleFunc("GET /user/{id}", func(w http.ResponseWriter, r *http.Request) { handUser(w, r.PathValue("id")) })
	mux.HandleFunc("POST /signup", handSignup)
	mux.Handle("GET /static/", handFiles(site))
	mux.HandleFunc("GET /page", handPage(pages()))
	return serveHandler(listener, mux)
}

func serveChi(listener net.Listener, site Site) error {
	router := chi.NewRouter()
	router.Get("/text", handText)
	router.Get("/user/{id}", func(w http.ResponseWriter, r *http.Request) { handUser(w, chi.URLParam(r, "id")) })
	router.Post("/signup", handSignup)
	router.Get("/static/*", handFiles(site).ServeHTTP)
	router.Get("/page", handPage(pages()))
	return serveHandler(listener, router)
}

func serveHTTPRouter(listener net.Listener, site Site) error {
	router := httprouter.New()
	router.HandlerFunc("GET", "/text", handText)
	router.GET("/user/:id", func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) {
		handUser(w, ps.ByName("id"))
	})
	router.HandlerFunc("POST", "/signup", handSignup)
	router.ServeFiles("/static/*filepath", http.Dir(site.Dir))
	router.HandlerFunc("GET", "/page", handPage(pages()))
	return serveHandler(listener, router)
}

func serveBunRouter(listener net.Listener, site Site) error {
	router := bunrouter.New()
	router.GET("/text", bunrouter.HTTPHandlerFunc(handText))
	router.GET("/user/:id", func(w http.ResponseWriter, r bunrouter.Request) error {
		return bunrouter.JSON(w, user(r.Param("id")))
	})
	router.POST("/signup", bunrouter.HTTPHandlerFunc(handSignup))
	router.GET("/static/*path", bunrouter.HTTPHandler(handFiles(site)))
	router.GET("/page", bunrouter.HTTPHandlerFunc(handPage(pages())))
	return serveHandler(listener, router)
}
