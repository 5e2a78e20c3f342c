package dram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

var errNoSuchBook = errors.New("no such book")

func ExampleTry() {
	find := func(id string) (string, error) {
		if id != "7" {
			return "", errNoSuchBook
		}
		return "Momo", nil
	}
	r := dram.New()
	r.OnError(func(c *dram.Context, err error) {
		if errors.Is(err, errNoSuchBook) {
			err = dram.NewProblem(http.StatusNotFound, "There is no such book.").Because(err)
		}
		dram.WriteError(c, err)
	})
	r.GET("/books/:id", dram.Try(func(c *dram.Context) error {
		title, err := find(c.Param("id"))
		if err != nil {
			return fmt.Errorf("find %s: %w", c.Param("id"), err)
		}
		c.JSON(http.StatusOK, dram.H{"title": title})
		return nil
	}))
	for _, path := range []string{"/books/7", "/books/8", "/none"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"title":"Momo"}
	// 404 {"title":"Not Found","status":404,"detail":"There is no such book."}
	// 404 {"title":"Not Found","status":404}
}

func ExampleProblem_With() {
	problem := dram.NewProblem(http.StatusForbidden, "Your balance is 30, but that costs 50.").
		With("balance", 30).WithHeader("Retry-After", "3600")
	problem.Type, problem.Title = "https://example.com/probs/out-of-credit", "You do not have enough credit."
	text, err := json.Marshal(problem)
	fmt.Println(string(text), err)
	// Output: {"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","status":403,"detail":"Your balance is 30, but that costs 50.","balance":30} <nil>
}

// failing is an engine whose route fails.
func failing(err error) *dram.Engine {
	r := dram.New()
	r.GET("/", dram.Try(func(*dram.Context) error { return err }))
	return r
}

func TestTryAnswersByProblemDetails(t *testing.T) {
	type in struct {
		Age int `form:"age" binding:"max=9"`
	}
	cause := errors.New("the database's own words")
	problem := dram.NewProblem(409, "Taken.").With("isbn", "1")
	for name, tc := range map[string]struct {
		err    error
		status int
		body   string
		logged []string
	}{
		"a Problem":             {problem, 409, `{"title":"Conflict","status":409,"detail":"Taken.","isbn":"1"}`, nil},
		"wrapped":               {fmt.Errorf("create: %w", problem), 409, `{"title":"Conflict","status":409,"detail":"Taken.","isbn":"1"}`, []string{"create: Conflict: Taken."}},
		"with its cause":        {problem.Because(cause), 409, `{"title":"Conflict","status":409,"detail":"Taken.","isbn":"1"}`, []string{cause.Error()}},
		"another error":         {cause, 500, `{"title":"Internal Server Error","status":500}`, []string{cause.Error()}},
		"a body too large":      {&http.MaxBytesError{Limit: 9}, 413, `{"title":"Request Entity Too Large","status":413,"detail":"The body is larger than it may be."}`, []string{"http: request body too large"}},
		"what Bind has found":   {binding.Query.Bind(httptest.NewRequest("GET", "/?age=10", nil), &in{}), 400, `{"title":"Bad Request","status":400,"detail":"The request is not valid.","errors":[{"source":"query","field":"age","rule":"max","param":"9","message":"must be at most 9"}]}`, []string{"Key: 'query.age' Error:Field validation for 'age' failed on the 'max' tag"}},
		"a Problem of a server": {dram.NewProblem(503, ""), 503, `{"title":"Service Unavailable","status":503}`, []string{"Service Unavailable"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			var logged []string
			r.Use(func(c *dram.Context) {
				c.Next()
				logged = c.Errors.Errors()
				assert.True(t, c.IsAborted())
			})
			r.GET("/", dram.Try(func(*dram.Context) error { return tc.err }), func(*dram.Context) { t.Error("the chain goes on") })
			w := serve(r, "GET", "/")
			assert.Equal(t, tc.status, w.Code)
			assert.Equal(t, tc.body, w.Body.String())
			assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			assert.Equal(t, tc.logged, logged)
			assert.NotContains(t, w.Body.String(), cause.Error())
		})
	}
	assert.Equal(t, 200, serve(failing(nil), "GET", "/").Code)
}

