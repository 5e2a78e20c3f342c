// What a request asks for, and configurations that are wrong.

package pagination_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/pagination"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

type position struct {
	Title string
	ID    int64
}

// The keys of the tests; nobody else has them, and nobody needs to.
var (
	key      = []byte("a key of thirty-two random bytes")
	otherKey = []byte("another one that is as long as it")
)

func config(edits ...func(*pagination.Config)) pagination.Config {
	cfg := pagination.Config{Keys: [][]byte{key}}
	for _, edit := range edits {
		edit(&cfg)
	}
	return cfg
}

func encrypted(cfg *pagination.Config) { cfg.Encrypt = true }

// lists has the same list under several routes. Each answers with the page that it was
// asked for, and links to the positions {"Ä>", 7} and {"a", 1}.
func lists(t testing.TB, cfg pagination.Config) *dram.Engine {
	t.Helper()
	pages := pagination.New[position](cfg)
	answer := dram.Try(func(c *dram.Context) error {
		page, err := pages.From(c)
		if err != nil {
			return err
		}
		if _, err := page.Links(c, &position{"Ä>", 7}, &position{"a", 1}); err != nil {
			return err
		}
		c.JSON(http.StatusOK, dram.H{"limit": page.Limit, "after": page.After, "before": page.Before})
		return nil
	})
	r := dram.New()
	r.GET("/books", answer)
	r.GET("/loans", answer)
	r.GET("/shelves/:shelf/books", answer)
	return r
}

