package dram_test

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// released is a Context whose handler has returned, with what it had.
func released(t *testing.T) (c *dram.Context, w dram.ResponseWriter, ps dram.Params) {
	t.Helper()
	r := dram.New()
	r.GET("/late/:id", func(ctx *dram.Context) {
		c, w, ps = ctx, ctx.Writer, ctx.Params
	})
	serve(r, "GET", "/late/7")
	require.NotNil(t, c)
	return c, w, ps
}

func TestReleasedContextPanicsWithItsRoute(t *testing.T) {
	c, w, ps := released(t)
	uses := map[string]func(){
		"Param":            func() { c.Param("id") },
		"Params.ByName":    func() { c.Params.ByName("id") },
		"kept Params":      func() { ps.Get("id") },
		"AddParam":         func() { c.AddParam("a", "b") },
		"Query":            func() { c.Query("q") },
		"PostForm":         func() { c.PostForm("q") },
		"GetHeader":        func() { c.GetHeader("X") },
		"Cookie":           func() { _, _ = c.Cookie("x") },
		"GetRawData":       func() { _, _ = c.GetRawData() },
		"FormFile":         func() { _, _ = c.FormFile("x") },
		"Get":              func() { c.Get("x") },
		"Set":              func() { c.Set("x", 1) },
		"Value":            func() { c.Value("x") },
		"Copy":             func() { c.Copy() },
		"FullPath":         func() { c.FullPath() },
		"FullHost":         func() { c.FullHost() },
		"RoutePath":        func() { c.RoutePath() },
		"MultipartForm":    func() { _, _ = c.MultipartForm() },
		"HandlerNames":     func() { c.HandlerNames() },
		"NextWith":         func() { c.NextWith(nil, nil) },
		"HandlerName":      func() { c.HandlerName() },
		"Error":            func() { c.Error(http.ErrAbortHandler) },
		"Abort":            func() { c.Abort() },
		"AbortWithStatus":  func() { c.AbortWithStatus(500) },
		"IsAborted":        func() { c.IsAborted() },
		"Next":             func() { c.Next() },
		"JSON":             func() { c.JSON(200, "x") },
		"String":           func() { c.String(200, "x") },
		"HTML":             func() { c.HTML(200, "x", nil) },
		"Redirect":         func() { c.Redirect(302, "/") },
		"SetCookie":        func() { c.SetCookie("a", "b", 0, "", "", true, true) },
		"Header":           func() { c.Header("a", "b") },
		"File":             func() { c.File("context_test.go") },
		"Bind":             func() { _ = c.ShouldBind(&struct{}{}) },
		"ClientIP":         func() { c.ClientIP() },
		"Negotiate":        func() { c.NegotiateFormat("a/b") },
		"Writer.Write":     func() { _, _ = w.Write([]byte("x")) },
		"Writer.Header":    func() { w.Header() },
		"Writer.Status":    func() { w.Status() },
		"Writer.Size":      func() { w.Size() },
		"Writer.Written":   func() { w.Written() },
		"Writer.Flush":     func() { w.Flush() },
		"Writer.Pusher":    func() { w.Pusher() },
		"Writer.Notify":    func() { w.CloseNotify() }, //nolint:staticcheck // part of the interface
		"Writer.Hijack":    func() { _, _, _ = w.Hijack() },
		"Writer.WriteStr":  func() { _, _ = w.WriteString("x") },
		"Writer.WriteNow":  func() { w.WriteHeaderNow() },
		"Request.Body":     func() { _, _ = c.Request.Body.Read(nil) },
		"Request.Body.Clo": func() { _ = c.Request.Body.Close() },
		"Request.Context":  func() { c.Request.Context().Value("x") },
	}
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			defer func() {
				message, ok := recover().(string)
				require.True(t, ok, "must panic with a message")
				assert.Contains(t, message, "GET /late/:id")
				assert.Contains(t, message, "c.Copy()")
			}()
			use()
		})
	}
}

func TestReleasedContextLetsGoOfTheWriterThatALayerHasSet(t *testing.T) {
	var late *dram.Context
	r := dram.New()
	r.Use(func(c *dram.Context) {
		late = c
		other, _ := dram.CreateTestContext(httptest.NewRecorder())
		c.Writer = other.Writer // and it is not put back
	})
	r.GET("/late/:id", target)
	serve(r, "GET", "/late/7")
	assertPanics(t, "GET /late/:id", func() { late.Writer.Status() })
}

func TestLayersWriterPanicsOnceTheLayerHasReturned(t *testing.T) {
	var inside dram.ResponseWriter
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.NextAnswer(nil, func(dram.Answer) {})
		for name, use := range map[string]func(){
			"Write":  func() { _, _ = inside.WriteString("x") },
			"Header": func() { inside.Header() },
			"Status": func() { inside.Status() },
			"Flush":  func() { inside.Flush() },
		} {
			t.Run(name, func(t *testing.T) { assertPanics(t, "a writer of GET /late/:id was used after the layer", use) })
		}
	})
	r.GET("/late/:id", func(c *dram.Context) { inside = c.Writer })
	serve(r, "GET", "/late/7")
}

func TestReleasedContextOfAMissNamesThePath(t *testing.T) {
	var late *dram.Context
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { late = c })
	serve(r, "GET", "/none")
	assertPanics(t, "the Context of GET /none (no route) was used", func() { late.Get("x") })
	assertPanics(t, "the Context of GET /none (no route) was used", func() { late.Param("x") })
}

