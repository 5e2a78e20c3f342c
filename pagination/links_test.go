// The walk over a list, page by page, and the header that leads it.

package pagination_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/pagination"
)

// table stands for a database's, sorted by title and id.
type table []position

func (t table) less(a, b position) int {
	return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
}

// read is what the two queries of the package's documentation read.
func (t table) read(after, before *position, limit int) (rows []position) {
	all := slices.SortedFunc(slices.Values(t), t.less)
	if before != nil {
		slices.Reverse(all)
	}
	for _, row := range all {
		behind := after == nil || t.less(row, *after) > 0
		if behind && (before == nil || t.less(row, *before) < 0) && len(rows) < limit {
			rows = append(rows, row)
		}
	}
	return rows
}

// shelf serves a table at /books.
func shelf(rows *table, cfg pagination.Config) *dram.Engine {
	pages := pagination.New[position](cfg)
	r := dram.New()
	r.GET("/books", dram.Try(func(c *dram.Context) error {
		page, err := pages.From(c)
		if err != nil {
			return err
		}
		books, _, err := pagination.Rows(c, page, rows.read(page.After, page.Before, page.Limit+1), func(row position) position { return row })
		if err != nil {
			return err
		}
		c.JSON(http.StatusOK, books)
		return nil
	}))
	return r
}

// idsOf are the rows of an answer, by their ids.
func idsOf(t *testing.T, w *httptest.ResponseRecorder) (ids []int64) {
	t.Helper()
	require.Equal(t, 200, w.Code, w.Body.String())
	var rows []position
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

// walk follows the links from a page on, and returns the pages and the last one's target.
func walk(t *testing.T, r *dram.Engine, target, rel string) (pages [][]int64, last string) {
	t.Helper()
	for target != "" {
		require.Less(t, len(pages), 100, "the walk ends")
		w := get(r, target)
		pages, last = append(pages, idsOf(t, w)), target
		target = follow(t, target, w, rel)
	}
	return pages, last
}

func TestWalk(t *testing.T) {
	rows := table{{"b", 4}, {"a", 1}, {"a", 2}, {"Ä", 7}, {"b", 3}, {"c&d=>", 5}, {"c\r\n", 6}}
	inOrder := []int64{1, 2, 3, 4, 6, 5, 7}
	for limit := 1; limit <= len(rows)+1; limit++ {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			r := shelf(&rows, config())
			forward, last := walk(t, r, fmt.Sprintf("/books?limit=%d", limit), "next")
			assert.Equal(t, inOrder, slices.Concat(forward...), "all rows, each once")
			for _, page := range forward[:len(forward)-1] {
				assert.Len(t, page, limit)
			}
			backward, first := walk(t, r, last, "prev")
			slices.Reverse(backward)
			assert.Equal(t, inOrder, slices.Concat(backward...), "and back, each page in the list's order")
			again, _ := walk(t, r, first, "next")
			assert.Equal(t, inOrder, slices.Concat(again...))
		})
	}
}

// Rows that come or go while somebody reads hide and repeat no others.
func TestWalkWhileRowsComeAndGo(t *testing.T) {
	rows := table{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}}
	r := shelf(&rows, config())
	w := get(r, "/books?limit=2")
	assert.Equal(t, []int64{1, 2}, idsOf(t, w))
	rows = table{{"a", 1}, {"aa", 9}, {"bb", 5}, {"c", 3}, {"d", 4}} // the cursor's row is gone
	target := follow(t, "/books?limit=2", w, "next")
	w = get(r, target)
	assert.Equal(t, []int64{5, 3}, idsOf(t, w))
	w = get(r, follow(t, target, w, "prev"))
	assert.Equal(t, []int64{1, 9}, idsOf(t, w))
}

// A row whose title is not UTF-8 does not take the list away.
func TestWalkOverBytesThatAreNotUTF8(t *testing.T) {
	rows := table{{"a", 1}, {"b\xff\xfe", 2}, {"b\xffÄ", 3}, {"c", 4}}
	for name, cfg := range map[string]pagination.Config{"signed": config(), "encrypted": config(encrypted)} {
		t.Run(name, func(t *testing.T) {
			pages, last := walk(t, shelf(&rows, cfg), "/books?limit=1", "next")
			assert.Equal(t, [][]int64{{1}, {3}, {2}, {4}}, pages)
			pages, _ = walk(t, shelf(&rows, cfg), last, "prev")
			assert.Equal(t, [][]int64{{4}, {2}, {3}, {1}}, pages)
		})
	}
}

