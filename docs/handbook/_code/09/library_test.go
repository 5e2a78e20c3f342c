package main

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

// newApp is the program, with a database of its own and two accounts.
func newApp(t *testing.T) *app {
	store, err := open(t.Context(), filepath.Join(t.TempDir(), "library.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.db.Close() })
	for name, role := range map[string]string{"anna": editor, "ben": reader} {
		if err := store.SetUser(t.Context(), name, role, "password of "+name); err != nil {
			t.Fatal(err)
		}
	}
	return &app{store: store}
}

// newLibrary is a client of it.
func newLibrary(t *testing.T) *dramtest.Client {
	library := dramtest.New(t, newApp(t).routes())
	dramtest.LogIn(library, func(c *dramtest.Client, name string) {
		c.POST("/login", dramtest.Form("name", name, "password", "password of "+name)).Redirect("/")
	})
	return library
}

func TestBooks(t *testing.T) {
	library := newLibrary(t)
	anna := library.As("anna")
	anna.POST("/api/books", dramtest.JSON(`{"title": "Momo", "author": "Michael Ende"}`)).
		Want(http.StatusCreated).Header("Location", "/api/books/1")
	shown := library.GET("/api/books/1").Want(http.StatusOK)
	shown.JSON(`{"title": "Momo", "version": 1}`).Header("ETag", `"1-1"`)

	change := dramtest.JSON(`{"title": "MOMO", "author": "Michael Ende"}`)
	seen := dramtest.Header("If-Match", `"1-1"`)
	anna.PUT("/api/books/1", change, seen).Want(http.StatusOK)
	anna.PUT("/api/books/1", change, seen).Problem(http.StatusPreconditionFailed)
	library.GET("/api/books/2").Problem(http.StatusNotFound)
}

func TestFaultsAreNamed(t *testing.T) {
	anna := newLibrary(t).As("anna")
	anna.POST("/api/books", dramtest.JSON(`{"title": "Momo"}`)).Want(http.StatusUnprocessableEntity).
		JSON(`{"errors": [{"in": "body", "pointer": "/author", "rule": "required"}]}`)
	anna.POST("/", dramtest.Form("title", "Momo")).Want(http.StatusUnprocessableEntity).Contains("author is required")
}

func TestWhoMay(t *testing.T) {
	library := newLibrary(t)
	book := dramtest.JSON(`{"title": "Momo", "author": "Michael Ende"}`)
	library.POST("/api/books", book).Problem(http.StatusUnauthorized)
	library.As("ben").POST("/api/books", book).Problem(http.StatusForbidden)
	library.As("anna").POST("/", dramtest.Form("title", "Momo"), dramtest.CrossSite("https://evil.example")).AbortedBy("CSRF")
}

// A route that changes something and lets everybody do so fails this test, whoever adds it.
func TestOnlyEditorsChange(t *testing.T) {
	everybody := map[string]bool{"/login": true, "/logout": true}
	dramtest.EachRoute(t, newApp(t).routes(), func(r dram.RouteInfo, c *dramtest.Client) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !everybody[r.Path] {
			c.Visit(r).Want(http.StatusUnauthorized)
		}
	})
}

func TestNewBooksAreTold(t *testing.T) {
	library := newLibrary(t)
	anna := library.As("anna")
	anna.POST("/", dramtest.Form("title", "Momo", "author", "Michael Ende")).Redirect("/")
	for event := range library.GET("/api/events", dramtest.Streaming()).Events(t.Context()) {
		if event.ID != "1" {
			t.Errorf("the first event is %q", event.ID)
		}
		break
	}
}