// A body that breaks off is not a fault of the server's, whoever reads it.
func TestABodyThatCannotBeReadIsABadRequest(t *testing.T) {
	read := map[string]func(*dram.Context) error{
		"JSON": func(c *dram.Context) error { return c.ShouldBindJSON(&struct{ A int }{}) },
		"all": func(c *dram.Context) error {
			return c.ShouldBindAll(&struct {
				A int `json:"a"`
			}{})
		},
		"kept": func(c *dram.Context) error { return c.ShouldBindBodyWithJSON(&struct{ A int }{}) },
		"form": func(c *dram.Context) error {
			c.Request.Header.Set("Content-Type", dram.MIMEPOSTForm)
			return c.ShouldBind(&struct {
				A int `form:"a"`
			}{})
		},
	}
	for name, bind := range read {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			var attached []*dram.Error
			r.Use(func(c *dram.Context) { c.Next(); attached = c.Errors })
			r.POST("/", dram.Try(bind))
			body := io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(io.ErrUnexpectedEOF))
			req := httptest.NewRequest("POST", "/", body)
			req.Header.Set("Content-Type", dram.MIMEJSON)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.JSONEq(t, `{"title":"Bad Request","status":400,"detail":"The body could not be read to its end."}`, w.Body.String())
			require.Len(t, attached, 1)
			require.ErrorIs(t, attached[0], io.ErrUnexpectedEOF)
			assert.True(t, attached[0].IsType(dram.ErrorTypePublic))
		})
	}
}

// A client could have a handler that returns what FormFile said answer 500, and one whose form
// could not be kept, since the disk is full, was told that it had sent no file.
func TestAFormThatHasNoFileIsABadRequest(t *testing.T) {
	const multipart, head = "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=file; filename=a.txt\r\n"
	whole := head + "\r\n" + strings.Repeat("x", 100) + "\r\n--b--\r\n"
	for name, tc := range map[string]struct {
		target, kind, body string
		status             int
		detail             string
		is                 error
	}{
		"another field":    {"/", multipart, strings.Replace(whole, "name=file;", "name=other;", 1), 400, "The form has no such file.", http.ErrMissingFile},
		"another form":     {"/", dram.MIMEPOSTForm, "a=1", 400, "The request has no form that can be read.", http.ErrNotMultipart},
		"no body":          {"/", "", "", 400, "The request has no form that can be read.", http.ErrNotMultipart},
		"no boundary":      {"/", "multipart/form-data", whole, 400, "The request has no form that can be read.", http.ErrMissingBoundary},
		"an odd boundary":  {"/", "multipart/form-data; boundary=b;;x", whole, 400, "The request has no form that can be read.", mime.ErrInvalidMediaParameter},
		"an odd escape":    {"/", dram.MIMEPOSTForm, "a=%zz", 400, "The request has no form that can be read.", url.EscapeError("%zz")},
		"an odd query":     {"/?a=%zz", multipart, whole, 400, "The request has no form that can be read.", url.EscapeError("%zz")},
		"an odd header":    {"/", multipart, head + "nothing\r\n" + whole, 400, "The request has no form that can be read.", nil},
		"cut off":          {"/", multipart, whole[:len(whole)-20], 400, "The request has no form that can be read.", io.ErrUnexpectedEOF},
		"no room for it":   {"/", multipart, strings.Replace(whole, "xxx", strings.Repeat("x", 1<<10), 1), 500, "", fs.ErrNotExist},
		"read by somebody": {"/read", multipart, whole, 500, "", io.EOF},
		"handed out":       {"/reader", multipart, whole, 500, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
			t.Setenv("TMP", filepath.Join(t.TempDir(), "none"))
			r := dram.New()
			r.MaxMultipartMemory = 512
			var attached []*dram.Error
			r.Use(func(c *dram.Context) { c.Next(); attached = c.Errors })
			find := dram.Try(func(c *dram.Context) error { _, err := c.FormFile("file"); return err })
			r.POST("/", find)
			r.POST("/read", func(c *dram.Context) { _, _ = c.GetRawData() }, find)
			r.POST("/reader", func(c *dram.Context) { _, _ = c.Request.MultipartReader() }, find)
			req := httptest.NewRequest("POST", tc.target, strings.NewReader(tc.body))
			req.Header.Set("Content-Type", tc.kind)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			var problem dram.Problem
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
			assert.Equal(t, tc.status, w.Code)
			assert.Equal(t, tc.detail, problem.Detail)
			require.Len(t, attached, 1)
			if tc.is != nil {
				require.ErrorIs(t, attached[0], tc.is)
			}
		})
	}
}

