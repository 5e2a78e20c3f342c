package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dram-go/dram/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// aBook is a valid book that the demo does not have.
func aBook(changes ...string) map[string]any {
	b := map[string]any{"isbn": "978-0-596-52068-7", "title": "A Book", "author": "An Author", "year": 2006, "copies": 2}
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		b[name] = value
	}
	return b
}

func TestABookFromItsCreationToItsEnd(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor, nobody := s.as(t, "editor"), s.anyone(t)

		made := editor.do("POST", "/api/books", aBook()).is(http.StatusCreated)
		book, at := into[Book](made), made.Header.Get("Location")
		assert.Equal(t, bookPath(book.ID), at)
		assert.Equal(t, "9780596520687", book.ISBN, "hyphens are not part of it")
		assert.Equal(t, 2, book.Available)

		read := nobody.do("GET", at, nil).is(http.StatusOK)
		assert.Equal(t, book, into[Book](read))
		etag := read.Header.Get("ETag")
		assert.Equal(t, made.Header.Get("ETag"), etag)
		nobody.do("GET", at, nil, "If-None-Match: W/"+etag).is(http.StatusNotModified) // a proxy that compresses makes it weak
		unchanged := nobody.do("GET", at, nil, "If-None-Match: "+etag).is(http.StatusNotModified)
		assert.Empty(t, unchanged.body)

		patched := editor.do("PATCH", at, `{"title": "Another Title", "year": null}`, "If-Match: "+etag, "Content-Type: application/merge-patch+json").is(http.StatusOK)
		now := into[Book](patched)
		assert.Equal(t, "Another Title", now.Title)
		assert.Nil(t, now.Year, "null empties")
		assert.Equal(t, "An Author", now.Author, "absent stays")
		assert.Equal(t, 2, now.Copies)
		assert.NotEqual(t, etag, patched.Header.Get("ETag"))
		assert.Equal(t, now, into[Book](nobody.do("GET", at, nil)))

		editor.do("DELETE", at, nil).problem(http.StatusPreconditionRequired)
		editor.do("DELETE", at, nil, "If-Match: "+etag).problem(http.StatusPreconditionFailed)
		editor.do("DELETE", at, nil, "If-Match: "+patched.Header.Get("ETag")).is(http.StatusNoContent)
		nobody.do("GET", at, nil).problem(http.StatusNotFound)
		editor.do("DELETE", at, nil, "If-Match: *").problem(http.StatusNotFound)
	})
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	s := start(t, sqliteURL(t))
	editor := s.as(t, "editor")
	tests := []struct {
		name string
		body string
		want map[string]string
	}{
		{"nothing there", `{}`, map[string]string{"isbn": "is required", "title": "is required", "author": "is required"}},
		{"wrong types and broken rules", `{"isbn": 5, "title": true, "author": " ", "year": "x", "copies": -1}`, map[string]string{
			"isbn": "must be a string", "title": "must be a string", "author": "is required",
			"year": "must be an integer", "copies": "must be at least 0"}},
		{"null where it may not be", `{"isbn": null, "title": null, "author": "a", "copies": null}`, map[string]string{
			"isbn": "must not be null", "title": "must not be null", "copies": "must not be null"}},
		{"limits", `{"isbn": "9780596520688", "title": "` + strings.Repeat("ä", 201) + `", "author": "a", "year": 3000, "copies": 1001}`, map[string]string{
			"isbn": "must be 10 or 13 digits, of which the last checks the others", "title": "must have at most 200 characters",
			"year": "must be at most 2100", "copies": "must be at most 1000"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, editor.do("POST", "/api/books", tt.body).problem(http.StatusUnprocessableEntity).wrong())
		})
	}
	t.Run("in a PATCH", func(t *testing.T) {
		p := editor.do("PATCH", "/api/books/1", `{"title": null, "copies": 2000}`, "If-Match: *").problem(http.StatusUnprocessableEntity)
		assert.Equal(t, map[string]string{"title": "must not be null", "copies": "must be at most 1000"}, p.wrong())
	})
	for name, body := range map[string]string{"cut off": `{"title": "a`, "empty": "", "two values": `{} {}`, "no object": "[]"} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, []int{400, 422}, editor.do("POST", "/api/books", body, "Content-Type: application/json").StatusCode)
		})
	}
	t.Run("too large", func(t *testing.T) {
		editor.do("POST", "/api/books", `{"title": "`+strings.Repeat("a", middleware.DefaultMaxBody)+`"}`).problem(http.StatusRequestEntityTooLarge)
	})
}

func TestAnISBNBelongsToOneBook(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.as(t, "editor")
		editor.do("POST", "/api/books", aBook()).is(http.StatusCreated)
		p := editor.do("POST", "/api/books", aBook("isbn=9780596520687")).problem(http.StatusConflict)
		assert.Contains(t, p.wrong(), "isbn")
		p = editor.do("PATCH", "/api/books/1", map[string]any{"isbn": "9780596520687"}, "If-Match: *").problem(http.StatusConflict)
		assert.Contains(t, p.wrong(), "isbn")
	})
}

