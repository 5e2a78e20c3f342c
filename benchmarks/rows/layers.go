package rows

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	chilayer "github.com/go-chi/chi/v5/middleware"
	chicors "github.com/go-chi/cors"
	"github.com/go-chi/httprate"
	"github.com/labstack/echo/v5"
	echolayer "github.com/labstack/echo/v5/middleware"

	gincors "github.com/gin-contrib/cors"
	gingzip "github.com/gin-contrib/gzip"
	"github.com/gin-contrib/requestid"
	"github.com/gin-contrib/secure"
	"github.com/gin-contrib/timeout"
	"github.com/gin-gonic/gin"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/middleware"
)

// This file is the layers of package middleware beside those of Echo, of chi and of gin-contrib, on a route that answers
// with text. What a layer costs is what such a request takes with it, less what it takes without.

// Layer is a row: a request, the layers of the same kind, each in the form of its framework, and what an answer has to be. A framework
// without such a layer, or with one that does something else, is left out: chi's request id is in no answer, and none of the three
// has a layer for ETag.
type Layer struct {
	Name string
	Request
	twins []any
	check func(answer *httptest.ResponseRecorder) error
	text  string // the answer, if it is not Greeting
	ends  bool   // the handler has to be given a deadline
	named bool   // the handler has to find the id of the request in its context
	spent bool   // a request is needed before that which is refused
}

const (
	origin = "https://app.example.com"
	policy = "default-src 'self'"
	many   = 1_000_000_000
)

var page = strings.Repeat("The water of life, in sixteen casks. ", 280) // 10 KB

// from is a request with header, names and values.
func from(method string, header ...string) Request {
	r := Request{Method: method, Target: "/", Status: http.StatusOK, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// Layers are the rows; the first one is without a layer.
func Layers() []Layer {
	refused := from("GET")
	refused.Status = http.StatusTooManyRequests
	preflight := from("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "PUT")
	preflight.Status = http.StatusNoContent
	allows := has("Access-Control-Allow-Origin", origin)
	return []Layer{
		{Name: "none", Request: from("GET")},
		{Name: "CORS", Request: from("GET", "Origin", origin), check: allows, twins: crossOrigin()},
		{Name: "CORS, preflight", Request: preflight, check: all(allows, has("Access-Control-Allow-Methods", "PUT")), twins: crossOrigin()},
		{Name: "gzip, 10 KB", Request: from("GET", "Accept-Encoding", "gzip"), check: unpacks, text: page, twins: []any{
			middleware.Compress(middleware.CompressConfig{Encodings: []middleware.Encoding{middleware.Gzip(5)}}),
			echolayer.GzipWithConfig(echolayer.GzipConfig{Level: 5}),
			chilayer.Compress(5),
			gingzip.Gzip(5),
		}},
		{Name: "request id", Request: from("GET"), check: has("X-Request-Id", ""), named: true, twins: []any{
			middleware.RequestID(middleware.RequestIDConfig{}),
			echolayer.RequestIDWithConfig(echolayer.RequestIDConfig{RequestIDHandler: func(c *echo.Context, id string) {
				c.Set(middleware.RequestIDKey, id)
				c.SetRequest(withID(c.Request(), id))
			}}),
			requestid.New(requestid.WithHandler(func(c *gin.Context, id string) {
				c.Set(middleware.RequestIDKey, id)
				c.Request = withID(c.Request, id)
			})),
		}},
		{Name: "rate limit", Request: from("GET"), twins: rate(many)},
		{Name: "rate limit, refused", Request: refused, spent: true, twins: rate(1)},
		{Name: "secure", Request: from("GET"),
			check: all(has("X-Content-Type-Options", "nosniff"), has("X-Frame-Options", "DENY"),
				has("Content-Security-Policy", policy), has("Referrer-Policy", "no-referrer")),
			twins: []any{
				middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: policy, ReferrerPolicy: "no-referrer"}),
				echolayer.SecureWithConfig(echolayer.SecureConfig{
					ContentTypeNosniff: "nosniff", XFrameOptions: "DENY", ContentSecurityPolicy: policy, ReferrerPolicy: "no-referrer",
				}),
				secure.New(secure.Config{ContentTypeNosniff: true, FrameDeny: true, ContentSecurityPolicy: policy, ReferrerPolicy: "no-referrer"}),
			}},
		{Name: "timeout", Request: from("GET"), ends: true, twins: []any{
			middleware.Timeout(middleware.TimeoutConfig{After: time.Minute}), echolayer.ContextTimeout(time.Minute), chilayer.Timeout(time.Minute),
		}},
		{Name: "timeout, buffered", Request: from("GET"), twins: []any{
			dram.WrapMiddleware(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") }),
			timeout.New(timeout.WithTimeout(time.Minute)),
		}},
		{Name: "ETag", Request: from("GET"), check: has("Etag", ""), twins: []any{middleware.ETag(middleware.ETagConfig{})}},
	}
}

// idKey is where the handlers of the others keep the id of a request for code that has no Context of theirs, as dram's layer
// does by itself.
type idKey struct{}

func withID(r *http.Request, id string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), idKey{}, id))
}