func TestACookieThatIsNotThereIsTheClientsFault(t *testing.T) {
	r := dram.New()
	r.GET("/", dram.Try(func(c *dram.Context) error { _, err := c.Cookie("shelf"); return err }))
	assert.Equal(t, http.StatusBadRequest, serve(r, "GET", "/").Code)
}

func TestABrowserGetsAPage(t *testing.T) {
	r := failing(dram.NewProblem(404, "No <b>book</b> & co."))
	for accept, page := range map[string]bool{
		"": false, "*/*": false, "application/json": false, "application/problem+json, text/html;q=0.9": false,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true, "text/html": true, "text/*": true,
	} {
		req := httptest.NewRequest("GET", "/", nil)
		if accept != "" {
			req.Header.Set("Accept", accept)
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, 404, w.Code)
		assert.Equal(t, "Accept", w.Header().Get("Vary"))
		if !page {
			assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), accept)
			continue
		}
		assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"), accept)
		assert.Contains(t, w.Body.String(), "<h1>Not Found</h1>\n<p>No &lt;b&gt;book&lt;/b&gt; &amp; co.</p>")
	}
}

func TestAnAnswerThatHasBegunIsCutWhenItsHandlerFails(t *testing.T) {
	r := dram.New()
	r.GET("/", dram.Try(func(c *dram.Context) error {
		_, _ = c.Writer.WriteString(strings.Repeat("x", 5000))
		c.Writer.Flush()
		return errors.New("the second half is missing")
	}))
	assert.True(t, strings.HasSuffix(got(t, r), ", cut"))
}

func TestOnErrorAnswersWhateverFails(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("text"), 0o600))
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.OnError(func(c *dram.Context, err error) {
		var problem *dram.Problem
		require.ErrorAs(t, err, &problem)
		c.String(-1, "%d told of %q", c.Writer.Status(), problem.Title)
	})
	r.Use(dram.RecoveryWithWriter(io.Discard))
	r.GET("/try", dram.Try(func(*dram.Context) error { return dram.NewProblem(409, "") }))
	r.GET("/panic", func(*dram.Context) { panic("x") })
	r.GET("/file", func(c *dram.Context) { c.File(filepath.Join(dir, "none.txt")) })
	r.GET("/range", func(c *dram.Context) { c.File(filepath.Join(dir, "a.txt")) })
	r.GET("/begun", func(c *dram.Context) { c.String(404, "own") })
	for target, want := range map[string]string{
		"GET /try": `409 told of "Conflict"`, "GET /panic": `500 told of "Internal Server Error"`, "GET /none": `404 told of "Not Found"`,
		"POST /try": `405 told of "Method Not Allowed"`, "GET /file": `404 told of "Not Found"`,
		"GET /range": `416 told of "Requested Range Not Satisfiable"`, "GET /begun": "own",
	} {
		method, path, _ := strings.Cut(target, " ")
		req := httptest.NewRequest(method, path, nil)
		req.Header.Set("Range", "bytes=99-")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, want, w.Body.String(), target)
	}
	assert.Equal(t, "GET, HEAD", serve(r, "POST", "/try").Header().Get("Allow"))
}

