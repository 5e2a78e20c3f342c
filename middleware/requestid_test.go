package middleware_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/middleware"
)

func ExampleRequestID() {
	r := dram.New()
	r.Use(middleware.RequestID(middleware.RequestIDConfig{}))
	r.GET("/", func(c *dram.Context) {
		query(c.Request.Context()) // knows no Context
		c.String(http.StatusOK, "ok")
	})

	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("X-Request-Id", "from-the-gateway-42")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println("answer:", w.Header().Get("X-Request-Id"))
	// Output:
	// query of from-the-gateway-42
	// answer: from-the-gateway-42
}

func query(ctx context.Context) { fmt.Println("query of", middleware.RequestIDFrom(ctx)) }

func TestRequestIDTakesOnlySaneIDs(t *testing.T) {
	cases := []struct {
		name, incoming string
		kept           bool
	}{
		{"uuid", "0190b2ab-9d5c-7cc3-98c4-dc0c0c07398f", true},
		{"amazon's", "Root=1-67891233-abcdef012345678912345678", true},
		{"base64", "aGVsbG8+/w==", true},
		{"longest", strings.Repeat("a", 128), true},
		{"too long", strings.Repeat("a", 129), false},
		{"none", "", false},
		{"space", "a b", false},
		{"line", "a\nlevel=INFO", false},
		{"markup", "<script>", false},
		{"quote", `a"b`, false},
		{"beyond ASCII", "é", false},
	}
	r := withLayers(middleware.RequestID(middleware.RequestIDConfig{}))
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			id := get(r, "/", header("X-Request-Id", tc.incoming)).Header().Get("X-Request-Id")
			if tc.kept {
				assert.Equal(t, tc.incoming, id)
			} else {
				assert.Regexp(t, "^[0-9a-f]{32}$", id)
			}
		})
	}
}

func TestRequestIDIsNewEachTime(t *testing.T) {
	r := withLayers(middleware.RequestID(middleware.RequestIDConfig{}))
	seen := map[string]bool{}
	for range 100 {
		seen[get(r, "/").Header().Get("X-Request-Id")] = true
	}
	assert.Len(t, seen, 100)
	two := func(req *http.Request) { req.Header["X-Request-Id"] = []string{"a", "b"} }
	assert.Len(t, get(r, "/", two).Header().Get("X-Request-Id"), 32, "of two ids neither is taken")
}

func TestRequestIDIsFoundEverywhere(t *testing.T) {
	r := dram.New()
	r.Use(middleware.RequestID(middleware.RequestIDConfig{
		Header: "x-trace", IgnoreIncoming: true, Generate: func() string { return "made" },
	}))
	r.GET("/", func(c *dram.Context) {
		assert.Equal(t, "made", c.GetString(middleware.RequestIDKey))
		assert.Equal(t, "made", middleware.RequestIDFrom(c))
		assert.Equal(t, "made", middleware.RequestIDFrom(c.Request.Context()))
	})
	w := get(r, "/", header("X-Trace", "theirs"))
	assert.Equal(t, "made", w.Header().Get("X-Trace"))
	assert.Empty(t, middleware.RequestIDFrom(context.Background()))
}

// net/http removes the temporary files of an upload from the request that it
// made; layers that change the context give the handlers another request.
func TestUploadsAreRemovedBehindLayersThatChangeTheContext(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := dram.New()
	r.MaxMultipartMemory = 1
	r.Use(middleware.RequestID(middleware.RequestIDConfig{}), middleware.Timeout(middleware.TimeoutConfig{}))
	r.POST("/", func(c *dram.Context) {
		_, err := c.FormFile("f")
		assert.NoError(t, err)
		files, _ := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*"))
		assert.Len(t, files, 1, "the file is too large for the memory")
	})
	dramtest.New(t, r).POST("/", dramtest.Multipart(dramtest.File("f", "a.txt", make([]byte, 11<<20)))).Want(http.StatusOK)
	files, err := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*"))
	require.NoError(t, err)
	assert.Empty(t, files)
}