func get(h http.Handler, target string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", target, nil)
	for _, edit := range edits {
		edit(req)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// follow returns where a link of the answer leads to, "" if there is none.
func follow(t testing.TB, from string, w interface{ Header() http.Header }, rel string) string {
	t.Helper()
	link := regexp.MustCompile(`<([^>]*)>; rel="` + rel + `"`).FindStringSubmatch(strings.Join(w.Header().Values("Link"), ", "))
	if link == nil {
		return ""
	}
	base, err := url.Parse(from)
	require.NoError(t, err)
	target, err := base.Parse(link[1])
	require.NoError(t, err)
	return target.String()
}

// cursorOf is the cursor of a target's query.
func cursorOf(t testing.TB, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	require.NotEmpty(t, u.Query().Get("cursor"), target)
	return u.Query().Get("cursor")
}

// refusals are what a 400 says of each field: "cursor duplicate: is there more than once".
func refusals(t testing.TB, w *httptest.ResponseRecorder) (said []string) {
	t.Helper()
	require.Equal(t, http.StatusBadRequest, w.Code, w.Body.String())
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	assert.Empty(t, w.Header().Get("Link"))
	var problem struct{ Errors []binding.FieldError }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
	for _, fe := range problem.Errors {
		assert.Equal(t, "query", fe.Source)
		said = append(said, fe.Field+" "+fe.Constraint()+": "+fe.Message)
	}
	return said
}

const foreign = "cursor cursor: is not one of this list: leave it out to start anew"

func TestFrom(t *testing.T) {
	for name, cfg := range map[string]pagination.Config{"signed": config(), "encrypted": config(encrypted)} {
		t.Run(name, func(t *testing.T) {
			r := lists(t, cfg)
			first := get(r, "/books?limit=7")
			assert.JSONEq(t, `{"limit":7,"after":null,"before":null}`, first.Body.String())
			next := get(r, follow(t, "/books?limit=7", first, "next"))
			assert.JSONEq(t, `{"limit":7,"after":{"Title":"Ä>","ID":7},"before":null}`, next.Body.String())
			prev := get(r, follow(t, "/books?limit=7", first, "prev"))
			assert.JSONEq(t, `{"limit":7,"after":null,"before":{"Title":"a","ID":1}}`, prev.Body.String())

			assert.Empty(t, follow(t, "/books", first, "first"), "it is this page")
			assert.Equal(t, "/books?limit=7", follow(t, "/books", next, "first"))
			assert.JSONEq(t, `{"limit":20,"after":null,"before":null}`, get(r, "/books?cursor=&limit=").Body.String(), "empty is none")
		})
	}
}

func TestFromRefusesParameters(t *testing.T) {
	r := lists(t, config())
	for query, want := range map[string][]string{
		"limit=0":                         {"limit min=1: must be at least 1"},
		"limit=-1":                        {"limit min=1: must be at least 1"},
		"limit=101":                       {"limit max=100: must be at most 100"},
		"limit=99999999999999999999":      {"limit type=integer: must be an integer between -9223372036854775808 and 9223372036854775807"},
		"limit=ten":                       {"limit type=integer: must be an integer"},
		"limit=1.5":                       {"limit type=integer: must be an integer"},
		"limit=1%0D%0AX:y":                {"limit type=integer: must be an integer"},
		"limit=1&limit=1":                 {"limit duplicate: is there more than once"},
		"cursor=a&cursor=b":               {"cursor duplicate: is there more than once"},
		"cursor=&cursor=":                 {"cursor duplicate: is there more than once"},
		"cursor=x&limit=0":                {"limit min=1: must be at least 1", foreign},
		"cursor=a&cursor=b&limit=&limit=": {"limit duplicate: is there more than once", "cursor duplicate: is there more than once"},
	} {
		t.Run(query, func(t *testing.T) {
			assert.Equal(t, want, refusals(t, get(r, "/books?"+query)))
		})
	}
	assert.Equal(t, 200, get(r, "/books?limit=100").Code)
}

// A pair that Go cannot read would be left out, and the first page be answered.
func TestFromRefusesAQueryThatCannotBeDecoded(t *testing.T) {
	r := lists(t, config())
	for _, query := range []string{"cursor=x;limit=5", "cursor=%zz"} {
		w := get(r, "/books?"+query)
		assert.Equal(t, http.StatusBadRequest, w.Code, query)
		assert.Contains(t, w.Body.String(), "The query cannot be decoded")
	}
}

// What a handler finds in the error.
func TestErrorsOfFrom(t *testing.T) {
	pages := pagination.New[position](config())
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/books?cursor=x", nil)
	_, err := pages.From(c)
	require.ErrorIs(t, err, pagination.ErrCursor)
	assert.NotErrorIs(t, err, pagination.ErrExpired)
	assert.EqualError(t, err, `dram: query "cursor": is not one of this list: leave it out to start anew (cursor)`)
	var field *binding.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "cursor", field.Field)
}

func TestConfigErrors(t *testing.T) {
	edit := func(f func(*pagination.Config)) pagination.Config { return config(f) }
	for says, cfg := range map[string]pagination.Config{
		"Keys: there are none":                                    {},
		"Keys: key 1 has 5 bytes and could be guessed":            edit(func(c *pagination.Config) { c.Keys = [][]byte{key, []byte("short")} }),
		"Limit: -1; a page has 1 row or more":                     edit(func(c *pagination.Config) { c.Limit = -1 }),
		"MaxLimit: 100 is less than Limit, 500":                   edit(func(c *pagination.Config) { c.Limit = 500 }),
		"MaxLimit: -1 is less than Limit, 20":                     edit(func(c *pagination.Config) { c.MaxLimit = -1 }),
		fmt.Sprintf("MaxLimit: %d leaves no number", math.MaxInt): edit(func(c *pagination.Config) { c.MaxLimit = math.MaxInt }),
		"MaxAge: -1s; write a second":                             edit(func(c *pagination.Config) { c.MaxAge = -time.Second }),
		"MaxAge: 1ms; write a second":                             edit(func(c *pagination.Config) { c.MaxAge = time.Millisecond }),
	} {
		t.Run(says, func(t *testing.T) {
			err := cfg.Validate()
			var misconfigured *middleware.ConfigError
			require.ErrorAs(t, err, &misconfigured)
			assert.ErrorContains(t, err, "dram: pagination.New: "+says)
			assert.PanicsWithError(t, err.Error(), func() { pagination.New[position](cfg) })
		})
	}
	assert.NoError(t, config().Validate())
}

func TestNewRefusesTypesThatJSONCannotHold(t *testing.T) {
	type hidden struct {
		Title string
		id    int64
	}
	type left struct {
		ID int64 `json:"-"`
	}
	panics := func(says string, make func()) {
		t.Helper()
		defer func() {
			err, _ := recover().(error)
			assert.ErrorContains(t, err, says)
		}()
		make()
	}
	_ = hidden{id: 1}
	panics("hidden: JSON leaves its field id out", func() { pagination.New[hidden](config()) })
	panics("left: JSON leaves its field ID out", func() { pagination.New[left](config()) })
	panics("JSON leaves its field Inner.id out", func() { pagination.New[struct{ Inner hidden }](config()) })
	panics("JSON leaves its field Inner.id out", func() { pagination.New[struct{ Inner []*hidden }](config()) })
	panics("unsupported type: chan int", func() { pagination.New[chan int](config()) })
	assert.NotPanics(t, func() {
		pagination.New[time.Time](config())
		pagination.New[struct {
			At time.Time `json:"at"`
			position
		}](config())
	})
}
