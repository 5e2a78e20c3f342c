package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleBodyLimit() {
	r := dram.New()
	r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 16})) // everywhere
	size := func(c *dram.Context) {
		body, err := c.GetRawData()
		if err != nil {
			return // the layer answers 413
		}
		c.String(http.StatusOK, "%d bytes", len(body))
	}
	r.POST("/comment", size)
	r.POST("/upload", middleware.BodyLimit(middleware.BodyLimitConfig{Max: 1024}), size) // but here

	for _, path := range []string{"/comment", "/upload"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("x", 100))))
		fmt.Println(path, w.Code)
	}
	// Output:
	// /comment 413
	// /upload 200
}

// chunked hides the length of the body.
func chunked(req *http.Request) { req.ContentLength = -1 }

func TestBodyLimit(t *testing.T) {
	limit := func(n int64) dram.HandlerFunc {
		return middleware.BodyLimit(middleware.BodyLimitConfig{Max: n})
	}
	cases := []struct {
		name   string
		layers []dram.HandlerFunc
		size   int
		want   int
	}{
		{"exactly", []dram.HandlerFunc{limit(10)}, 10, 200},
		{"one more", []dram.HandlerFunc{limit(10)}, 11, 413},
		{"the inner is larger", []dram.HandlerFunc{limit(10), limit(100)}, 100, 200},
		{"the inner is smaller", []dram.HandlerFunc{limit(100), limit(10)}, 11, 413},
		{"of three the innermost", []dram.HandlerFunc{limit(1), limit(2), limit(10)}, 10, 200},
		{"the inner lifts it", []dram.HandlerFunc{limit(10), limit(-1)}, 1 << 21, 200},
		{"default", []dram.HandlerFunc{limit(0)}, middleware.DefaultMaxBody, 200},
		{"default and one", []dram.HandlerFunc{limit(0)}, middleware.DefaultMaxBody + 1, 413},
		{"layers that change the request between", []dram.HandlerFunc{limit(10), middleware.Timeout(middleware.TimeoutConfig{}), limit(100)}, 100, 200},
	}
	for _, tc := range cases {
		for how, edit := range map[string]func(*http.Request){"announced": func(*http.Request) {}, "chunked": chunked} {
			t.Run(tc.name+", "+how, func(t *testing.T) {
				w := send(withLayers(tc.layers...), http.MethodPost, "/echo", strings.Repeat("x", tc.size), edit)
				assert.Equal(t, tc.want, w.Code)
				if tc.want == http.StatusOK {
					assert.Equal(t, tc.size, w.Body.Len())
				} else {
					problemIn(t, w)
				}
			})
		}
	}
}

func TestBodyLimitReadsNothingOfABodyThatIsAnnouncedTooLarge(t *testing.T) {
	reader := strings.NewReader(strings.Repeat("x", 100))
	req := httptest.NewRequest(http.MethodPost, "/echo", reader)
	w := httptest.NewRecorder()
	withLayers(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 99})).ServeHTTP(w, req)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	assert.Equal(t, 100, reader.Len())
}

func TestBodyLimitLeavesTheAnswerToHandlersThatGiveOne(t *testing.T) {
	r := dram.New()
	r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 3}))
	r.POST("/bind", func(c *dram.Context) {
		var v struct{ A string }
		assert.Error(t, c.BindJSON(&v))
	})
	r.POST("/own", func(c *dram.Context) {
		_, err := io.ReadAll(c.Request.Body)
		var tooLarge *http.MaxBytesError
		require.ErrorAs(t, err, &tooLarge)
		assert.EqualValues(t, 3, tooLarge.Limit)
		c.String(http.StatusTeapot, "short and stout")
	})
	w := send(r, http.MethodPost, "/bind", `{"a":"b"}`)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	assert.Empty(t, w.Body.String(), "Bind has answered")
	assert.Equal(t, http.StatusTeapot, send(r, http.MethodPost, "/own", "four").Code)
	assert.Equal(t, http.StatusNotFound, send(r, http.MethodPost, "/none", "four").Code, "nobody reads it")
}

func TestBodyLimitOverTheWireKeepsAnAnnouncedBodyAway(t *testing.T) {
	server := httptest.NewServer(withLayers(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 10})))
	defer server.Close()
	req, err := http.NewRequest(http.MethodPost, server.URL+"/echo", unread{t})
	require.NoError(t, err)
	req.ContentLength = 1 << 30
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: 1 << 40}}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
}

