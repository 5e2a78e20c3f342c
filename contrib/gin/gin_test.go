package gin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/ginS"
	"github.com/stretchr/testify/assert"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

// One handler serves an Engine under either name.
func Example() {
	var hello gin.HandlerFunc = func(c *gin.Context) { c.String(http.StatusOK, "hello %s", c.Param("name")) }

	r := dram.New()
	r.GET("/hello/:name", hello)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hello/ada", nil))
	fmt.Println(w.Body)
	// Output: hello ada
}

func TestVersionIsGinsForProgramsThatPrintOrCompareIt(t *testing.T) {
	assert.Equal(t, "v1.12.0", gin.Version)
}

func TestFormatsNeedNoImport(t *testing.T) {
	value := gin.H{"a": "b"}
	for name, render := range map[string]func(c *gin.Context){
		"yaml": func(c *gin.Context) { c.YAML(http.StatusOK, value) },
		"toml": func(c *gin.Context) { c.TOML(http.StatusOK, value) },
		"bson": func(c *gin.Context) { c.BSON(http.StatusOK, value) },
	} {
		r := gin.New()
		r.GET("/", render)
		w := get(t, r, "/")
		assert.Equal(t, http.StatusOK, w.Code, name)
		assert.NotZero(t, w.Body.Len(), name)
	}
}

func TestGinSHasOneEngine(t *testing.T) {
	ginS.GET("/a", func(*gin.Context) {})
	ginS.Group("/g").POST("/b", func(*gin.Context) {})
	var paths []string
	for _, route := range ginS.Routes() {
		paths = append(paths, route.Method+" "+route.Path)
	}
	assert.Subset(t, paths, []string{"GET /a", "POST /g/b"})
}

func TestAConflictInGinSNamesTheProgramsLines(t *testing.T) {
	ginS.GET("/conflict", func(*gin.Context) {})
	defer func() {
		text := fmt.Sprint(recover())
		assert.Equal(t, 2, strings.Count(text, "gin_test.go:"), text)
	}()
	ginS.GET("/conflict", func(*gin.Context) {})
}
