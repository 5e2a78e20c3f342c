// Odd configurations and odd headers of requests, of every layer: what a layer does not
// refuse when it is made, it serves.

package middleware_test

import (
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/middleware"
)

// configured is a layer with a configuration that is right.
type configured struct {
	right any // a pointer to the configuration
	build func(cfg any) dram.HandlerFunc
}

func configuredOf[C validator](right C, build func(C) dram.HandlerFunc) configured {
	return configured{&right, func(cfg any) dram.HandlerFunc { return build(*cfg.(*C)) }}
}

// everyConfigured returns all layers that have a configuration which can be wrong. Those that route again do so in r.
func everyConfigured(r *dram.Engine) []configured {
	files := fstest.MapFS{"index.html": {Data: []byte("page")}, "a.txt": {Data: []byte("text")}}
	answer := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("ok"))}, nil
	})
	yes := func(*dram.Context, string, string) (bool, error) { return true, nil }
	return []configured{
		configuredOf(middleware.AccessLogConfig{Logger: slog.New(slog.DiscardHandler)}, middleware.AccessLog),
		configuredOf(middleware.BasicAuthConfig{Verify: yes}, middleware.BasicAuth),
		configuredOf(middleware.BodyLimitConfig{}, middleware.BodyLimit),
		configuredOf(middleware.CacheConfig{}, middleware.Cache),
		configuredOf(middleware.CacheControlConfig{}, middleware.CacheControl),
		configuredOf(middleware.CircuitBreakerConfig{Breaker: new(breaker)}, middleware.CircuitBreaker),
		configuredOf(middleware.CompressConfig{MinSize: 1}, middleware.Compress),
		configuredOf(middleware.ConcurrencyConfig{Max: 1}, middleware.Concurrency),
		configuredOf(middleware.ConcurrencyConfig{Max: 2, Adaptive: &middleware.AdaptiveLimit{}}, middleware.Concurrency),
		configuredOf(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}}, middleware.CORS),
		configuredOf(middleware.CSRFConfig{}, middleware.CSRF),
		configuredOf(middleware.DecompressConfig{}, middleware.Decompress),
		configuredOf(middleware.DeprecatedConfig{Since: since}, middleware.Deprecated),
		configuredOf(middleware.ETagConfig{}, middleware.ETag),
		configuredOf(middleware.HealthConfig{}, middleware.Health),
		configuredOf(middleware.HostAllowlistConfig{Hosts: []string{"example.com"}}, middleware.HostAllowlist),
		configuredOf(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}, middleware.Idempotency),
		configuredOf(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("k")}, middleware.KeyAuth),
		configuredOf(middleware.MethodOverrideConfig{Engine: r}, middleware.MethodOverride),
		configuredOf(middleware.PprofConfig{}, middleware.Pprof),
		configuredOf(middleware.ProxyConfig{Target: "http://upstream.example", Transport: answer}, middleware.Proxy),
		configuredOf(middleware.RateLimitConfig{Limit: 1}, middleware.RateLimit),
		configuredOf(middleware.ReadinessConfig{}, middleware.Readiness),
		configuredOf(middleware.RedirectsConfig{Hosts: []string{"example.com"}, HTTPS: true}, middleware.Redirects),
		configuredOf(middleware.RequestIDConfig{}, middleware.RequestID),
		configuredOf(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{{Path: "/old", To: "/"}}}, middleware.Rewrite),
		configuredOf(middleware.SecureConfig{}, middleware.Secure),
		configuredOf(middleware.SPAConfig{FS: files}, middleware.SPA),
		configuredOf(middleware.SplitConfig{Variants: []middleware.SplitVariant{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}}, middleware.Split),
		configuredOf(middleware.StaticConfig{FS: files, Fallthrough: true}, middleware.Static),
		configuredOf(middleware.TimeoutConfig{}, middleware.Timeout),
	}
}

// oddly sets fields of a configuration: for each two bytes of choices one.
type oddly struct {
	choices []byte
	texts   []string
}

func (o *oddly) next() (b byte) {
	if len(o.choices) > 0 {
		b, o.choices = o.choices[0], o.choices[1:]
	}
	return b
}

// spoil sets some fields of a struct to odd values. What a program alone can give (functions,
// stores, an Engine, a directory) stays.
func (o *oddly) spoil(v reflect.Value) {
	for range 4 {
		if len(o.choices) == 0 {
			return
		}
		if field := int(o.next()) % v.NumField(); v.Type().Field(field).Name != "Root" {
			o.set(v.Field(field))
		}
	}
}

var (
	oddNumbers = []int64{0, 1, -1, 2, 7, 100, 1e9, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64, 60e9, -60e9, 3600e9, math.MaxInt64 - 1, 1e6}
	oddTimes   = []time.Time{{}, time.Unix(0, 0), time.Unix(-1, 0), since, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(math.MaxInt64, 0), time.Unix(1<<40, 0)}
)