// unread is a body that must not be asked for.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was sent")
	return 0, io.ErrUnexpectedEOF
}

// The limit of a route decides what Bind reads into memory, not that of the Engine; what
// a layer decompresses is bounded by the larger of both.
func TestBodyLimitAndTheMemoryOfTheEngine(t *testing.T) {
	limit := func(n int64) dram.HandlerFunc { return middleware.BodyLimit(middleware.BodyLimitConfig{Max: n}) }
	decompress := middleware.Decompress(middleware.DecompressConfig{})
	tests := []struct {
		name   string
		layers []dram.HandlerFunc
		length int
		zip    bool
		want   int
	}{
		{"none", nil, 5000, false, 413},
		{"larger", []dram.HandlerFunc{limit(10000)}, 5000, false, 200},
		{"larger, and beyond it", []dram.HandlerFunc{limit(10000)}, 20000, false, 413},
		{"smaller", []dram.HandlerFunc{limit(500)}, 800, false, 413},
		{"no limit for the route", []dram.HandlerFunc{limit(500), limit(-1)}, 50000, false, 200},
		{"a smaller one inside", []dram.HandlerFunc{limit(10000), limit(500)}, 800, false, 413},
		{"a larger one inside", []dram.HandlerFunc{limit(500), limit(10000)}, 5000, false, 200},
		{"decompressed", []dram.HandlerFunc{decompress}, 5000, true, 413},
		{"decompressed, within", []dram.HandlerFunc{decompress}, 800, true, 200},
		{"received little, decompressed much", []dram.HandlerFunc{limit(600), decompress}, 5000, true, 413},
		{"received little, decompressed within", []dram.HandlerFunc{limit(600), decompress}, 800, true, 200},
		{"decompressed, larger for the route", []dram.HandlerFunc{limit(10000), decompress}, 5000, true, 200},
		{"decompressed, larger inside", []dram.HandlerFunc{decompress, limit(10000)}, 5000, true, 200},
		{"decompressed, smaller inside", []dram.HandlerFunc{decompress, limit(200)}, 800, true, 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := dram.New(func(e *dram.Engine) { e.MaxBodyMemory = 1000 })
			r.Use(tt.layers...)
			r.POST("/", func(c *dram.Context) {
				var v struct{ Name string }
				_ = c.BindJSON(&v)
			})
			body := `{"name":"` + strings.Repeat("x", tt.length-11) + `"}`
			edit := func(*http.Request) {}
			if tt.zip {
				body = zipped(body)
				edit = func(req *http.Request) { req.Header.Set("Content-Encoding", "gzip") }
			}
			assert.Equal(t, tt.want, send(r, http.MethodPost, "/", body, edit).Code)
		})
	}
}

// A body that is stopped short must not be read by Proxy's transport when net/http has
// gone on to the next request of the connection: that ends the process.
func TestBodyLimitInFrontOfProxyOnAConnectionThatIsKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/early" {
			_, _ = io.Copy(io.Discard, req.Body)
		}
		_, _ = io.WriteString(w, "ok")
	}))
	defer server.Close()
	r := dram.New()
	r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 3000}))
	r.POST("/*path", middleware.Proxy(middleware.ProxyConfig{Target: server.URL}))
	front := httptest.NewServer(r)
	defer front.Close()
	for i := range 100 {
		path, size, want := []string{"/whole", "/early"}[i%2], 1000, http.StatusOK
		if i/2%2 == 1 {
			size, want = 20_000, http.StatusRequestEntityTooLarge
		}
		body := struct{ io.Reader }{strings.NewReader(strings.Repeat("x", size))} // of no known length
		res, err := front.Client().Post(front.URL+path, "text/plain", body)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if path == "/whole" {
			assert.Equal(t, want, res.StatusCode)
		}
	}
}

func TestBodyLimitOfARouteAnswersForTheOneOutside(t *testing.T) {
	r := dram.New()
	r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 1000}))
	inner := middleware.BodyLimit(middleware.BodyLimitConfig{Max: 5, OnError: func(c *dram.Context, _ middleware.Problem) { c.AbortWithStatus(418) }})
	r.POST("/", inner, func(c *dram.Context) { _, _ = io.ReadAll(c.Request.Body) })
	assert.Equal(t, 418, send(r, "POST", "/", "six by", chunked).Code)
	assert.Equal(t, 200, send(r, "POST", "/", "five!", chunked).Code)
}
