package web

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestABookFromItsCreationToItsEnd(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.As(editor)
		made := editor.POST("/api/books", aBook()).Want(http.StatusCreated)
		book := dramtest.Decode[library.Book](made)
		at, etag := fmt.Sprintf("/api/books/%d", book.ID), made.HTTP().Header.Get("ETag")
		made.Header("Location", at).JSON(`{"isbn": "9780596520687", "year": 2006, "copies": 2, "available": 2, "version": 1, "created_at": "…"}`)

		read := s.GET(at).Want(http.StatusOK).Header("ETag", etag)
		assert.Equal(t, book, dramtest.Decode[library.Book](read))
		for _, tag := range []string{etag, "W/" + etag} { // a proxy that compresses makes it weak
			s.GET(at, dramtest.Header("If-None-Match", tag)).Want(http.StatusNotModified).Body("")
		}

		patch := dramtest.Body("application/merge-patch+json", []byte(`{"title": "Another Title", "year": null}`))
		patched := editor.PATCH(at, patch, matching(made)).Want(http.StatusOK)
		now := dramtest.Decode[library.Book](patched)
		assert.Equal(t, library.BookFields{ISBN: "9780596520687", Title: "Another Title", Author: "An Author", Copies: 2}, now.BookFields, "null empties, absent stays")
		assert.NotContains(t, patched.Text(), `"year"`)
		assert.NotEqual(t, etag, patched.HTTP().Header.Get("ETag"))
		assert.Equal(t, now, dramtest.Decode[library.Book](s.GET(at)))

		editor.DELETE(at).Problem(http.StatusPreconditionRequired)
		editor.DELETE(at, matching(made)).Problem(http.StatusPreconditionFailed)
		editor.DELETE(at, matching(patched)).Want(http.StatusNoContent)
		s.GET(at).Problem(http.StatusNotFound)
		editor.DELETE(at, always).Problem(http.StatusNotFound)
	})
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	s := open(t, sqlite(t))
	editor := s.As(editor)
	tests := []struct {
		name, body string
		want       map[string]string
	}{
		{"nothing there", `{}`, map[string]string{"isbn": "is required", "title": "is required", "author": "is required"}},
		{"wrong types and broken rules", `{"isbn": 5, "title": true, "author": "", "year": "x", "copies": -1}`, map[string]string{
			"isbn": "must be a string", "title": "must be a string", "author": "is required", "year": "must be an integer", "copies": "must be at least 0"}},
		{"nothing but space", `{"isbn": "9780596520687", "title": " ", "author": "\u0000"}`, map[string]string{"title": "is required", "author": "is required"}},
		{"null where it may not be", `{"isbn": null, "title": null, "author": "a"}`, map[string]string{"isbn": "is required", "title": "is required"}},
		{"limits", `{"isbn": "9780596520688", "title": "` + strings.Repeat("ä", 201) + `", "author": "a", "year": 3000, "copies": 1001}`, map[string]string{
			"isbn": "must be an ISBN", "title": "must have at most 200 characters",
			"year": "must be at most 2100", "copies": "must be at most 1000"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, wrong(t, editor.In(t).POST("/api/books", dramtest.JSON(tt.body)), http.StatusUnprocessableEntity))
		})
	}
	for patch, want := range map[string]map[string]string{
		`{"isbn": "1", "copies": 2000}`:              {"isbn": "must be an ISBN", "copies": "must be at most 1000"},
		`{"title": null, "author": " ", "year": ""}`: {"year": "must be an integer"},
		`{"title": null, "author": " "}`:             {"title": "is required", "author": "is required"},
		`{"isbn": null, "copies": null}`:             {"isbn": "is required", "copies": "must be at least 0"},
	} {
		patched := editor.PATCH("/api/books/1", dramtest.JSON(patch), always)
		assert.Equal(t, want, wrong(t, patched, http.StatusUnprocessableEntity), patch)
	}
	for body, status := range map[string]int{`{"title": "a`: 400, "": 422, `{} {}`: 400, "[]": 422,
		`{"title": "` + strings.Repeat("a", middleware.DefaultMaxBody) + `"}`: 413} {
		editor.POST("/api/books", dramtest.Body("application/json", []byte(body))).Problem(status)
	}
	editor.POST("/api/books", dramtest.Text("a book")).Problem(http.StatusUnsupportedMediaType)
}