func TestPagesWithoutRows(t *testing.T) {
	rows := table{}
	r := shelf(&rows, config())
	w := get(r, "/books")
	assert.Equal(t, 200, w.Code)
	assert.Empty(t, w.Header().Values("Link"))

	rows = table{{"a", 1}, {"b", 2}, {"c", 3}}
	w = get(r, "/books?limit=2")
	rows = rows[:2]
	last := get(r, follow(t, "/books", w, "next"))
	assert.Empty(t, idsOf(t, last))
	assert.Equal(t, "/books?limit=2", follow(t, "/books", last, "first"))
	assert.Equal(t, []int64{1}, idsOf(t, get(r, follow(t, "/books", last, "prev"))), "there is a way back")

	rows = table{{"a", 1}, {"b", 2}, {"c", 3}}
	w = get(r, follow(t, "/books", get(r, "/books?limit=2"), "next")) // the page of c
	rows = rows[2:]
	first := get(r, follow(t, "/books", w, "prev"))
	assert.Empty(t, idsOf(t, first))
	rows = append(rows, position{"d", 4})
	assert.Equal(t, []int64{4}, idsOf(t, get(r, follow(t, "/books", first, "next"))), "and a way on")
}

// The links are right wherever a proxy has put the service, keep the query, and leave the
// links of others alone.
func TestTheLinkHeader(t *testing.T) {
	rows := table{{"a", 1}, {"b", 2}}
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Header("Link", `</style.css>; rel="preload"`) })
	r.GET("/books", func(c *dram.Context) { shelf(&rows, config()).ServeHTTP(c.Writer, c.Request) })

	target := "/books?q=" + "%0D%0ASet-Cookie:x%3E%22,;" + "&limit=1"
	w := get(r, strings.Replace(target, ";", "%3B", 1))
	links := w.Header().Values("Link")
	require.Len(t, links, 2)
	assert.Equal(t, `</style.css>; rel="preload"`, links[0])
	assert.Regexp(t, `^<\?cursor=[A-Za-z0-9_-]+&limit=1&q=%0D%0ASet-Cookie%3Ax%3E%22%2C%3B>; rel="next"$`, links[1])

	for _, base := range []string{"https://example.com/api/v1/books?x=1", "http://localhost/books"} {
		next := follow(t, base, w, "next")
		path, _, _ := strings.Cut(base, "?")
		assert.True(t, strings.HasPrefix(next, path+"?cursor="), next)
	}
}

// response is a client's, of which follow reads the header.
type response struct{ *http.Response }

func (r response) Header() http.Header { return r.Response.Header }

// Behind a proxy that takes a prefix away the links lead through it again, whatever the
// service knows of the prefix.
func TestLinksBehindAProxy(t *testing.T) {
	rows := table{{"a", 1}, {"b", 2}, {"c", 3}}
	service := httptest.NewServer(shelf(&rows, config()))
	defer service.Close()
	gateway := dram.New()
	gateway.Any("/api/*path", middleware.Proxy(middleware.ProxyConfig{Target: service.URL, StripPrefix: "/api"}))
	front := httptest.NewServer(gateway)
	defer front.Close()

	target := front.URL + "/api/books?limit=2"
	var got []string
	for target != "" {
		require.True(t, strings.HasPrefix(target, front.URL+"/api/books?"), target)
		resp, err := http.Get(target)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		got = append(got, string(body))
		target = follow(t, target, response{resp}, "next")
	}
	assert.Equal(t, []string{`[{"Title":"a","ID":1},{"Title":"b","ID":2}]`, `[{"Title":"c","ID":3}]`}, got)
}

func TestLinksOfABody(t *testing.T) {
	pages := pagination.New[position](config())
	r := dram.New()
	r.GET("/", dram.Try(func(c *dram.Context) error {
		page, err := pages.From(c)
		if err != nil {
			return err
		}
		links, err := page.Links(c, &position{ID: 1}, nil)
		c.JSON(http.StatusOK, links)
		return err
	}))
	w := get(r, "/")
	var links pagination.Links
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &links))
	assert.Equal(t, links.String(), w.Header().Get("Link"))
	assert.Empty(t, links.Prev+links.First)
	var last pagination.Links
	require.NoError(t, json.Unmarshal(get(r, "/"+links.Next).Body.Bytes(), &last))
	assert.Equal(t, "?limit=20", last.First)
}
