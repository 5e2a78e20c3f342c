package dram_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// This file is what the typed getters say of a value that is there, but cut or malformed: what
// BindAll says of it, and never the default.

const (
	urlencoded = "application/x-www-form-urlencoded"
	multiparts = "multipart/form-data; boundary=b"
)

// cutEngine answers with what BindAll says, or two getters, of which the second asks for
// another key, when the form was parsed.
func cutEngine(said func(all, as, or error)) *dram.Engine {
	r := dram.New()
	type all struct {
		Query  string `query:"x"`
		Cookie string `cookie:"x"`
		Form   string `form:"x"`
	}
	var inAll error
	r.POST("/all", func(c *dram.Context) { inAll = c.ShouldBindAll(new(all)) })
	r.POST("/:source", func(c *dram.Context) {
		as, or := dram.QueryAs[string], dram.QueryOr[string]
		switch c.Param("source") {
		case "form":
			c.PostForm("x") // a layer has looked for it
			as, or = dram.FormAs[string], dram.FormOr[string]
		case "cookie":
			as, or = dram.CookieAs[string], dram.CookieOr[string]
		}
		_, inAs := as(c, "x")
		value, inOr := or(c, "x", "default")
		if inOr == nil {
			inOr = errors.New("no error, but " + value)
		}
		said(inAll, inAs, inOr)
	})
	return r
}

func sameErrors(t *testing.T) func(all, as, or error) {
	return func(all, as, or error) {
		require.Error(t, all)
		assert.EqualError(t, as, all.Error())
		assert.EqualError(t, or, all.Error())
		assert.Equal(t, 400, dram.ProblemOf(or).Status)
	}
}

func TestTypedGettersOfMalformedValuesSayWhatBindAllSays(t *testing.T) {
	for name, tt := range map[string]struct{ source, query, form, contentType, cookie string }{
		"a semicolon in the query":  {source: "query", query: "x=false;y=1"},
		"its first key":             {source: "query", query: "y=1;x=false"},
		"a bad escape of the query": {source: "query", query: "x=%zz"},
		"of the key":                {source: "query", query: "%zz=1"},
		"a semicolon in the form":   {source: "form", form: "x=true;y=1"},
		"a bad escape of the form":  {source: "form", form: "x=%true"},
		"another key of the form":   {source: "form", form: "%zz=1&x=true"},
		"of multipart, a cut part":  {source: "form", form: "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nfal", contentType: multiparts},
		"a cut header":              {source: "form", form: "--b\r\nContent-Dispos", contentType: multiparts},
		"no last boundary":          {source: "form", form: "--b\r\nContent-Disposition: form-data; name=\"y\"\r\n\r\nfal\r\n--b\r\n", contentType: multiparts},
		"no boundary":               {source: "form", form: "x=1", contentType: "multipart/form-data"},
		"a parameter of its type":   {source: "form", form: "x=1", contentType: urlencoded + "; ="},
		"a cut quote of a cookie":   {source: "cookie", cookie: `x="fa`},
		"a control byte":            {source: "cookie", cookie: "x=a\x01b"},
		"the second of its name":    {source: "cookie", cookie: `x=1; x="fa`},
		"the first of its name":     {source: "cookie", cookie: `x="fa;x=1`},
		"a bad escape of a cookie":  {source: "cookie", cookie: "x=%zz"},
		"too many cookies":          {source: "cookie", cookie: "x=1" + strings.Repeat(";a=1", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			r := cutEngine(sameErrors(t))
			for _, path := range []string{"/all", "/" + tt.source} {
				req := httptest.NewRequest("POST", path+"?"+tt.query, strings.NewReader(tt.form))
				req.Header.Set("Content-Type", cmp.Or(tt.contentType, urlencoded))
				req.Header.Set("Cookie", tt.cookie)
				r.ServeHTTP(httptest.NewRecorder(), req)
			}
		})
	}
}

// That a value is looked for what is wrong with it costs a good one nothing.
func TestTypedGettersOfGoodValuesCostNoMore(t *testing.T) {
	c := typedContext("7")
	c.PostForm("x")
	for source, tt := range map[string]struct {
		get  func(*dram.Context, string, int) (int, error)
		most float64
	}{"query": {dram.QueryOr[int], 1}, "form": {dram.FormOr[int], 1}, "header": {dram.HeaderOr[int], 1}, "cookie": {dram.CookieOr[int], 5}} {
		assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = tt.get(c, "x", 3) }), tt.most, source)
		if source != "cookie" {
			assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = tt.get(c, "y", 3) }), "%s: one that is missing", source)
		}
	}
}

// On a connection that breaks off.
func TestTypedGettersOfABodyThatBreaksOff(t *testing.T) {
	for _, sent := range [][2]string{
		{urlencoded, "dry_ru"}, {urlencoded, ""}, {multiparts, "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nfal"},
	} {
		heard := make(chan error, 3)
		server := httptest.NewServer(cutEngine(func(all, as, or error) { heard <- all; heard <- as; heard <- or }))
		for _, path := range []string{"/all", "/form"} {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\n%s", path, sent[0], sent[1])
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}
		sameErrors(t)(<-heard, <-heard, <-heard)
		server.Close()
	}
}