// What OnError says of a path without a route is inside the layers: those that replace the
// request or the writer, and those that look at the answer.
func TestLayersSeeWhatOnErrorSaysOfAMiss(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	type key struct{}
	var sizes []int
	r.Use(func(c *dram.Context) {
		c.NextWith(nil, c.Request.WithContext(context.WithValue(c.Request.Context(), key{}, "id")))
		sizes = append(sizes, c.BodySize())
	})
	r.OnError(func(c *dram.Context, err error) {
		c.String(-1, "%s of %v", dram.ProblemOf(err).Title, c.Request.Context().Value(key{}))
	})
	r.GET("/a", func(*dram.Context) {})
	r.NoRoute(func(*dram.Context) {})
	assert.Equal(t, "Not Found of id", serve(r, "GET", "/none").Body.String())
	assert.Equal(t, "Method Not Allowed of id", serve(r, "POST", "/a").Body.String())
	assert.Equal(t, []int{len("Not Found of id"), len("Method Not Allowed of id")}, sizes)
	r.NoRoute(func(c *dram.Context) { c.String(404, "own") })
	assert.Equal(t, "own", serve(r, "GET", "/none").Body.String())
	r.NoRoute(func(c *dram.Context) { c.Abort() })
	assert.Equal(t, "Not Found of <nil>", serve(r, "GET", "/none").Body.String(), "outside of them if one aborts")
}

func TestWithoutOnErrorMissesAndPanicsAreGins(t *testing.T) {
	r := failing(nil)
	r.Use(dram.RecoveryWithWriter(io.Discard))
	r.GET("/panic", func(*dram.Context) { panic("x") })
	assert.Equal(t, "404 page not found", serve(r, "GET", "/none").Body.String())
	w := serve(r, "GET", "/panic")
	assert.Equal(t, 500, w.Code)
	assert.Empty(t, w.Body.String())
}

func TestAGroupsOnErrorIsForItsRoutes(t *testing.T) {
	say := func(who string) dram.ErrorFunc { return func(c *dram.Context, _ error) { c.String(-1, "%s", who) } }
	fail := dram.Try(func(*dram.Context) error { return dram.NewProblem(400, "") })
	r := dram.New()
	r.OnError(say("engine"))
	r.Use(func(c *dram.Context) {
		c.Next()
		if c.Query("late") != "" {
			c.Fail(errors.New("outside of the group"))
		}
	})
	r.GET("/a", fail)
	api := r.Group("/api")
	api.OnError(say("api"))
	api.GET("/a", fail)
	v2 := api.Group("/v2")
	v2.OnError(say("v2"))
	v2.GET("/a", fail)
	v2.GET("/fine", func(*dram.Context) {})
	for path, want := range map[string]string{"/a": "engine", "/api/a": "api", "/api/v2/a": "v2", "/none": "engine", "/api/v2/none": "engine", "/api/v2/fine?late=1": "engine"} {
		assert.Equal(t, want, serve(r, "GET", path).Body.String(), path)
	}
	assertPanics(t, "OnError of the group '/api'", func() { api.OnError(nil) })
}

// A program has errors of its own, which only its OnError knows: to ProblemOf they are a 500.
func TestAnErrorIsPrivateOnlyIfItsErrorFuncAnswersWith5xx(t *testing.T) {
	taken := errors.New("the name is taken")
	for status, want := range map[int]dram.ErrorType{http.StatusConflict: dram.ErrorTypePublic, http.StatusBadGateway: dram.ErrorTypePrivate} {
		r := dram.New()
		var attached []*dram.Error
		r.Use(func(c *dram.Context) { c.Next(); attached = c.Errors })
		r.OnError(func(c *dram.Context, err error) { c.WriteProblem(dram.NewProblem(status, "")) })
		r.GET("/", dram.Try(func(*dram.Context) error { return taken }))
		assert.Equal(t, status, serve(r, "GET", "/").Code)
		require.Len(t, attached, 1)
		assert.Equal(t, taken, attached[0].Err)
		assert.True(t, attached[0].IsType(want), status)
	}
}

