// Cursors that were not made for the list, or not made at all.

package pagination_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/pagination"
)

func TestFromRefusesForgedCursors(t *testing.T) {
	for name, cfg := range map[string]pagination.Config{"signed": config(), "encrypted": config(encrypted)} {
		r := lists(t, cfg)
		cursor := cursorOf(t, follow(t, "/books", get(r, "/books"), "next"))
		forged := base64.RawURLEncoding.EncodeToString([]byte(`{"p":{"Title":"a","ID":1}}`))
		other := config(func(c *pagination.Config) { c.Encrypt, c.Keys = cfg.Encrypt, [][]byte{otherKey} })
		for what, text := range map[string]string{
			"not a cursor":          "x",
			"a position alone":      forged,
			"no signature":          base64.RawURLEncoding.EncodeToString(make([]byte, 32)) + forged,
			"of another key":        cursorOf(t, follow(t, "/books", get(lists(t, other), "/books"), "next")),
			"the other way to seal": cursorOf(t, follow(t, "/books", get(lists(t, config(func(c *pagination.Config) { c.Encrypt = !cfg.Encrypt })), "/books"), "next")),
			"with something behind": cursor + "AAAA",
			"padded":                cursor + "=",
			"twice":                 cursor + cursor,
			"lines in it":           cursor[:8] + "\r\n" + cursor[8:],
			"a line behind":         cursor + "\n",
			"a header":              "x\r\nSet-Cookie: a=b",
			"NUL":                   "\x00",
			"too long":              strings.Repeat("A", 1<<16),
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				assert.Equal(t, []string{foreign}, refusals(t, get(r, "/books?cursor="+url.QueryEscape(text))))
			})
		}
		t.Run(name+"/the last byte's spare bits set", func(t *testing.T) {
			spare := 0
			for _, rel := range []string{"next", "prev"} {
				cursor := cursorOf(t, follow(t, "/books", get(r, "/books"), rel))
				want, err := base64.RawURLEncoding.DecodeString(cursor)
				require.NoError(t, err)
				for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
					text := cursor[:len(cursor)-1] + string(last)
					if bytes, _ := base64.RawURLEncoding.DecodeString(text); text != cursor && string(bytes) == string(want) {
						spare++
						assert.Equal(t, []string{foreign}, refusals(t, get(r, "/books?cursor="+text)), "another text of the same bytes")
					}
				}
			}
			assert.Positive(t, spare)
		})
		t.Run(name+"/each byte changed, and each end cut", func(t *testing.T) {
			for i := range cursor {
				changed := []byte(cursor)
				changed[i] = "AB"[btoi(changed[i] == 'A')]
				for _, text := range []string{string(changed), cursor[:i]} {
					if text != "" {
						require.Equal(t, []string{foreign}, refusals(t, get(r, "/books?cursor="+text)), text)
					}
				}
			}
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestFromRefusesCursorsOfOtherLists(t *testing.T) {
	byUser := config(func(cfg *pagination.Config) {
		cfg.Scope = func(c *dram.Context) string { return c.GetHeader("X-User") }
	})
	as := func(user string) func(*http.Request) {
		return func(req *http.Request) { req.Header.Set("X-User", user) }
	}
	for name, cfg := range map[string]pagination.Config{
		"signed": byUser, "encrypted": config(encrypted, func(cfg *pagination.Config) { cfg.Scope = byUser.Scope }),
	} {
		r := lists(t, cfg)
		tests := []struct {
			what, of, on string
			ok           bool
		}{
			{"the same", "/books?shelf=1&sort=title", "/books?shelf=1&sort=title", true},
			{"the same in another order", "/books?shelf=1&sort=title", "/books?sort=title&shelf=1", true},
			{"the same, spelt otherwise", "/books?q=a%20b", "/books?q=%61+b", true},
			{"another limit", "/books?shelf=1&limit=3", "/books?shelf=1&limit=4", true},
			{"another filter", "/books?shelf=1", "/books?shelf=2", false},
			{"one filter more", "/books?shelf=1", "/books?shelf=1&author=x", false},
			{"one filter less", "/books?shelf=1", "/books", false},
			{"a filter twice", "/books?shelf=1", "/books?shelf=1&shelf=1", false},
			{"values in another order", "/books?sort=a&sort=b", "/books?sort=b&sort=a", false},
			{"another route", "/books", "/loans", false},
			{"another param", "/shelves/1/books", "/shelves/2/books", false},
			{"a param that looks like the query", "/shelves/1/books?a=b", "/shelves/1%3Fa=b/books", false},
		}
		for _, tt := range tests {
			t.Run(name+"/"+tt.what, func(t *testing.T) {
				cursor := cursorOf(t, follow(t, tt.of, get(r, tt.of), "next"))
				sep := "?"
				if strings.Contains(tt.on, "?") {
					sep = "&"
				}
				w := get(r, tt.on+sep+"cursor="+cursor)
				if tt.ok {
					assert.Equal(t, 200, w.Code, w.Body.String())
					return
				}
				assert.Equal(t, []string{foreign}, refusals(t, w))
			})
		}
		t.Run(name+"/another host", func(t *testing.T) {
			r.Host("{tenant}.example.com").GET("/books", r.Routes()[0].HandlerFunc)
			cursor := cursorOf(t, follow(t, "/books", get(r, "http://a.example.com/books"), "next"))
			assert.Equal(t, 200, get(r, "http://a.example.com/books?cursor="+cursor).Code)
			for _, host := range []string{"b.example.com", "other.test"} {
				assert.Equal(t, []string{foreign}, refusals(t, get(r, "http://"+host+"/books?cursor="+cursor)), host)
			}
		})
		t.Run(name+"/another user", func(t *testing.T) {
			next := follow(t, "/books", get(r, "/books", as("ann")), "next")
			assert.Equal(t, 200, get(r, next, as("ann")).Code)
			assert.Equal(t, []string{foreign}, refusals(t, get(r, next, as("bob"))))

			cursor := cursorOf(t, follow(t, "/", get(r, "/shelves/1/books", as("1x")), "next"))
			w := get(r, "/shelves/11/books?cursor="+cursor, as("x"))
			assert.Equal(t, []string{foreign}, refusals(t, w), "the parts do not run into each other")
		})
	}
}

func TestKeysAreRotated(t *testing.T) {
	with := func(keys ...[]byte) func(*pagination.Config) {
		return func(cfg *pagination.Config) { cfg.Keys = keys }
	}
	for _, encrypt := range []bool{false, true} {
		engine := func(keys ...[]byte) *dram.Engine {
			return lists(t, config(with(keys...), func(cfg *pagination.Config) { cfg.Encrypt = encrypt }))
		}
		old, both, fresh := engine(key), engine(otherKey, key), engine(otherKey)
		next := follow(t, "/books", get(old, "/books"), "next")
		assert.Equal(t, 200, get(both, next).Code)
		assert.Equal(t, 400, get(fresh, next).Code)
		next = follow(t, "/books", get(both, "/books"), "next")
		assert.Equal(t, 200, get(fresh, next).Code, "the first key makes them")
		assert.Equal(t, 400, get(old, next).Code)
	}
}

func TestCursorsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short := lists(t, config(func(cfg *pagination.Config) { cfg.MaxAge = time.Minute }))
		forever := lists(t, config())
		next := follow(t, "/books", get(short, "/books"), "next")
		endless := follow(t, "/books", get(forever, "/books"), "next")
		time.Sleep(59 * time.Second)
		assert.Equal(t, 200, get(short, next).Code)
		time.Sleep(time.Second)
		expired := []string{"cursor cursor: has expired: leave it out to start anew"}
		assert.Equal(t, expired, refusals(t, get(short, next)))
		assert.Equal(t, expired, refusals(t, get(forever, next)), "it says itself how long it is good")
		assert.Equal(t, expired, refusals(t, get(short, endless)), "made before there was a limit")
		assert.Equal(t, 200, get(forever, endless).Code)
	})
}