// What is wrong elsewhere is not the value's fault.
func TestTypedGettersOfWhatIsFineBesideWhatIsNot(t *testing.T) {
	for _, tt := range []struct{ method, contentType, form string }{
		{"POST", urlencoded, "x=7"},
		{"POST", multiparts, "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n7\r\n--b--\r\n"},
		{"POST", urlencoded, ""}, {"POST", multiparts, ""}, {"GET", urlencoded, ""}, {"POST", "", "x=%zz"}, {"POST", "text/plain; =", "x=%zz"}, {"POST", "application/json", `{"x":`},
	} {
		c, _ := dram.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest(tt.method, "/?x=1;y=2&a=b", strings.NewReader(tt.form))
		c.Request.Header.Set("Content-Type", tt.contentType)
		c.Request.Header.Set("Cookie", `y="fa; x=7; z=%zz`)
		want := 3
		if strings.Contains(tt.form, "7") {
			want = 7
		}
		got, err := dram.FormOr(c, "x", 3)
		require.NoError(t, err, tt)
		assert.Equal(t, want, got, tt)
		cookie, err := dram.CookieAs[int](c, "x")
		require.NoError(t, err)
		assert.Equal(t, 7, cookie)
		assert.Equal(t, "b", c.Request.Form.Get("a"), "net/http's form has the query")
	}
}

// A form that the Engine lets in is read, though net/http alone would stop at 10 MB.
func TestFormsOfMoreThanNetHTTPReads(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("POST", "/", strings.NewReader("x=7&y="+strings.Repeat("a", 11<<20)))
	c.Request.Header.Set("Content-Type", urlencoded)
	x, err := dram.FormOr(c, "x", 3)
	require.NoError(t, err)
	assert.Equal(t, 7, x)
	assert.Len(t, c.PostForm("y"), 11<<20)
}

// A copy of the Context, and one that serves the request again, know of the form what it does.
func TestTypedGettersOfACopy(t *testing.T) {
	r := dram.New()
	r.POST("/a", func(c *dram.Context) {
		_, want := dram.FormAs[int](c, "x")
		require.Error(t, want)
		_, err := dram.FormOr(c.Copy(), "x", 3)
		assert.Equal(t, want, err)
		c.Request = c.Request.Clone(c)
		c.Request.URL.Path = "/b"
		r.HandleContext(c)
	})
	r.POST("/b", func(c *dram.Context) {
		_, err := dram.FormOr(c, "x", 3)
		assert.Error(t, err)
	})
	req := httptest.NewRequest("POST", "/a", strings.NewReader("x=%zz"))
	req.Header.Set("Content-Type", urlencoded)
	r.ServeHTTP(httptest.NewRecorder(), req)
}

// A type that no text can be is said in debug mode, and the client is not blamed.
func TestTypedGetterOfAMistakeIsSaidInDebugMode(t *testing.T) {
	debug := captureWriter(t)
	inMode(t, dram.DebugMode)
	r := dram.New()
	r.GET("/", dram.Try(func(c *dram.Context) error {
		_, err := dram.QueryOr[any](c, "x", 1)
		return err
	}))
	w := serve(r, "GET", "/")
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Contains(t, debug.String(), `a typed getter at context_as_cut_test.go:`)
	assert.Contains(t, debug.String(), `dram: the value of query "x" has the type interface {}, in which no text can be stored`)
}

func TestBindAllOfTypesThatNoTextCanBe(t *testing.T) {
	type inner struct {
		A []chan int `query:"a"`
	}
	for name, obj := range map[string]any{
		"channel": &struct {
			A chan int `query:"a"`
		}{}, "function": &struct {
			A func() `header:"a"`
		}{}, "complex number": &struct {
			A *complex128 `cookie:"a"`
		}{}, "interface": &struct {
			A fmt.Stringer `form:"a"`
		}{}, "any": &struct {
			A any `query:"a"`
		}{}, "list of lists": &struct {
			A [][]string `query:"a"`
		}{}, "map of functions": &struct {
			A map[string]func() `query:"a"`
		}{}, "Optional": &struct {
			A binding.Optional[chan int] `uri:"a"`
		}{}, "embedded": &struct{ inner }{}, "in a group": &struct{ In inner }{},
	} {
		t.Run(name, func(t *testing.T) {
			debug := captureWriter(t)
			inMode(t, dram.DebugMode)
			r := dram.New()
			var err error
			r.POST("/:a", func(c *dram.Context) { err = c.BindAll(obj) })
			w := serve(r, "POST", "/1")
			assert.Equal(t, http.StatusInternalServerError, w.Code)
			require.ErrorIs(t, err, binding.ErrTags)
			assert.ErrorContains(t, err, "field A of ")
			assert.ErrorContains(t, err, "in which no text can be stored: choose another")
			assert.Empty(t, binding.FieldErrors(err))
			assert.Contains(t, debug.String(), "in which no text can be stored")
		})
	}
	r := dram.New()
	var fine struct {
		A map[string]any         `query:"a"`
		B [2]*int                `query:"b"`
		C struct{ D func() }     `query:"c"`
		D binding.Optional[bool] `query:"d"`
		E chan int               `query:"-"`
	}
	r.POST("/", func(c *dram.Context) { assert.NoError(t, c.BindAll(&fine)) })
	serve(r, "POST", `/?a={"b":1}&b=1&b=2&d=true`)
	assert.Equal(t, map[string]any{"b": 1.0}, fine.A)
}