func TestAnErrorFuncThatWritesNothingLeavesTheStatus(t *testing.T) {
	r := failing(dram.NewProblem(http.StatusTeapot, ""))
	r.OnError(func(*dram.Context, error) {})
	assert.Equal(t, http.StatusTeapot, serve(r, "GET", "/").Code)
	assert.Equal(t, 404, serve(r, "GET", "/none").Code)
}

func brewTea(*dram.Context) error { return nil }

func TestNamesAreThoseOfTheFunctionInsideTry(t *testing.T) {
	r := dram.New()
	r.GET("/tea", dram.Try(brewTea))
	r.GET("/other", dram.Try(func(*dram.Context) error { return nil }))
	assert.Equal(t, "github.com/dram-go/dram_test.brewTea", r.Routes()[0].Handler)
	assert.Contains(t, r.Routes()[1].Handler, "TestNamesAreThoseOfTheFunctionInsideTry")
	r.GET("/name", dram.Try(func(c *dram.Context) error { c.String(200, "%s", c.HandlerName()); return nil }))
	assert.Contains(t, serve(r, "GET", "/name").Body.String(), "TestNamesAreThose")
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	dram.New().GET("/tea", dram.Try(brewTea))
	assert.Contains(t, out.String(), "dram_test.brewTea")
	assertPanics(t, "Try: the function is nil", func() { dram.Try(nil) })
}

func TestProblem(t *testing.T) {
	base := dram.NewProblem(409, "Taken.")
	with := base.With("n", 1).With("n", 2).WithHeader("Retry-After", "9").Because(io.EOF)
	text, err := json.Marshal(base)
	require.NoError(t, err)
	assert.Equal(t, `{"title":"Conflict","status":409,"detail":"Taken."}`, string(text), "With makes copies")
	assert.ErrorIs(t, with, io.EOF)
	assert.Equal(t, "Conflict: Taken.: EOF", with.Error())
	assert.Equal(t, 2, with.Member("n"))

	var read dram.Problem
	text, err = json.Marshal(with)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &read))
	assert.Equal(t, 409, read.Status)
	assert.EqualValues(t, 2, read.Member("n"))
	assert.Nil(t, read.Member("title"))
	require.Error(t, json.Unmarshal([]byte("[]"), &read))
	require.NoError(t, json.Unmarshal([]byte(`{"Status":402,"x":1}`), &read))
	assert.Equal(t, 402, read.Status)
	assert.Nil(t, read.Member("Status"), "it is the field, in whichever case")

	w := serve(failing(with), "GET", "/")
	assert.Equal(t, "9", w.Header().Get("Retry-After"))
	assert.Equal(t, "status 499", dram.NewProblem(499, "").Error())
	assert.Equal(t, "Conflict", (&dram.Problem{Status: 409}).Error())
	assert.Equal(t, "Sold out: Taken.", (&dram.Problem{Title: "Sold out", Status: 409, Detail: "Taken."}).Error())
	assertPanics(t, "the status 200 is not one of a failure", func() { dram.NewProblem(200, "") })
	assertPanics(t, `the member "status" is a field of Problem`, func() { base.With("status", 1) })

	unfit := serve(failing(base.With("f", func() {})), "GET", "/")
	assert.Equal(t, 409, unfit.Code)
	assert.Equal(t, `{"title":"Conflict","status":409,"detail":"Taken."}`, unfit.Body.String(), "without a member that JSON has no form for")
}