func TestHostileTextIsNotAServerError(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.as(t, "editor")
		made := editor.do("POST", "/api/books", `{"isbn":"9780596520687","title":"a\u0000b \n c \ud800 😀 '; --","author":"x\u0007y"}`).is(http.StatusCreated)
		assert.Equal(t, "ab c \ufffd 😀 '; --", into[Book](made).Title)
		for _, path := range []string{"/api/books?q=%00", "/api/books?q=%ff%fe", "/api/books?author=%00", "/api/books?q='%3B--", "/books?q=%00"} {
			assert.Contains(t, []int{200, 422}, editor.do("GET", path, nil).StatusCode, path)
		}
		for _, path := range []string{"/api/books/%00", "/api/books/x", "/api/books/-1", "/api/books/99999999999999999999"} {
			editor.do("GET", path, nil).problem(http.StatusNotFound)
		}
	})
}

func TestPagesHaveEveryBookOnce(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		nobody, editor := s.anyone(t), s.as(t, "editor")
		// Equal titles and authors: only the id tells these apart.
		for _, isbn := range []string{"9780596520687", "9781491941959", "9780321125217", "9780132350884"} {
			editor.do("POST", "/api/books", aBook("isbn="+isbn, "title=Crime and Punishment", "author=Homer")).is(http.StatusCreated)
		}
		for _, sort := range []string{"title", "-title", "author", "-author", "added", "-added"} {
			t.Run(sort, func(t *testing.T) {
				all := into[listAPI[Book]](nobody.do("GET", "/api/books?limit=100&sort="+sort, nil).is(http.StatusOK))
				require.Len(t, all.Items, len(demoBooks)+4)
				require.Empty(t, all.Next)
				var paged []Book
				for next := "/api/books?limit=3&sort=" + sort; next != ""; {
					page := nobody.do("GET", next, nil).is(http.StatusOK)
					paged = append(paged, into[listAPI[Book]](page).Items...)
					link := page.Header.Get("Link")
					next = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
				}
				assert.Equal(t, all.Items, paged)
			})
		}
	})
}

func TestFilters(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		nobody, reader := s.anyone(t), s.as(t, "reader")
		reader.do("POST", "/api/books/5/loans", nil).is(http.StatusCreated) // the only copy
		tests := []struct{ query, want string }{
			{"q=programming&sort=added", "1 3 4"},
			{"q=PRIDE", "6"},
			{"q=0-486-28473", ""},
			{"q=978-0-486-28473-6", "6"},
			{"q=100%25", ""},
			{"q=_", ""},
			{"author=Homer", "11"},
			{"q=month", "5"},
			{"q=month&available=true", ""},
			{"q=nothing+like+it", ""},
		}
		for _, tt := range tests {
			t.Run(tt.query, func(t *testing.T) {
				var ids []string
				list := into[listAPI[Book]](nobody.do("GET", "/api/books?"+tt.query, nil).is(http.StatusOK))
				for _, b := range list.Items {
					ids = append(ids, strconv.FormatInt(b.ID, 10))
				}
				assert.Equal(t, tt.want, strings.Join(ids, " "))
				assert.NotNil(t, list.Items, "[] rather than null")
			})
		}
	})
}

func TestQueriesThatMakeNoSense(t *testing.T) {
	s := start(t, sqliteURL(t))
	nobody := s.anyone(t)
	for query, pointer := range map[string]string{
		"sort=isbn": "sort", "sort=title%3BDROP+TABLE+books": "sort", "limit=0": "limit", "limit=101": "limit",
		"limit=x": "limit", "available=maybe": "available",
	} {
		t.Run(query, func(t *testing.T) {
			assert.Contains(t, nobody.do("GET", "/api/books?"+query, nil).problem(http.StatusUnprocessableEntity).wrong(), pointer)
		})
	}
	other := cursor{Sort: "author", Key: "Homer", ID: 1}.encode()
	for _, c := range []string{"!", "AAAA", other} {
		nobody.do("GET", "/api/books?cursor="+url.QueryEscape(c), nil).problem(http.StatusBadRequest)
	}
}

func TestNoUpdateIsLost(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.as(t, "editor")
		etag := editor.do("GET", "/api/books/1", nil).Header.Get("ETag")
		editor.do("PATCH", "/api/books/1", map[string]any{"title": "x"}).problem(http.StatusPreconditionRequired)
		editor.do("PATCH", "/api/books/1", map[string]any{"title": "x"}, "If-Match: W/"+etag).problem(http.StatusPreconditionFailed)

		const writers = 8
		statuses := make([]int, writers)
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				statuses[i] = editor.do("PATCH", "/api/books/1", map[string]any{"title": "writer " + strconv.Itoa(i)}, "If-Match: "+etag).StatusCode
			})
		}
		wg.Wait()
		won := 0
		for i, status := range statuses {
			if status == http.StatusOK {
				won++
				assert.Equal(t, "writer "+strconv.Itoa(i), into[Book](editor.do("GET", "/api/books/1", nil)).Title)
			} else {
				assert.Equal(t, http.StatusPreconditionFailed, status)
			}
		}
		assert.Equal(t, 1, won, "exactly one of those who read the same state may write")
	})
}

func TestTheTagChangesWithWhatIsShown(t *testing.T) {
	s := start(t, sqliteURL(t))
	reader := s.as(t, "reader")
	before := reader.do("GET", "/api/books/1", nil).Header.Get("ETag")
	reader.do("POST", "/api/books/1/loans", nil).is(http.StatusCreated)
	reader.do("GET", "/api/books/1", nil, "If-None-Match: "+before).is(http.StatusOK)
}
