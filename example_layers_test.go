package dram_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/julienschmidt/httprouter"
)

// ask sends one request to a handler and prints the answer.
func ask(h http.Handler, req *http.Request) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

// Default logs each request and answers 500 when a handler panics.
func ExampleDefault() {
	engine := dram.Default()
	engine.GET("/ping", func(c *dram.Context) {
		c.JSON(http.StatusOK, dram.H{"message": "pong"})
	})
	fmt.Println(len(engine.Handlers), "layers")
	// Output: 2 layers
}

func ExampleLoggerWithFormatter() {
	engine := dram.New()
	engine.Use(dram.LoggerWithConfig(dram.LoggerConfig{
		Output:    os.Stdout,
		SkipPaths: []string{"/health"},
		Formatter: func(p dram.LogFormatterParams) string {
			return fmt.Sprintf("%s %q %d\n", p.Method, p.Path, p.StatusCode)
		},
	}))
	engine.GET("/users/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	engine.GET("/health", func(*dram.Context) {})

	engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/users/7?full=1", nil))
	engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/health", nil))
	// Output: GET "/users/7?full=1" 204
}

func ExampleLoggerWithSlog() {
	// without what differs from run to run
	options := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "latency_ms" {
			return slog.Attr{}
		}
		return a
	}}
	engine := dram.New()
	engine.Use(dram.LoggerWithSlog(slog.New(slog.NewTextHandler(os.Stdout, options)),
		dram.SlogSkipPaths("/health"),
		dram.SlogAttrs(func(c *dram.Context) []slog.Attr {
			return []slog.Attr{slog.String("agent", c.Request.UserAgent())}
		}),
	))
	engine.GET("/users/:id", func(c *dram.Context) { c.String(http.StatusOK, "Ann") })

	req := httptest.NewRequest("GET", "/users/7", nil)
	req.Header.Set("User-Agent", "probe")
	engine.ServeHTTP(httptest.NewRecorder(), req)
	// Output: level=INFO msg=request method=GET route=/users/:id path=/users/7 status=200 size=3 client=192.0.2.1 agent=probe
}

func ExampleRecovery() {
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(io.Discard)) // Recovery() logs to standard error
	engine.GET("/", func(*dram.Context) { panic("out of luck") })
	ask(engine, httptest.NewRequest("GET", "/", nil))
	// Output: 500
}

func ExampleCustomRecoveryWithWriter() {
	engine := dram.New()
	engine.Use(dram.CustomRecoveryWithWriter(io.Discard, func(c *dram.Context, err any) {
		c.AbortWithStatusJSON(http.StatusInternalServerError, dram.H{"error": "sorry"})
	}))
	engine.GET("/", func(*dram.Context) { panic("out of luck") })
	ask(engine, httptest.NewRequest("GET", "/", nil))
	// Output: 500 {"error":"sorry"}
}

func ExampleErrorLogger() {
	engine := dram.New()
	engine.Use(dram.ErrorLoggerT(dram.ErrorTypePublic))
	engine.GET("/", func(c *dram.Context) {
		_ = c.Error(fmt.Errorf("stock is empty")).SetType(dram.ErrorTypePublic).SetMeta(dram.H{"code": 17})
		c.Status(http.StatusConflict)
	})
	ask(engine, httptest.NewRequest("GET", "/", nil))
	// Output: 409 {"code":17,"error":"stock is empty"}
}

func ExampleBasicAuth() {
	engine := dram.New()
	admin := engine.Group("/admin", dram.BasicAuth(dram.Accounts{"ann": "correct horse"}))
	admin.GET("/", func(c *dram.Context) {
		c.String(http.StatusOK, "hello %s", c.GetString(dram.AuthUserKey))
	})

	req := httptest.NewRequest("GET", "/admin/", nil)
	ask(engine, req)
	req.SetBasicAuth("ann", "correct horse")
	ask(engine, req)
	// Output:
	// 401
	// 200 hello ann
}

func ExampleEngine_SetTrustedProxies() {
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, c.ClientIP()) })

	req := httptest.NewRequest("GET", "/", nil)
	req.RemoteAddr = "10.0.0.1:1234"                                    // our proxy
	req.Header.Set("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.0.0.2") // the first one is made up
	ask(engine, req)

	if err := engine.SetTrustedProxies([]string{"10.0.0.0/8"}); err != nil {
		panic(err)
	}
	ask(engine, req)
	// Output:
	// 200 10.0.0.1
	// 200 203.0.113.9
}