// A cursor that a former version of the program has made.
func TestCursorsOfAnotherType(t *testing.T) {
	type (
		more   struct{ Title, Author string }
		fewer  struct{ Title string }
		number struct{ Title int64 }
	)
	next := func(made *httptest.ResponseRecorder) string { return follow(t, "/", made, "next") }
	of := next(get(oneList(more{"a", "b"}), "/"))
	assert.Equal(t, 200, get(oneList(more{}), of).Code)
	assert.Equal(t, []string{foreign}, refusals(t, get(oneList(fewer{}), of)), "a field is gone")
	of = next(get(oneList(fewer{"a"}), "/"))
	assert.Equal(t, []string{foreign}, refusals(t, get(oneList(more{}), of)), "a field is new")
	assert.Equal(t, []string{foreign}, refusals(t, get(oneList(number{}), of)), "a field has another type")
	assert.Equal(t, 200, get(oneList(int64(7)), next(get(oneList(int64(8)), "/"))).Code, "no struct is needed")
}

// oneList links to the page behind a position.
func oneList[P any](next P) *dram.Engine {
	pages := pagination.New[P](config())
	r := dram.New()
	r.GET("/", dram.Try(func(c *dram.Context) error {
		page, err := pages.From(c)
		if err == nil {
			_, err = page.Links(c, &next, nil)
		}
		return err
	}))
	return r
}

// That a position does not fit is the program's fault: 500, and an error that says why.
func TestPositionsThatDoNotFit(t *testing.T) {
	type loose struct{ Any any }
	for name, tt := range map[string]struct {
		list *dram.Engine
		says string
	}{
		"too long":       {oneList(position{Title: strings.Repeat("x", 1500)}), "is longer than 2048: sort by shorter values"},
		"a large number": {oneList(loose{int64(1)<<53 + 1}), "give each field an exact type"},
		"no number":      {oneList(loose{func() {}}), "unsupported type"},
	} {
		t.Run(name, func(t *testing.T) {
			var logged error
			tt.list.OnError(func(c *dram.Context, err error) { logged = err })
			w := get(tt.list, "/")
			assert.Equal(t, 500, w.Code)
			assert.Empty(t, w.Header().Get("Link"))
			require.ErrorContains(t, logged, "dram: pagination: ")
			assert.ErrorContains(t, logged, tt.says)
		})
	}
}