func TestAnISBNBelongsToOneBook(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.As(editor)
		editor.POST("/api/books", aBook()).Want(http.StatusCreated)
		want := map[string]string{"isbn": "belongs to another book"}
		assert.Equal(t, want, wrong(t, editor.POST("/api/books", aBook(isbn("9780596520687"))), http.StatusConflict))
		assert.Equal(t, want, wrong(t, editor.PATCH("/api/books/1", dramtest.JSON(`{"isbn": "9780596520687"}`), always), http.StatusConflict))
	})
}

func TestHostileTextIsNotAServerError(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		made := s.As(editor).POST("/api/books", dramtest.JSON([]byte(`{"isbn":"9780596520687","title":"a\u0000b \n c \ud800 😀 '; --","author":"x\u0007y"}`)))
		made.Want(http.StatusCreated).JSON(map[string]string{"title": "ab c \ufffd 😀 '; --", "author": "xy"})
		for _, path := range []string{"/api/books?q=%00", "/api/books?q=%ff%fe", "/api/books?author=%00", "/api/books?q='%3B--", "/books?q=%00", "/books?author=%ff"} {
			s.GET(path).Want(200, 400, 422)
		}
		for _, id := range []string{"%00", "%ff", "x", "-1", "1.0", "99999999999999999999"} {
			s.GET("/api/books/" + id).Problem(http.StatusNotFound)
			s.GET("/books/" + id).Want(http.StatusNotFound).Contains("Back to the books")
		}
	})
}

// walk follows a link of a list until there is none.
func walk(t *testing.T, c *dramtest.Client, list, query, rel string) (pages []List[library.Book]) {
	for {
		res := c.GET(list + query).Want(http.StatusOK)
		page := dramtest.Decode[List[library.Book]](res)
		pages = append(pages, page)
		query = map[string]string{"next": page.Links.Next, "prev": page.Links.Prev}[rel]
		if query == "" {
			return pages
		}
		assert.Contains(t, res.HTTP().Header.Get("Link"), "<"+query+`>; rel="`+rel+`"`)
		require.Less(t, len(pages), 20)
	}
}

func TestPagesHaveEveryBookOnce(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		for _, n := range []string{"9780596520687", "9781491941959", "9780321125217", "9780132350884"} { // only the id tells these apart
			s.As(editor).POST("/api/books", aBook(isbn(n), func(b *library.BookFields) { b.Title, b.Author = "Crime and Punishment", "Homer" })).Want(201)
		}
		for _, sort := range []string{"title", "-title", "author", "-author", "added", "-added"} {
			t.Run(sort, func(t *testing.T) {
				c := s.In(t)
				all := walk(t, c, "/api/books", "?limit=100&sort="+sort, "next")
				require.Len(t, all, 1)
				require.Len(t, all[0].Items, len(store.Demo().Books)+4)
				require.Zero(t, all[0].Links)
				there := walk(t, c, "/api/books", "?limit=3&sort="+sort, "next")
				var paged []library.Book
				for _, page := range there {
					paged = append(paged, page.Items...)
				}
				assert.Equal(t, all[0].Items, paged)
				last := there[len(there)-1]
				first := dramtest.Decode[List[library.Book]](c.GET("/api/books" + last.Links.First))
				assert.Equal(t, there[0], first)
				back := walk(t, c, "/api/books", last.Links.Prev, "prev")
				require.Len(t, back, len(there)-1)
				for i, page := range back {
					assert.Equal(t, there[len(there)-2-i].Items, page.Items)
				}
			})
		}
	})
}

func TestFilters(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		s.As(reader).POST("/api/books/5/loans").Want(http.StatusCreated) // the only copy
		for query, want := range map[string]string{
			"q=programming&sort=added": "1 3 4", "q=PRIDE": "6", "q=0-486-28473": "", "q=978-0-486-28473-6": "6", "q=100%25": "", "q=_": "",
			"q=!": "", "author=Homer": "11", "q=month": "5", "q=month&available=true": "", "q=nothing+like+it": "", "q=+the%09odyssey+": "11",
		} {
			list := dramtest.Decode[List[library.Book]](s.GET("/api/books?" + query).Want(http.StatusOK))
			assert.Equal(t, want, ids(list), query)
			assert.NotNil(t, list.Items, "[] rather than null")
		}
	})
}