// Serve until a context is done, as signal.NotifyContext's is on Ctrl-C, then
// let the requests in flight end.
func ExampleEngine_RunContext() {
	ctx, stop := context.WithCancel(context.Background())
	engine := dram.New()
	engine.ShutdownTimeout = 5 * time.Second
	engine.GET("/last", func(c *dram.Context) {
		stop() // what Ctrl-C does
		c.String(http.StatusOK, "the last answer")
	})
	answered := make(chan struct{})
	engine.OnListen = func(addr net.Addr) {
		go func() {
			defer close(answered)
			res, err := http.Get("http://" + addr.String() + "/last")
			if err != nil {
				fmt.Println(err)
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			fmt.Printf("%s\n", body)
		}()
	}
	err := engine.RunContext(ctx, "127.0.0.1:0")
	<-answered
	fmt.Println("ended:", err)
	// Output:
	// the last answer
	// ended: <nil>
}

func ExampleWrapMiddleware() {
	// any middleware of net/http
	brand := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Server", "still")
			next.ServeHTTP(w, r) // the rest of the chain
		})
	}
	engine := dram.New()
	engine.Use(dram.WrapMiddleware(brand))
	engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, c.Writer.Header().Get("Server")) })
	ask(engine, httptest.NewRequest("GET", "/", nil))
	// Output: 200 still
}

func ExampleWrapHandle() {
	// a handler written for httprouter
	hello := func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) {
		fmt.Fprintf(w, "hello %s", ps.ByName("name"))
	}
	engine := dram.New()
	engine.GET("/hello/:name", dram.WrapHandle(hello))
	ask(engine, httptest.NewRequest("GET", "/hello/ann", nil))
	// Output: 200 hello ann
}

func ExampleWrapH() {
	engine := dram.New()
	files := http.FileServer(http.Dir("public"))
	engine.GET("/files/*path", dram.WrapH(http.StripPrefix("/files", files)))
	engine.GET("/upper/:text", dram.WrapF(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.ToUpper(r.URL.Path))
	}))
	ask(engine, httptest.NewRequest("GET", "/upper/case", nil))
	// Output: 200 /UPPER/CASE
}

// A layer of one's own that writes text in capitals. It says what becomes of an
// answer when that begins; files that are not text, Hijack, 103 and HEAD go on as if
// the layer were not there.
func ExampleContext_NextAnswer() {
	capitals := func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) {
			if strings.HasPrefix(a.Header().Get("Content-Type"), "text/plain") {
				a.Through(upper{a.Out()})
			}
		})
	}
	engine := dram.New()
	engine.Use(capitals)
	engine.GET("/text", func(c *dram.Context) { c.String(http.StatusOK, "read me") })
	engine.GET("/json", func(c *dram.Context) { c.JSON(http.StatusOK, dram.H{"read": "me"}) })

	ask(engine, httptest.NewRequest("GET", "/text", nil))
	ask(engine, httptest.NewRequest("HEAD", "/text", nil))
	ask(engine, httptest.NewRequest("GET", "/json", nil))
	// Output:
	// 200 READ ME
	// 200
	// 200 {"read":"me"}
}

// upper is the encoder of the example.
type upper struct{ out io.Writer }

func (u upper) Write(p []byte) (int, error) { return u.out.Write(bytes.ToUpper(p)) }
func (u upper) Close() error                { return nil }

// A layer may keep the beginning of the body back until it knows more of it: here, to
// answer in its place.
func ExampleAnswer_Hold() {
	noSecrets := func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) {
			a.Hold(1<<10, func(a dram.Answer, begin []byte, whole bool) {
				if bytes.Contains(begin, []byte("PRIVATE KEY")) {
					a.Replace(func(c *dram.Context) { c.String(http.StatusForbidden, "not this one") })
				}
			})
		})
	}
	engine := dram.New()
	engine.Use(noSecrets)
	engine.GET("/:text", func(c *dram.Context) { c.String(http.StatusOK, c.Param("text")) })

	ask(engine, httptest.NewRequest("GET", "/hello", nil))
	ask(engine, httptest.NewRequest("GET", "/BEGIN%20PRIVATE%20KEY", nil))
	// Output:
	// 200 hello
	// 403 not this one
}

// A layer that gives those inside it another request: one whose context knows the
// tenant. The layers outside have their own again afterwards.
func ExampleContext_NextWith() {
	type tenant struct{}
	byHost := func(c *dram.Context) {
		ctx := context.WithValue(c.Request.Context(), tenant{}, strings.TrimSuffix(c.Request.Host, ".example.com"))
		c.NextWith(nil, c.Request.WithContext(ctx))
	}
	engine := dram.New()
	engine.Use(byHost)
	engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "the books of %v", c.Value(tenant{})) })

	req := httptest.NewRequest("GET", "/", nil)
	req.Host = "shop.example.com"
	ask(engine, req)
	// Output: 200 the books of shop
}
