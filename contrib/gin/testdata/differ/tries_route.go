package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

var routeTries = map[string]func() any{
	"missed": func() any { return ask(engine("GET /users/:id/posts", "GET /:a/:b"), "GET", "/users/7") },
	"names":  func() any { return ask(engine("GET /a/:id", "GET /a/:name/x"), "GET", "/a/1/x") },
	"beside": func() any { return ask(engine("GET /*all", "GET /a/:id"), "GET", "/a/1") },
	"twice":  func() any { return engine("GET /a", "GET /a") },
	"colon": func() any {
		e := engine("GET /")
		ask(e, "GET", "/")
		e.GET(`/a\:b`, params)
		return ask(e, "GET", "/a:b")
	},
	"head":      func() any { return ask(engine("HEAD /*all", "GET /users/:id"), "HEAD", "/users/7") },
	"headofget": func() any { return ask(engine("GET /"), "HEAD", "/") },
	"plus": func() any {
		e := engine("GET /p/:id")
		e.UseRawPath = true
		return ask(e, "GET", "/p/a+b%2F")
	},
	"nil": func() any { return gin.New().GET("/", nil) != nil },
	"routes": func() any {
		return fmt.Sprintln(engine("GET /b", "GET /a", "GET /bc").Routes()[1].Path)
	},
	"strip":    func() any { return ask(http.StripPrefix("/x", engine("GET /")), "GET", "/x") },
	"logged":   func() any { return ask(engine("GET /a/"), "GET", "/a") },
	"redirect": func() any { return ask(engine("HEAD /a/"), "HEAD", "/a") },
	"allow": func() any {
		e := engine("GET /")
		e.HandleMethodNotAllowed = true
		return ask(e, "POST", "/")
	},
	"prefix": func() any { return ask(engine("GET /a/"), "GET", "/a", "X-Forwarded-Prefix", "/pre") },
}

var contextTries = map[string]func() any{
	"cancelled": in(func(c *gin.Context) any {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		c.Request = c.Request.WithContext(ctx)
		return c.Err()
	}),
	"value": in(func(c *gin.Context) any { c.Set(7, "seven"); return c.Value(7) }),
	"copy":  in(func(c *gin.Context) any { _, err := c.Copy().Writer.WriteString("x"); return err }),
	"next": in(func(c *gin.Context) any {
		c.Abort()
		for range 200 {
			c.Next()
		}
		return "done"
	}),
	"returning": func() any {
		var seen []string
		for _, chain := range []struct {
			handlers int
			aborts   bool
		}{{3, false}, {40, false}, {62, false}, {62, true}} {
			handlers := make([]gin.HandlerFunc, chain.handlers)
			for i := range handlers {
				handlers[i] = func(c *gin.Context) { c.Next() }
			}
			handlers[0] = func(c *gin.Context) {
				c.Next()
				seen = append(seen, fmt.Sprint(reflect.ValueOf(c).Elem().FieldByName("index"), " ", c.IsAborted()))
			}
			handlers[chain.handlers-1] = func(c *gin.Context) {
				if chain.aborts {
					c.Abort()
				}
			}
			e := gin.New()
			e.GET("/", handlers...)
			ask(e, "GET", "/")
		}
		return strings.Join(seen, ", ")
	},
	"contenttype": in(func(c *gin.Context) any { c.Request.Header.Set("Content-Type", "Text/Plain"); return c.ContentType() }),
	"cookie": in(func(c *gin.Context) any {
		c.Request.Header.Set("Cookie", "a=%zz")
		v, err := c.Cookie("a")
		return fmt.Sprint(v, err)
	}),
	"cookiedata": in(func(c *gin.Context) any {
		cookie := &http.Cookie{Name: "a", Value: "b"}
		c.SetCookieData(cookie)
		return cookie.Path
	}),
	"readerheaders": func() any {
		headers := map[string]string{}
		answers(func(c *gin.Context) { c.DataFromReader(200, 1, "a/b", strings.NewReader("x"), headers) })()
		return headers
	},
	"wrapped": in(func(c *gin.Context) any {
		return c.Error(fmt.Errorf("outer: %w", &gin.Error{Err: errors.New("inner")})).Error()
	}),
	"copyerrors": in(func(c *gin.Context) any {
		c.Error(errors.New("before"))
		return c.Copy().Errors.Errors()
	}),
	"texts":   in(func(c *gin.Context) any { return c.MustGet("k") }),
	"meta":    in(func(c *gin.Context) any { return jsonOf(c, struct{ A int }{7}) }),
	"metaint": in(func(c *gin.Context) any { return jsonOf(c, map[int]string{1: "one"}) }),
}

var peerTries = map[string]func() any{
	"forged": in(func(c *gin.Context) any { c.Request.Header.Set("X-Forwarded-For", "6.6.6.6"); return c.ClientIP() }),
	"platform": func() any {
		return peer("1.2.3.4:5", func(e *gin.Engine) { e.TrustedPlatform = "X-Ip" }, "X-Ip", "text")
	},
	"entry": func() any {
		return peer("1.2.3.4:5", func(e *gin.Engine) {
			e.SetTrustedProxies(nil)
			e.SetTrustedProxies([]string{"1.2.3.4", "wrong"})
		}, "X-Forwarded-For", "6.6.6.6")
	},
	"mapped": func() any {
		return peer("1.2.3.4:5", func(e *gin.Engine) { e.SetTrustedProxies([]string{"1.2.3.4"}) }, "X-Forwarded-For", "::ffff:6.6.6.6")
	},
	"zone":     func() any { return peer("[fe80::1%eth0]:5", func(*gin.Engine) {}) },
	"unix":     func() any { return overUnix(filepath.Join(filepath.Dir(file()), "s"), "") },
	"abstract": func() any { return overUnix("@differ-"+strconv.Itoa(os.Getpid()), "X-Forwarded-For: 6.6.6.6\r\n") },
}

// jsonOf is the JSON of an error with meta.
func jsonOf(c *gin.Context, meta any) string {
	text, _ := c.Error(errors.New("e")).SetMeta(meta).MarshalJSON()
	return string(text)
}

// peer is the client's address.
func peer(remote string, set func(*gin.Engine), headers ...string) string {
	e := gin.New()
	set(e)
	var ip string
	e.GET("/", func(c *gin.Context) { ip = c.ClientIP() })
	req := httptest.NewRequest("GET", "/", nil)
	req.RemoteAddr = remote
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	e.ServeHTTP(httptest.NewRecorder(), req)
	return fmt.Sprintf("%q", ip)
}

// overUnix is the address of a client at a Unix socket.
func overUnix(name, header string) any {
	listener, err := net.Listen("unix", name)
	if err != nil {
		return err
	}
	e := gin.New()
	e.GET("/", func(c *gin.Context) { c.String(200, "%q %q", c.ClientIP(), c.RemoteIP()) })
	server := &http.Server{Handler: e}
	go server.Serve(listener)
	defer server.Close()
	conn, err := net.Dial("unix", name)
	if err != nil {
		return err
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.0\r\n"+header+"\r\n")
	text, _ := io.ReadAll(conn)
	return string(text)
}