func TestRequestOfAReleasedContextTellsWhatHappened(t *testing.T) {
	c, _, _ := released(t)
	for _, text := range []string{c.Request.Method, c.Request.Host, c.Request.RemoteAddr, c.Request.RequestURI} {
		assert.Contains(t, text, "GET /late/:id")
	}
	assert.Panics(t, func() { _ = c.Request.URL.Path })
}

func TestReleasedContextCountsAsCancelled(t *testing.T) {
	c, _, _ := released(t)
	<-c.Done()
	assert.ErrorIs(t, c.Err(), dram.ErrReleased)
	assert.ErrorIs(t, c.Err(), context.Canceled)
	assert.ErrorContains(t, c.Err(), "GET /late/:id")
}

// A library may let go of a derived context after the handler has returned,
// in a goroutine of its own: that must not panic.
func TestDerivedContextMayBeCancelledLate(t *testing.T) {
	var cancel context.CancelFunc
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		_, cancel = context.WithCancel(c)
	})
	req := httptest.NewRequest("GET", "/", nil)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	r.ServeHTTP(httptest.NewRecorder(), req.WithContext(ctx))

	assert.NotPanics(t, func() { cancel() })
}

// database/sql and others wait for Done of the context that they were given in
// a goroutine, and then ask for Err: in no mode does that count as use of a released
// Context, and it is not a data race.
func TestAContextGivenToALibraryIsNotUsedAgain(t *testing.T) {
	type key struct{}
	for _, mode := range []string{dram.TestMode, dram.ReleaseMode} {
		t.Run(mode, func(t *testing.T) {
			inMode(t, mode)
			var wait sync.WaitGroup
			r := dram.New()
			r.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), key{}, req.URL.Path)))
				})
			}))
			r.GET("/:id", func(c *dram.Context) {
				var ctx context.Context = c
				path := c.Request.URL.Path
				done := ctx.Done()
				wait.Go(func() {
					<-done
					assert.ErrorIs(t, ctx.Err(), context.Canceled)
					assert.Equal(t, path, ctx.Value(key{}))
					_, ok := ctx.Deadline()
					assert.False(t, ok)
				})
			})
			srv := httptest.NewServer(r)
			defer srv.Close()
			for id := range 50 {
				res, err := http.Get(srv.URL + "/" + strconv.Itoa(id))
				require.NoError(t, err)
				res.Body.Close()
			}
			wait.Wait()
		})
	}
}

// net/http's writers panic when they are used too late, which ends the process if
// it happens in a goroutine.
func TestInReleaseModeALateWriteIsAnError(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	for protocol, newServer := range protocols {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(protocol+" "+method, func(t *testing.T) {
				var w dram.ResponseWriter
				r := dram.New()
				r.GET("/", func(c *dram.Context) { w = c.Writer; c.String(200, "answer") })
				server := newServer(r)
				req, err := http.NewRequest(method, server.URL, nil)
				require.NoError(t, err)
				res, err := server.Client().Do(req)
				require.NoError(t, err)
				res.Body.Close()
				server.Close() // when the handler has returned
				_, err = w.Write(make([]byte, 100_000))
				assert.ErrorIs(t, err, dram.ErrReleased)
				assert.NotPanics(t, func() { w.Header().Set("X-Late", "1"); w.Flush() })
				_, _, err = w.Hijack()
				assert.Error(t, err)
			})
		}
	}
}

func TestInReleaseModeContextsArePooled(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	seen := map[*dram.Context]int{}
	r := dram.New()
	r.GET("/:id", func(c *dram.Context) { seen[c]++ })
	for range 100 {
		serve(r, "GET", "/7")
	}
	assert.Less(t, len(seen), 100, "a Context must serve more than one request")
	for c := range seen {
		assert.NotPanics(t, func() { c.FullPath() })
	}
}

// Whichever method is called too late, it tells; but those of a context.Context, which libraries ask, and those that
// use nothing of the Context.
func TestEachMethodOfAReleasedContextTells(t *testing.T) {
	given := map[reflect.Type]any{
		reflect.TypeFor[int]():                   200,
		reflect.TypeFor[error]():                 http.ErrAbortHandler,
		reflect.TypeFor[func(context.Context)](): func(context.Context) {},
		reflect.TypeFor[*multipart.FileHeader](): new(multipart.FileHeader),
		reflect.TypeFor[*http.Cookie]():          new(http.Cookie),
		reflect.TypeFor[*dram.Problem]():         new(dram.Problem),
	}
	typ := reflect.TypeFor[*dram.Context]()
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		c, _, _ := released(t)
		args := []reflect.Value{reflect.ValueOf(c)}
		for j := 1; j < method.Type.NumIn() && (!method.Type.IsVariadic() || j < method.Type.NumIn()-1); j++ {
			arg := reflect.New(method.Type.In(j)).Elem()
			if value, ok := given[method.Type.In(j)]; ok {
				arg.Set(reflect.ValueOf(value))
			}
			args = append(args, arg)
		}
		switch method.Name {
		case "Done", "Err", "Deadline",
			"SaveUploadedFile", "SaveUploadedFileIn", "SaveNewUploadedFileIn": // which use the file alone
			assert.NotPanics(t, func() { method.Func.Call(args) }, method.Name)
		default:
			assert.PanicsWithValue(t, "dram: the Context of GET /late/:id was used after its handler returned: give a goroutine c.Copy(), or the values it needs",
				func() { method.Func.Call(args) }, method.Name)
		}
	}
	assert.Greater(t, typ.NumMethod(), 100)
}
