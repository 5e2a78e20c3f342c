package web

import (
	"net/http"
	"testing"

	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/crud/library"
)

func init() {
	access[""] = append(access[""], "GET /authors", "GET /authors/:id", "GET /api/authors", "GET /api/authors/:id")
	access[library.Editor] = append(access[library.Editor], "GET /authors/new", "POST /authors", "POST /api/authors")
}

func TestAuthors(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.As(editor)
		austen := dramtest.JSON(`{"name": " Jane  Austen ", "born": 1775}`)
		s.POST("/api/authors", austen).Problem(http.StatusUnauthorized)
		s.As(reader).POST("/api/authors", austen).Problem(http.StatusForbidden)
		editor.POST("/api/authors", austen).Want(http.StatusCreated).JSON(`{"id": "…", "name": "Jane Austen", "born": 1775}`)
		editor.POST("/api/authors", austen).Problem(http.StatusConflict)
		editor.POST("/api/authors", dramtest.JSON(`{"name": " "}`)).Problem(http.StatusUnprocessableEntity)
		s.GET("/api/authors/99").Problem(http.StatusNotFound)

		s.GET("/authors").Want(http.StatusOK).Contains("Jane Austen", "1775")
		s.GET("/authors/1").Redirect("/books?author=Jane+Austen")
		editor.POST("/authors", dramtest.Form("name", "", "born", "x")).Want(http.StatusUnprocessableEntity).
			Contains("Name is required", "Year of birth must be an integer")
		editor.POST("/authors", dramtest.Form("name", "Homer", "born", "")).Redirect("/authors")
	})
}