func TestQueriesThatMakeNoSense(t *testing.T) {
	s := open(t, sqlite(t))
	for query, field := range map[string]string{
		"sort=isbn": "sort", "sort=title%3BDROP+TABLE+books": "sort", "limit=0": "limit", "limit=101": "limit", "limit=x": "limit",
		"available=maybe": "available", "q=" + strings.Repeat("a", 101): "q",
	} {
		assert.Contains(t, wrong(t, s.GET("/api/books?"+query), http.StatusUnprocessableEntity), field, query)
		s.GET("/books?"+query).Want(http.StatusBadRequest).Contains("Back to the books", field)
	}
	next := dramtest.Decode[List[library.Book]](s.GET("/api/books?sort=author&limit=1")).Links.Next
	other := strings.Replace(next, "sort=author", "sort=title", 1)
	require.NotEqual(t, next, other)
	for _, query := range []string{"?cursor=!", "?cursor=AAAA", other} {
		assert.Contains(t, wrong(t, s.GET("/api/books"+query), http.StatusUnprocessableEntity), "cursor")
		s.GET("/books" + query).Want(http.StatusBadRequest).Contains("Back to the books")
	}
	s.As(reader).GET("/api/loans" + next).Problem(http.StatusUnprocessableEntity)
}

// atOnce runs work n times at the same time and counts the statuses.
func atOnce(n int, work func(i int) *dramtest.Response) (answers []*dramtest.Response, count map[int]int) {
	answers, count = make([]*dramtest.Response, n), map[int]int{}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i] = work(i) })
	}
	wg.Wait()
	for _, a := range answers {
		count[a.Status()]++
	}
	return answers, count
}

func TestNoUpdateIsLost(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor, title := s.As(editor), func(i int) dramtest.Option { return dramtest.JSON(fmt.Sprintf(`{"title": "writer %d"}`, i)) }
		read := editor.GET("/api/books/1")
		editor.PATCH("/api/books/1", title(0)).Problem(http.StatusPreconditionRequired)
		weak := dramtest.Header("If-Match", "W/"+read.HTTP().Header.Get("ETag"))
		editor.PATCH("/api/books/1", title(0), weak).Problem(http.StatusPreconditionFailed).Says("another version")

		answers, count := atOnce(8, func(i int) *dramtest.Response { return editor.PATCH("/api/books/1", title(i), matching(read)) })
		assert.Equal(t, map[int]int{http.StatusOK: 1, http.StatusPreconditionFailed: 7}, count, "exactly one of those who read the same state may write")
		for i, a := range answers {
			if a.Status() == http.StatusOK {
				s.GET("/api/books/1").JSON(fmt.Sprintf(`{"title": "writer %d"}`, i))
			}
		}
	})
}

func TestBorrowingAndReturning(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		reader, editor := s.As(reader), s.As(editor)
		before := reader.GET("/api/books/5").HTTP().Header.Get("ETag")
		made := reader.POST("/api/books/5/loans").Want(http.StatusCreated).JSON(`{"title": "The Mythical Man-Month", "reader": "Rita Reader", "returned_at": null}`)
		loan, at := dramtest.Decode[library.Loan](made), made.HTTP().Header.Get("Location")
		assert.Equal(t, library.LoanPeriod, loan.DueAt.Sub(loan.BorrowedAt))
		reader.GET(at).Want(200).JSON(loan)
		reader.GET("/api/books/5", dramtest.Header("If-None-Match", before)).Want(http.StatusOK).JSON(`{"available": 0}`)

		reader.POST("/api/books/5/loans").Problem(http.StatusConflict)
		editor.POST("/api/books/5/loans").Problem(http.StatusConflict).Says("lent")
		assert.Contains(t, wrong(t, editor.PATCH("/api/books/5", dramtest.JSON(`{"copies": 0}`), always), http.StatusConflict), "copies")
		editor.DELETE("/api/books/5", always).Problem(http.StatusConflict)

		first := reader.POST(at + "/return").Want(http.StatusOK)
		assert.NotNil(t, dramtest.Decode[library.Loan](first).ReturnedAt)
		reader.POST(at + "/return").Want(http.StatusOK).Body(first.Text()) // twice is as good as once
		again := reader.POST("/api/books/5/loans").Want(http.StatusCreated)
		reader.POST(again.HTTP().Header.Get("Location") + "/return").Want(http.StatusOK)
		editor.DELETE("/api/books/5", always).Want(http.StatusNoContent)
		reader.GET("/api/loans").JSON(`{"items": [], "links": {}}`, dramtest.Exact) // the history went with the book
		reader.POST("/api/books/5/loans").Problem(http.StatusNotFound)
	})
}