// What fails inside of an OnError does not come back to it.
func TestAnErrorFuncThatFailsIsNotAskedAgain(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "err.html")
	require.NoError(t, os.WriteFile(page, []byte("sorry"), 0o600))
	for name, tc := range map[string]struct {
		onError dram.ErrorFunc
		want    string
	}{
		"a file whose range is wrong": {func(c *dram.Context, _ error) { c.File(page) }, "416 416 the file does not have the range that the request asks for"},
		"a file that is not there":    {func(c *dram.Context, _ error) { c.File(page + "x") }, "404 404 page not found"},
		"Fail":                        {func(c *dram.Context, err error) { c.Fail(dram.NewProblem(404, "no").Because(err)) }, `404 {"title":"Not Found","status":404,"detail":"no"}`},
		"a panic":                     {func(*dram.Context, error) { panic("in OnError") }, `500 `},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.OnError(tc.onError)
			r.Use(dram.RecoveryWithWriter(io.Discard))
			r.GET("/", dram.Try(func(*dram.Context) error { return errors.New("x") }))
			for _, path := range []string{"/", "/none"} {
				req := httptest.NewRequest("GET", path, nil)
				req.Header.Set("Range", "bytes=100-")
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				assert.Equal(t, tc.want, fmt.Sprint(w.Code, " ", w.Body), path)
			}
		})
	}
}

// Recovery catches what OnError panics with wherever it is called from.
func TestRecoveryCatchesThePanicsOfOnError(t *testing.T) {
	layers := map[string]dram.HandlerFunc{
		"none":        func(*dram.Context) {},
		"one aborts":  func(c *dram.Context) { c.Abort() },
		"one refuses": dram.BasicAuth(dram.Accounts{"a": "b"}),
		"one panics":  func(*dram.Context) { panic("in a layer") },
		"one holds": func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) { a.Hold(1<<10, func(dram.Answer, []byte, bool) {}) })
		},
		"NoRoute aborts":  nil,
		"a custom answer": func(*dram.Context) { panic("in a layer") },
	}
	for name, layer := range layers {
		for _, began := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", the answer has begun: ", began), func(t *testing.T) {
				var log strings.Builder
				recovery := dram.RecoveryWithWriter(&log)
				if name == "a custom answer" {
					recovery = dram.RecoveryWithWriter(&log, func(c *dram.Context, _ any) { c.Fail(errors.New("x")) })
				}
				r := dram.New()
				r.HandleMethodNotAllowed = true
				r.Use(recovery)
				r.OnError(func(c *dram.Context, _ error) {
					if began {
						c.String(-1, strings.Repeat("half an answer", 1<<10))
						c.Writer.Flush()
					}
					panic("in OnError")
				})
				if layer != nil {
					r.Use(layer)
				} else {
					r.NoRoute(func(c *dram.Context) { c.Abort() })
				}
				r.GET("/try", dram.Try(func(*dram.Context) error { return errors.New("x") }))
				r.GET("/panic", func(*dram.Context) { panic("x") })
				r.GET("/file", func(c *dram.Context) { c.File("none") })
				r.HEAD("/other", func(*dram.Context) {})
				for _, path := range []string{"/none", "/other", "/try", "/panic", "/file"} {
					log.Reset()
					server := httptest.NewServer(r)
					resp, err := http.Get(server.URL + path)
					if err == nil {
						_, err = io.ReadAll(resp.Body)
						_ = resp.Body.Close()
					}
					server.Close() // which waits for the handler
					if !strings.Contains(log.String(), "in OnError") {
						assert.True(t, name == "one aborts" && path != "/none" && path != "/other", "OnError is asked of %s", path)
						continue
					}
					if began {
						assert.Error(t, err, "%s: half an answer looks whole", path)
					} else if assert.NoError(t, err, path) {
						assert.Equal(t, 500, resp.StatusCode, path)
					}
				}
			})
		}
	}
}