// crossOrigin are layers for requests of another origin, and for what a browser asks before them.
func crossOrigin() []any {
	return []any{
		middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{origin}, AllowMethods: []string{"PUT"}}),
		echolayer.CORSWithConfig(echolayer.CORSConfig{AllowOrigins: []string{origin}, AllowMethods: []string{"GET", "PUT"}}),
		chicors.Handler(chicors.Options{AllowedOrigins: []string{origin}, AllowedMethods: []string{"GET", "PUT"}}),
		gincors.New(gincors.Config{AllowOrigins: []string{origin}, AllowMethods: []string{"GET", "PUT"}}),
	}
}

// rate is a limit of so many requests an hour, by the address of the client.
func rate(n int) []any {
	return []any{
		middleware.RateLimit(middleware.RateLimitConfig{Limit: n, Window: time.Hour}),
		echolayer.RateLimiter(echolayer.NewRateLimiterMemoryStoreWithConfig(
			echolayer.RateLimiterMemoryStoreConfig{Rate: float64(n) / 3600, Burst: n, ExpiresIn: 2 * time.Hour})),
		httprate.LimitBy(n, time.Hour, func(r *http.Request) (string, error) {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			return host, err
		}),
	}
}

// LayerPeer is a framework with the layer, or with none.
type LayerPeer struct {
	Name    string
	Handler http.Handler
}

// Peers are the frameworks that have the layer, dram first.
func (l Layer) Peers() []LayerPeer { return l.peers(nil) }

// peers have a layer inside of theirs that notes what it gets, if there is one to note it.
func (l Layer) peers(seen func(*http.Request)) (found []LayerPeer) {
	add := func(i int, name string, has bool, probe any) {
		app := peers.App{Routes: get("/"), Work: peers.Text, Value: l.text, Layers: l.twins}
		if seen != nil {
			app.Layers = append(slices.Clone(l.twins), probe)
		}
		if has || l.twins == nil {
			found = append(found, LayerPeer{name, peers.All()[i].App(app)})
		}
	}
	add(0, "dram", holds[dram.HandlerFunc](l), dram.HandlerFunc(func(c *dram.Context) { seen(c.Request) }))
	add(2, "echo", holds[echo.MiddlewareFunc](l), echo.MiddlewareFunc(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			seen(c.Request())
			return next(c)
		}
	}))
	add(3, "chi", holds[func(http.Handler) http.Handler](l), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen(r)
			next.ServeHTTP(w, r)
		})
	})
	add(1, "gin-contrib", holds[gin.HandlerFunc](l), gin.HandlerFunc(func(c *gin.Context) { seen(c.Request) }))
	return found
}

func holds[T any](l Layer) bool {
	return slices.ContainsFunc(l.twins, func(twin any) bool { _, ok := twin.(T); return ok })
}

// Check has every framework with the layer answer.
func (l Layer) Check() error {
	var deadline, named bool
	look := func(r *http.Request) {
		_, deadline = r.Context().Deadline()
		named = middleware.RequestIDFrom(r.Context()) != "" || r.Context().Value(idKey{}) != nil
	}
	for _, p := range l.peers(look) {
		deadline, named = false, false
		if l.spent {
			Serve(p.Handler, l.Request)
		}
		answer := Serve(p.Handler, l.Request)
		text := cmp.Or(l.text, peers.Greeting)
		var err error
		switch {
		case answer.Code != l.Status && (l.Status != http.StatusNoContent || answer.Code != http.StatusOK): // either says it
			err = fmt.Errorf("status %d, want %d", answer.Code, l.Status)
		case l.check != nil:
			err = l.check(answer)
		default:
			err = Same(answer, l.Status, "", text)
		}
		if l.ends && !deadline {
			err = errors.New("the handler has no deadline")
		}
		if l.named && !named {
			err = errors.New("the context of the request has no id")
		}
		if err != nil {
			return fmt.Errorf("layer %s of %s: %w", l.Name, p.Name, err)
		}
	}
	return nil
}

// has checks a header: what it holds, or only that it holds something.
func has(name, value string) func(*httptest.ResponseRecorder) error {
	return func(answer *httptest.ResponseRecorder) error {
		if got := answer.Header().Get(name); got == "" || !strings.Contains(got, value) {
			return fmt.Errorf("%s is %q, want %q", name, got, value)
		}
		return nil
	}
}

func all(checks ...func(*httptest.ResponseRecorder) error) func(*httptest.ResponseRecorder) error {
	return func(answer *httptest.ResponseRecorder) (err error) {
		for _, check := range checks {
			err = errors.Join(err, check(answer))
		}
		return err
	}
}

// unpacks checks that the answer is the page, packed.
func unpacks(answer *httptest.ResponseRecorder) error {
	if err := has("Content-Encoding", "gzip")(answer); err != nil {
		return err
	}
	reader, err := gzip.NewReader(answer.Body)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(reader)
	if err == nil && string(text) != page {
		err = fmt.Errorf("unpacked %.100q", text)
	}
	return err
}