func (o *oddly) set(v reflect.Value) {
	switch choice := int(o.next()); v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(oddTimes[choice%len(oddTimes)]))
	case *regexp.Regexp:
		if re, err := regexp.Compile(o.texts[choice%len(o.texts)]); err == nil {
			v.Set(reflect.ValueOf(re))
		}
	case *middleware.AdaptiveLimit:
		made := reflect.New(v.Type().Elem())
		o.spoil(made.Elem())
		v.Set(made)
	case middleware.Encoding:
	default:
		switch v.Kind() {
		case reflect.Bool:
			v.SetBool(choice%2 == 0)
		case reflect.Int, reflect.Int64:
			v.SetInt(oddNumbers[choice%len(oddNumbers)])
		case reflect.String:
			v.SetString(o.texts[choice%len(o.texts)])
		case reflect.Struct:
			o.spoil(v)
		case reflect.Slice:
			list := reflect.MakeSlice(v.Type(), choice%4, choice%4)
			for i := range list.Len() {
				o.set(list.Index(i))
			}
			v.Set(list)
		}
	}
}

// FuzzConfigurations makes a layer with odd values in its configuration and sends it a request
// with odd headers. Either the layer refuses to be made, with an error that names a field, or it
// serves: no panic, headers that are headers, an answer of a status that there is, and the
// handler's body if the handler's it is.
func FuzzConfigurations(f *testing.F) {
	for layer := range everyConfigured(dram.New()) {
		f.Add(byte(layer), []byte{0, 1, 1, 2, 2, 3, 3, 4}, "a\r\nX-Forged: 1", "Origin", "https://app.example", byte(0))
		f.Add(byte(layer), []byte{3, 9, 4, 10, 5, 0}, "*.example.com", "Accept-Encoding", "gzip;q=1, *;q=0", byte(1))
		f.Add(byte(layer), []byte{0, 3, 4, 4, 4}, "/%zz?#a b", "X-Http-Method-Override", "DELETE", byte(2))
		f.Add(byte(layer), []byte{}, "", "Host", "a.example:1:2", byte(3))
	}
	f.Fuzz(func(t *testing.T, layer byte, choices []byte, text, name, value string, kind byte) {
		if !httpfield.IsToken(name) || !httpfield.IsValue(value) {
			return // which no server lets in
		}
		r := dram.New()
		all := everyConfigured(r)
		of := all[int(layer)%len(all)]
		odd := &oddly{choices, []string{text, "", "*", "/", "/" + text, "https://" + text, text + ".example", "\x00", "é", "X-" + text, strings.Repeat("a", 300), "null"}}
		odd.spoil(reflect.ValueOf(of.right).Elem())
		made := builtOr(t, of)
		if made == nil {
			return
		}
		ran := false
		r.Use(made)
		r.Any("/", func(c *dram.Context) {
			ran = true
			c.Writer.WriteHeader(203)
			c.Writer.WriteHeaderNow()
			_, _ = c.Writer.WriteString("ok")
		})
		w := httptest.NewRecorder()
		r.ServeHTTP(w, oddRequest(name, value, kind))
		requireAnswer(t, w, ran)
	})
}

// builtOr returns the layer; nil if its configuration is refused, as it has to be.
func builtOr(t *testing.T, of configured) (made dram.HandlerFunc) {
	refused := of.right.(validator).Validate()
	defer func() {
		switch panicked := recover().(type) {
		case nil:
			require.NoError(t, refused, "Validate refuses what is made")
		case error:
			var fault *middleware.ConfigError
			require.ErrorAs(t, panicked, &fault)
			if refused != nil { // else it is what lies in the file system
				require.EqualError(t, refused, fault.Error())
			}
			require.NotEmpty(t, fault.Field)
			require.NotEmpty(t, fault.Fault)
		default:
			t.Fatalf("%T panics with %v: %+v", of.right, panicked, of.right)
		}
	}()
	return of.build(of.right)
}

// oddRequest is a request with one odd header.
func oddRequest(name, value string, kind byte) *http.Request {
	methods := []string{"GET", "POST", "HEAD", "OPTIONS", "DELETE"}
	method := methods[int(kind)%len(methods)]
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("a=b")
	}
	req := httptest.NewRequest(method, "/", body)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if kind&0x80 != 0 {
		req.Header.Set("Access-Control-Request-Method", "PUT")
		req.Header.Set("Origin", "https://app.example")
	}
	if req.Header.Add(name, value); strings.EqualFold(name, "Host") {
		req.Host = value
	}
	return req
}

// requireAnswer fails the test if an answer is not one.
func requireAnswer(t *testing.T, w *httptest.ResponseRecorder, ran bool) {
	for name, values := range w.Header() {
		require.True(t, httpfield.IsToken(name), "the header %q", name)
		for _, value := range values {
			require.True(t, httpfield.IsValue(value), "%s: %q", name, value)
		}
	}
	require.GreaterOrEqual(t, w.Code, 200)
	if w.Code != 203 {
		return // a layer's own
	}
	require.True(t, ran)
	if w.Header().Get("Content-Encoding") == "" && w.Header().Get("Content-Length") != "0" {
		require.Contains(t, []string{"ok", ""}, w.Body.String())
	}
}

// The list of FuzzConfigurations has all configurations of the package.
func TestEveryConfigurationIsFuzzed(t *testing.T) {
	fuzzed := map[string]bool{}
	for _, of := range everyConfigured(dram.New()) {
		require.NoError(t, of.right.(validator).Validate())
		fuzzed[reflect.TypeOf(of.right).Elem().Name()] = true
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`(?m)^func \(cfg (\w+)\) Validate\(`).FindAllSubmatch(source, -1) {
			assert.True(t, fuzzed[string(found[1])], "%s: %s", file, found[1])
		}
	}
}