func TestAProblemWithoutAStatusOfAFailureIsA500(t *testing.T) {
	var none *dram.Problem
	for name, err := range map[string]error{
		"no status": &dram.Problem{Title: "no money"}, "of another server": fmt.Errorf("upstream: %w", &dram.Problem{}), "204": &dram.Problem{Status: 204}, "9": &dram.Problem{Status: 9}, "nil": none,
	} {
		w := serve(failing(err), "GET", "/")
		assert.Equal(t, 500, w.Code, name)
		assert.Contains(t, w.Body.String(), `"status":500`, name)
	}
}

func TestAnErrorFuncFindsNoHeadersOfTheBodyThatFailed(t *testing.T) {
	r := dram.New()
	r.OnError(func(c *dram.Context, _ error) { c.JSON(-1, dram.H{"error": "gone"}) })
	r.GET("/", dram.Try(func(c *dram.Context) error {
		for name, value := range map[string]string{"Content-Type": "text/csv", "Content-Length": "12", "Cache-Control": "public", "ETag": `"1"`, "Content-Encoding": "gzip"} {
			c.Header(name, value)
		}
		c.Header("X-Kept", "1")
		return dram.NewProblem(404, "")
	}))
	assert.Equal(t, http.Header{"Content-Type": {"application/json; charset=utf-8"}, "X-Kept": {"1"}}, serve(r, "GET", "/").Header())
}

func TestAGroupsOnErrorHoldsBehindAnotherWriter(t *testing.T) {
	r := dram.New()
	g := r.Group("/api")
	g.OnError(func(c *dram.Context, _ error) { c.String(-1, "group") })
	g.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, r) })
	}))
	g.GET("/err", dram.Try(func(*dram.Context) error { return errors.New("x") }))
	r.GET("/plain", dram.Try(func(*dram.Context) error { return dram.NewProblem(409, "") }))
	g.GET("/there", func(c *dram.Context) { c.Request.URL.Path = "/plain"; r.HandleContext(c) })
	assert.Equal(t, "group", serve(r, "GET", "/api/err").Body.String())
	assert.Equal(t, `{"title":"Conflict","status":409}`, serve(r, "GET", "/api/there").Body.String(), "a route outside is not the group's")
}

func TestHeadersOfAProblemStandBesideThoseOfLayers(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Header("Vary", "Accept-Encoding")
		c.SetCookie("session", "1", 0, "", "", true, true)
	})
	r.GET("/", dram.Try(func(*dram.Context) error {
		return dram.NewProblem(409, "").WithHeader("Vary", "Origin").WithHeader("Set-Cookie", "a=1")
	}))
	h := serve(r, "GET", "/").Header()
	assert.Equal(t, "Accept-Encoding, Origin, Accept", strings.Join(h.Values("Vary"), ", "))
	assert.Len(t, h.Values("Set-Cookie"), 2)
	assertPanics(t, `the member "Status"`, func() { dram.NewProblem(409, "").With("Status", 200) })
}

func TestAnErrorFuncWithAPageOfItsOwnSendsTheProblemsHeader(t *testing.T) {
	r := failing(fmt.Errorf("wrapped: %w", dram.NewProblem(503, "").WithHeader("Retry-After", "7")))
	r.OnError(func(c *dram.Context, err error) {
		p := dram.ProblemOf(err)
		p.SetHeader(c.Writer.Header())
		c.String(p.Status, "a page")
	})
	w := serve(r, "GET", "/")
	assert.Equal(t, "503 7 a page", fmt.Sprint(w.Code, " ", w.Header().Get("Retry-After"), " ", w.Body))
}

