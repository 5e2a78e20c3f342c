package main

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// server serves the books of a database, and is left at the end of the test.
func server(t *testing.T) *httptest.Server {
	t.Helper()
	db, err := open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	server := httptest.NewServer(newEngine(db, []byte(strings.Repeat("k", 32))))
	t.Cleanup(server.Close)
	return server
}

// get returns the status, the books, and where the links of the answer lead to.
func get(t *testing.T, target string) (status int, books []book, links map[string]string) {
	t.Helper()
	resp, err := http.Get(target)
	require.NoError(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, nil, nil
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&books))
	links = map[string]string{}
	for _, link := range regexp.MustCompile(`<([^>]*)>; rel="(\w+)"`).FindAllStringSubmatch(resp.Header.Get("Link"), -1) {
		next, err := resp.Request.URL.Parse(link[1])
		require.NoError(t, err)
		links[link[2]] = next.String()
	}
	return resp.StatusCode, books, links
}

func TestWalkOverADatabase(t *testing.T) {
	for query, count := range map[string]int{"limit=7": 100, "limit=100": 100, "limit=7&author=Woolf": 33, "author=nobody": 0} {
		t.Run(query, func(t *testing.T) {
			target := server(t).URL + "/books?" + query
			var forward, backward []book
			last := target
			for next := target; next != ""; {
				status, books, links := get(t, next)
				require.Equal(t, http.StatusOK, status)
				forward, last, next = append(forward, books...), next, links["next"]
			}
			assert.Len(t, forward, count)
			assert.Len(t, slices.Compact(slices.Clone(forward)), count, "each once")
			assert.True(t, slices.IsSortedFunc(forward, func(a, b book) int {
				return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
			}))
			for prev := last; prev != ""; {
				_, books, links := get(t, prev)
				backward, prev = append(books, backward...), links["prev"]
			}
			assert.True(t, slices.Equal(forward, backward), "the way back has the same order")
		})
	}
}

func TestCursorsStayWithTheirList(t *testing.T) {
	server := server(t)
	_, _, links := get(t, server.URL+"/books?author=Woolf&limit=3")
	next, err := url.Parse(links["next"])
	require.NoError(t, err)
	query := next.Query()
	query.Set("author", "Joyce")
	next.RawQuery = query.Encode()
	status, _, _ := get(t, next.String())
	assert.Equal(t, http.StatusBadRequest, status)
	status, _, _ = get(t, server.URL+"/books?limit=101")
	assert.Equal(t, http.StatusBadRequest, status)
}
