package docsui_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/docsui"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/typed"
)

func engine(cfg docsui.Config) *dram.Engine {
	r := dram.New()
	api := typed.New(r.Group("/api"), typed.Info{Title: "Library", Version: "1"})
	typed.GET(api, "/books", func(context.Context, *struct{}) ([]string, error) { return []string{"Momo"}, nil }, typed.Summary("lists books"))
	api.Spec("/openapi.json")
	cfg.Spec = "/api/openapi.json"
	docsui.Mount(&r.RouterGroup, "/docs", cfg)
	return r
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	app := dramtest.New(t, engine(docsui.Config{InAllModes: true, Title: `A <b>"library"`}))
	page := app.GET("/docs/").Want(http.StatusOK).Contains(`data-spec="/api/openapi.json"`, `A &lt;b&gt;&#34;library&#34;`)
	assert.NotContains(t, string(page.Bytes()), "https://")
	assert.Contains(t, page.HTTP().Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
	for name, kind := range map[string]string{"start.js": "text/javascript", "swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"} {
		zipped := app.GET("/docs/"+name, dramtest.Header("Accept-Encoding", "gzip")).Want(http.StatusOK).Header("Content-Type", kind+"; charset=utf-8")
		plain := app.GET("/docs/"+name, dramtest.Header("Accept-Encoding", "gzip;q=0")).Want(http.StatusOK).Header("Content-Encoding", "")
		require.NotEmpty(t, plain.Bytes(), name)
		assert.Equal(t, plain.Bytes(), zipped.Bytes(), name)
		tag := plain.HTTP().Header.Get("ETag")
		app.GET("/docs/"+name, dramtest.Header("If-None-Match", tag)).Want(http.StatusNotModified)
	}
}

// Each form of a file has a tag of its own: a strong one names bytes (RFC 9110 section 8.8.3).
func TestTheFormsOfAFileShareNoTag(t *testing.T) {
	app := dramtest.New(t, engine(docsui.Config{InAllModes: true}))
	gzip, identity := dramtest.Header("Accept-Encoding", "gzip"), dramtest.Header("Accept-Encoding", "identity")
	for _, path := range []string{"/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"} {
		zipped := app.GET(path, gzip).Want(http.StatusOK).HTTP().Header.Get("ETag")
		plain := app.GET(path, identity).Want(http.StatusOK).HTTP().Header.Get("ETag")
		assert.NotEqual(t, plain, zipped)
		app.GET(path, gzip, dramtest.Header("If-None-Match", zipped)).Want(http.StatusNotModified).
			Header("ETag", zipped).Header("Vary", "Accept-Encoding").Header("Content-Encoding", "")
		app.GET(path, identity, dramtest.Header("If-None-Match", plain)).Want(http.StatusNotModified).Header("ETag", plain)
		app.GET(path, identity, dramtest.Header("If-None-Match", zipped)).Want(http.StatusOK)
		app.GET(path, gzip, dramtest.Header("If-Match", plain)).Want(http.StatusPreconditionFailed)
	}
}

// A layer outside, CORS say, has named what its own headers depend on.
func TestTheFilesKeepTheVaryOfLayersOutside(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Header("Vary", "Origin") })
	docsui.Mount(&r.RouterGroup, "/docs", docsui.Config{Spec: "/openapi.json", InAllModes: true})
	got := dramtest.New(t, r).GET("/docs/swagger-ui.css").Want(http.StatusOK).HTTP().Header
	assert.Equal(t, []string{"Origin", "Accept-Encoding"}, got["Vary"])
}

func TestThePageIsBehindASlash(t *testing.T) {
	r := engine(docsui.Config{InAllModes: true})
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"}))
	app := dramtest.New(t, r)
	app.GET("/docs?a=b").Want(http.StatusMovedPermanently)
	w := app.GET("/docs", dramtest.Header("X-Forwarded-Prefix", "/app")).Want(http.StatusMovedPermanently)
	assert.Equal(t, "/app/docs/", w.HTTP().Header.Get("Location"))

	root := dram.New()
	docsui.Mount(&root.RouterGroup, "/", docsui.Config{Spec: "/openapi.json", InAllModes: true})
	dramtest.New(t, root).GET("/").Want(http.StatusOK)
	group := dram.New()
	docsui.Mount(group.Group("/v1"), "/docs/", docsui.Config{Spec: "/openapi.json", InAllModes: true})
	dramtest.New(t, group).GET("/v1/docs").Want(http.StatusMovedPermanently).Header("Location", "/v1/docs/")
}

func TestThePageIsNotThereInProductionUnlessSaid(t *testing.T) {
	app := dramtest.New(t, engine(docsui.Config{}))
	for _, path := range []string{"/docs", "/docs/", "/docs/start.js", "/docs/swagger-ui-bundle.js"} {
		app.GET(path).Want(http.StatusNotFound)
	}
}

func TestTheSpecIsAPathBehindThePrefix(t *testing.T) {
	r := engine(docsui.Config{InAllModes: true})
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"}))
	dramtest.New(t, r).GET("/docs/", dramtest.Header("X-Forwarded-Prefix", "/app")).Contains(`data-spec="/app/api/openapi.json"`)

	for _, spec := range []string{"", "openapi.json", "//evil.example/openapi.json", "https://evil.example/x"} {
		assert.ErrorContains(t, docsui.Config{Spec: spec}.Validate(), "Spec", spec)
		assert.Panics(t, func() { docsui.Mount(&dram.New().RouterGroup, "/docs", docsui.Config{Spec: spec}) }, spec)
	}
}

func TestAPageMountedTwiceNamesTheProgramsCalls(t *testing.T) {
	r, cfg := dram.New(), docsui.Config{Spec: "/openapi.json"}
	docsui.Mount(&r.RouterGroup, "/docs", cfg)
	defer func() {
		assert.Regexp(t, `docsui_test\.go:\d+\).*docsui_test\.go:\d+\)`, recover())
	}()
	docsui.Mount(&r.RouterGroup, "/docs", cfg)
}