// A title of "<" six times as long in its cursor made a header that proxies do not take.
func TestCursorsAreNotEscapedForHTML(t *testing.T) {
	of := func(sign string) string {
		return follow(t, "/", get(oneList(position{Title: strings.Repeat(sign, 200)}), "/"), "next")
	}
	for _, sign := range []string{"<", ">", "&"} {
		assert.Len(t, of(sign), len(of("x")), sign)
		assert.Equal(t, 200, get(oneList(position{}), of(sign)).Code, "it can be read")
	}
}

// Text that is not UTF-8, wherever JSON finds text, comes back byte by byte, and what the
// program has keeps its own.
func TestPositionsWithBytesThatAreNotUTF8(t *testing.T) {
	type inner struct{ Name, None *string }
	const wild = "b\xff\xfeÄ\u2028"
	text := wild
	pointer := &text
	t.Run("pointer", roundTrip(&text))
	t.Run("pointer to pointer", roundTrip(&pointer))
	t.Run("slice", roundTrip([]string{"a", wild, ""}))
	t.Run("array", roundTrip([2]string{wild, "a"}))
	t.Run("map", roundTrip(map[string]string{"a": wild, "c": "d"}))
	t.Run("key of a map", roundTrip(map[string]int{wild: 1, "\xfe": 2}))
	t.Run("any", roundTrip([]any{wild, nil, map[string]any{"a": wild}}))
	t.Run("in structs", roundTrip([]inner{{Name: &text}, {}}))
	t.Run("beside bytes and a time", roundTrip(struct {
		Text  []string
		Bytes []byte
		At    *time.Time
	}{[]string{wild}, []byte(wild), new(time.Time)}))
	t.Run("null", roundTrip((*string)(nil)))
	assert.Equal(t, wild, text)
}

func roundTrip[P any](position P) func(*testing.T) {
	return func(t *testing.T) {
		before := fmt.Sprint(position)
		pages := pagination.New[P](config())
		r := dram.New()
		var got *P
		r.GET("/", dram.Try(func(c *dram.Context) error {
			page, err := pages.From(c)
			if err == nil {
				got = page.After
				_, err = page.Links(c, &position, nil)
			}
			return err
		}))
		w := get(r, "/")
		require.Equal(t, 200, w.Code, w.Body.String())
		require.Equal(t, 200, get(r, follow(t, "/", w, "next")).Code)
		require.NotNil(t, got)
		assert.Equal(t, position, *got)
		assert.Equal(t, before, fmt.Sprint(position), "what the program has is not changed")
	}
}

// A position that is in itself has no JSON: an error, not the end of the program.
func TestPositionThatIsInItself(t *testing.T) {
	type circle struct{ Next *circle }
	var c circle
	c.Next = &c
	assert.Equal(t, 500, get(oneList(c), "/").Code)
}

// A cursor can be read unless it is encrypted; and is the same for the same page, so that
// caches keep it.
func TestWhatACursorShows(t *testing.T) {
	shown := func(r *dram.Engine) (string, string) {
		cursor := cursorOf(t, follow(t, "/books", get(r, "/books"), "next"))
		bytes, err := base64.RawURLEncoding.DecodeString(cursor)
		require.NoError(t, err)
		return cursor, string(bytes)
	}
	r := lists(t, config())
	first, bytes := shown(r)
	again, _ := shown(r)
	assert.Contains(t, bytes, "Ä")
	assert.Equal(t, first, again)

	r = lists(t, config(encrypted))
	first, bytes = shown(r)
	again, _ = shown(r)
	assert.NotContains(t, bytes, "Ä")
	assert.NotEqual(t, first, again)
}

// Whatever is taken for a cursor holds a position that was put into one.
func FuzzCursor(f *testing.F) {
	engines := []*dram.Engine{lists(f, config()), lists(f, config(encrypted))}
	answers := []string{get(engines[0], "/books").Body.String()} // to ?cursor=
	for _, r := range engines {
		for _, rel := range []string{"next", "prev"} {
			target := follow(f, "/books", get(r, "/books"), rel)
			answers = append(answers, get(r, target).Body.String())
			cursor := cursorOf(f, target)
			f.Add(cursor)
			f.Add(cursor[:len(cursor)-1])
		}
	}
	f.Add("")
	f.Add("\r\n")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, r := range engines {
			w := get(r, "/books?cursor="+url.QueryEscape(cursor))
			if w.Code == http.StatusOK {
				assert.Contains(t, answers, w.Body.String(), cursor)
			} else {
				said := refusals(t, w)
				assert.True(t, len(said) == 1 && strings.HasPrefix(said[0], "cursor "), said)
			}
		}
	})
}