func TestNamesOfTryAreForgottenWithTheirHandlers(t *testing.T) {
	for range 1000 {
		large := make([]byte, 100<<10)
		dram.Try(func(*dram.Context) error { _ = large; return nil })
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	assert.Less(t, m.HeapAlloc, uint64(80<<20))
}

type oneKey struct{}

// A request whose context was made of the Context would ask itself for ever.
func TestAContextOfTheContextItselfIsNamed(t *testing.T) {
	for name, handler := range map[string]dram.HandlerFunc{
		"a value": func(c *dram.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c, oneKey{}, 1))
			c.Value("x")
		},
		"NextWith": func(c *dram.Context) { c.NextWith(nil, c.Request.WithContext(context.WithValue(c, oneKey{}, 1))) },
		"Done":     func(c *dram.Context) { c.Request = c.Request.WithContext(context.WithValue(c, oneKey{}, 1)); c.Done() },
	} {
		r := dram.New()
		r.GET("/", handler)
		t.Run(name, func(t *testing.T) {
			assertPanics(t, "make it of c.Request.Context()", func() { serve(r, "GET", "/") })
		})
	}
}

func TestTheProblemOfAFormOfTooManyPartsIsNotItsBytes(t *testing.T) {
	r := dram.New()
	r.POST("/", dram.Try(func(c *dram.Context) error {
		return c.ShouldBind(&struct {
			A []string `form:"a"`
		}{})
	}))
	form := strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", 1001) + "--b--"
	req := httptest.NewRequest("POST", "/", strings.NewReader(form))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, 413, w.Code)
	assert.Contains(t, w.Body.String(), "The form has too many parts, or too much in them.")
}

// A query that is ended by the time of its request is not a fault of the program, and neither
// is one that nobody waits for; a 500 of the program's own stays one.
func TestAnEndedRequestIsNotAFaultOfTheProgram(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer stop()
	closed, end := context.WithCancelCause(t.Context()) // as over HTTP/3
	end(fmt.Errorf("idle for too long: %w", net.ErrClosed))
	ended, end := context.WithCancelCause(t.Context())
	end(io.ErrShortBuffer)
	own := dram.NewProblem(http.StatusInternalServerError, "out of paper")
	tests := map[string]struct {
		ctx  context.Context
		err  error
		want int
	}{
		"the time is up":                     {late, fmt.Errorf("query: %w", context.DeadlineExceeded), http.StatusServiceUnavailable},
		"the time is up, in a driver's word": {late, errors.New("interrupted (9)"), http.StatusServiceUnavailable},
		"the client is gone":                 {gone, fmt.Errorf("query: %w", context.Canceled), 499},
		"the client's connection is closed":  {closed, fmt.Errorf("get: %w", context.Cause(closed)), 499},
		"another connection is closed":       {closed, net.ErrClosed, http.StatusInternalServerError},
		"the program has ended it":           {ended, io.ErrShortBuffer, http.StatusInternalServerError},
		"the same, in a driver's word":       {ended, context.Canceled, http.StatusInternalServerError},
		"the client is gone, and more":       {gone, errors.New("disk on fire"), http.StatusInternalServerError},
		"another's time is up":               {t.Context(), context.DeadlineExceeded, http.StatusInternalServerError},
		"a Problem of the program's":         {late, own, http.StatusInternalServerError},
		"a refusal":                          {late, dram.NewProblem(http.StatusConflict, ""), http.StatusConflict},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, custom := range []bool{false, true} {
				r := dram.New()
				var got error
				if custom {
					r.OnError(func(c *dram.Context, err error) { got = err; dram.WriteError(c, err) })
				}
				r.GET("/", dram.Try(func(*dram.Context) error { return tt.err }))
				w := httptest.NewRecorder()
				r.ServeHTTP(w, httptest.NewRequestWithContext(tt.ctx, http.MethodGet, "/", nil))
				assert.Equal(t, tt.want, w.Code)
				assert.NotContains(t, w.Body.String(), "disk")
				if custom {
					require.ErrorIs(t, got, tt.err)
				}
			}
		})
	}
}

func TestWriteProblemEndsTheChain(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.WriteProblem(dram.NewProblem(403, "")) })
	r.GET("/", func(*dram.Context) { t.Error("the handler has run") })
	assert.Equal(t, 403, serve(r, "GET", "/").Code)
}
