package main

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dram-go/dram/dramtest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// client is one of the books of a database.
func client(t *testing.T) *dramtest.Client {
	t.Helper()
	db, err := open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return dramtest.New(t, newEngine(db, []byte(strings.Repeat("k", 32))))
}

// get returns the books, and where the links of the answer lead to.
func get(t *testing.T, app *dramtest.Client, target string) (books []book, links map[string]string) {
	t.Helper()
	res := app.GET(target).Want(http.StatusOK)
	links = map[string]string{}
	for _, link := range regexp.MustCompile(`<([^>]*)>; rel="(\w+)"`).FindAllStringSubmatch(res.HTTP().Header.Get("Link"), -1) {
		next, err := res.HTTP().Request.URL.Parse(link[1])
		require.NoError(t, err)
		links[link[2]] = next.String()
	}
	return dramtest.Decode[[]book](res), links
}

func TestWalkOverADatabase(t *testing.T) {
	for query, count := range map[string]int{"limit=7": 100, "limit=100": 100, "limit=7&author=Woolf": 33, "author=nobody": 0} {
		t.Run(query, func(t *testing.T) {
			app, target := client(t), "/books?"+query
			var forward, backward []book
			last := target
			for next := target; next != ""; {
				books, links := get(t, app, next)
				forward, last, next = append(forward, books...), next, links["next"]
			}
			assert.Len(t, forward, count)
			assert.Len(t, slices.Compact(slices.Clone(forward)), count, "each once")
			assert.True(t, slices.IsSortedFunc(forward, func(a, b book) int {
				return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
			}))
			for prev := last; prev != ""; {
				books, links := get(t, app, prev)
				backward, prev = append(books, backward...), links["prev"]
			}
			assert.True(t, slices.Equal(forward, backward), "the way back has the same order")
		})
	}
}

func TestCursorsStayWithTheirList(t *testing.T) {
	app := client(t)
	_, links := get(t, app, "/books?author=Woolf&limit=3")
	next, err := url.Parse(links["next"])
	require.NoError(t, err)
	query := next.Query()
	query.Set("author", "Joyce")
	next.RawQuery = query.Encode()
	app.GET(next.String()).Want(http.StatusBadRequest)
	app.GET("/books?limit=101").Want(http.StatusBadRequest)
}