func TestReadersSeeTheirOwnLoans(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		reader, editor := s.As(reader), s.As(editor)
		reader.POST("/api/books/1/loans").Want(http.StatusCreated)
		theirs := editor.POST("/api/books/1/loans").Want(http.StatusCreated).HTTP().Header.Get("Location")

		reader.GET(theirs).Problem(http.StatusNotFound)
		reader.POST(theirs + "/return").Problem(http.StatusNotFound)
		editor.GET(theirs).Want(http.StatusOK)
		reader.GET("/api/loans").JSON(`{"items": [{"reader": "Rita Reader"}], "links": {}}`)

		page := editor.GET("/api/loans?limit=1").JSON(`{"items": [{"reader": "Ed Editor"}], "links": {"next": "…"}}`) // newest first
		page = editor.GET("/api/loans" + dramtest.Decode[List[library.Loan]](page).Links.Next)
		links := dramtest.Decode[List[library.Loan]](page.JSON(`{"items": [{"reader": "Rita Reader"}]}`)).Links
		assert.Empty(t, links.Next)
		editor.GET("/api/loans" + links.Prev).JSON(`{"items": [{"reader": "Ed Editor"}]}`)

		editor.POST(theirs + "/return").Want(http.StatusOK)
		editor.GET("/api/loans?open=true").JSON(`{"items": [{"reader": "Rita Reader"}]}`)
	})
}

func TestNoMoreCopiesAreLentThanThereAre(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		const readers, copies = 12, 4 // book 4 has four
		clients := make([]*dramtest.Client, readers)
		for i := range clients {
			a := account(fmt.Sprintf("r%d@example.com", i))
			_, err := s.store.CreateUser(t.Context(), library.NewUser{Email: string(a), Name: "R", Role: library.Reader, Password: "dram-demo"})
			require.NoError(t, err)
			clients[i] = s.As(a)
		}
		_, count := atOnce(readers, func(i int) *dramtest.Response { return clients[i].POST("/api/books/4/loans") })
		assert.Equal(t, map[int]int{http.StatusCreated: copies, http.StatusConflict: readers - copies}, count)
		s.GET("/api/books/4").JSON(`{"available": 0}`)
	})
}

func TestTwoRequestsOfOneReaderMakeOneLoan(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		reader := s.As(reader)
		_, count := atOnce(6, func(int) *dramtest.Response { return reader.POST("/api/books/4/loans") })
		assert.Equal(t, map[int]int{http.StatusCreated: 1, http.StatusConflict: 5}, count)
	})
}

var aKey = dramtest.Header("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324")

func TestARepeatedPostIsAnsweredOnceMore(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor, admin := s.As(editor), s.As(admin)
		first := editor.POST("/api/books", aBook(), aKey).Want(http.StatusCreated).Header("Idempotency-Replayed", "")
		again := editor.POST("/api/books", aBook(), aKey).Want(http.StatusCreated).Header("Idempotency-Replayed", "true").Body(first.Text())
		for _, name := range []string{"Location", "ETag", "Content-Type", "Cache-Control"} {
			again.Header(name, first.HTTP().Header.Get(name))
		}
		editor.POST("/api/books", aBook(isbn("9781491941959")), aKey).Problem(http.StatusUnprocessableEntity)
		editor.POST("/api/books/1/loans", aKey).Problem(http.StatusUnprocessableEntity)
		admin.POST("/api/books", aBook(isbn("9781491941959")), aKey).Want(http.StatusCreated).Header("Idempotency-Replayed", "") // a key is its user's
		s.POST("/api/books", aBook(), aKey).Problem(http.StatusUnauthorized)
	})
}

func TestRepetitionsAtTheSameTimeDoTheWorkOnce(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.As(editor)
		answers, count := atOnce(8, func(int) *dramtest.Response { return editor.POST("/api/books/4/loans", aKey) })
		assert.Equal(t, 8, count[http.StatusCreated]+count[http.StatusConflict], "409: the first one is under way")
		for _, a := range answers {
			if a.Status() == http.StatusCreated {
				a.Header("Location", "/api/loans/1")
			}
		}
		editor.POST("/api/books/4/loans", aKey).Want(http.StatusCreated).Header("Location", "/api/loans/1")
		editor.GET("/api/loans").JSON(`{"items": [{"id": 1}]}`)
	})
}

func TestKeysThatAreNone(t *testing.T) {
	editor := open(t, sqlite(t)).As(editor)
	for _, key := range []string{strings.Repeat("k", 256), "with space", "ümlaut", ""} {
		editor.POST("/api/books", aBook(), dramtest.Header("Idempotency-Key", key)).Problem(http.StatusBadRequest)
	}
}
