package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
)

// tries are what no single request shows: each answers with what came of it.
func tries(r *gin.Engine) {
	for name, try := range map[string]func() any{
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
		"head": func() any { return ask(engine("HEAD /*all", "GET /users/:id"), "HEAD", "/users/7") },
		"plus": func() any {
			e := engine("GET /p/:id")
			e.UseRawPath = true
			return ask(e, "GET", "/p/a+b%2F")
		},
		"nil": func() any { return gin.New().GET("/", nil) != nil },
		"routes": func() any {
			return fmt.Sprintln(engine("GET /b", "GET /a", "GET /bc").Routes()[1].Path)
		},
		"strip":     func() any { return ask(http.StripPrefix("/x", engine("GET /")), "GET", "/x") },
		"logged":    func() any { return ask(engine("GET /a/"), "GET", "/a") },
		"redirect":  func() any { return ask(engine("HEAD /a/"), "HEAD", "/a") },
		"prefix":    func() any { return ask(engine("GET /a/"), "GET", "/a", "X-Forwarded-Prefix", "/pre") },
		"accountof": func() any { return gin.BasicAuth(gin.Accounts{"a:b": "c"}) != nil },

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
		"cookiedata": in(func(c *gin.Context) any {
			cookie := &http.Cookie{Name: "a", Value: "b"}
			c.SetCookieData(cookie)
			return cookie.Path
		}),
		"wrapped": in(func(c *gin.Context) any {
			return c.Error(fmt.Errorf("outer: %w", &gin.Error{Err: errors.New("inner")})).Error()
		}),
		"meta":    in(func(c *gin.Context) any { return jsonOf(c, struct{ A int }{7}) }),
		"metaint": in(func(c *gin.Context) any { return jsonOf(c, map[int]string{1: "one"}) }),

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
		"zone": func() any { return peer("[fe80::1%eth0]:5", func(*gin.Engine) {}) },
		"unix": overUnix,

		"eof":     body("", func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) == io.EOF }),
		"cut":     body("nul", func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) == io.ErrUnexpectedEOF }),
		"alltype": body(`{"name":1,"age":"x"}`, func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) }),
		"sliceas": body(`[{}]`, func(c *gin.Context) any {
			var fields validator.ValidationErrors
			return errors.As(c.ShouldBindJSON(&[]person{}), &fields)
		}),
		"sliceindex": body(`[{"name":"a"},{}]`, func(c *gin.Context) any {
			var list binding.SliceValidationError
			errors.As(c.ShouldBindJSON(&[]person{}), &list)
			return list.Error()
		}),
		"null": body(`[null]`, func(c *gin.Context) any { return c.ShouldBindJSON(&[]*person{}) }),
		"anyrule": body(`{"V":[1]}`, func(c *gin.Context) any {
			return c.ShouldBindJSON(&struct {
				V any `binding:"gt=1s"`
			}{})
		}),
		"embedded": query("v=x&a=1&b=2", func(c *gin.Context) any {
			var v struct {
				V struct {
					Embedded
					B string `form:"b"`
				} `form:"v"`
			}
			return fmt.Sprint(c.ShouldBindQuery(&v), v)
		}),
		"huge": func() any {
			c, _ := gin.CreateTestContext(httptest.NewRecorder())
			c.Request = httptest.NewRequest("POST", "/", io.LimitReader(zeros{}, 33<<20))
			_, err := c.GetRawData()
			return err
		},
		"after":   body(`{"name":"a"} x`, func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) }),
		"default": func() any { return binding.Default("POST", "application/json; charset=utf-8").Name() },
		"parser": query("", func(c *gin.Context) any {
			return c.ShouldBindQuery(&struct {
				V netip.Addr `form:"v,parser=none"`
			}{})
		}),
		"collection": query("", func(c *gin.Context) any {
			return c.ShouldBindQuery(&struct {
				V []string `form:"v" collection_format:"none"`
			}{})
		}),
		"nilmap":      query("a=1", func(c *gin.Context) any { var m map[string]any; return c.ShouldBindQuery(&m) }),
		"destination": query("name=a", func(c *gin.Context) any { return c.ShouldBindQuery(person{}) }),
		"string":      query("name=a", func(c *gin.Context) any { var s string; return c.ShouldBindQuery(&s) }),
		"textunmarshaler": query("v=1.2.3.4", func(c *gin.Context) any {
			var v struct {
				V netip.Addr `form:"v"`
			}
			return fmt.Sprint(c.ShouldBindQuery(&v), v)
		}),
		"utf8": query("name=%ff", func(c *gin.Context) any { return c.ShouldBindQuery(&person{}) }),
		"nan": query("v=NaN", func(c *gin.Context) any {
			return c.ShouldBindQuery(&struct {
				V float64 `form:"v"`
			}{})
		}),
		"emptynested": query("v=", func(c *gin.Context) any {
			return c.ShouldBindQuery(&struct {
				V struct{ A int } `form:"v"`
			}{})
		}),
		"fileoftext": fileOf("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\ntext\r\n--b--\r\n"),
		"documents":  body("name: ann\n---\nname: bob\n", func(c *gin.Context) any { return c.ShouldBindYAML(&person{}) }),
		"bytes":      body("\x81\xa4name\xa3ann\x01", func(c *gin.Context) any { return c.ShouldBindWith(&person{}, binding.MsgPack) }),

		"offer": in(func(c *gin.Context) any {
			c.Request.Header.Set("Accept", "text/plain")
			return c.NegotiateFormat("text/*")
		}),
		"wholetypes": in(func(c *gin.Context) any {
			c.Request.Header.Set("Accept", "application/js")
			return c.NegotiateFormat("application/json")
		}),
		"typestar": in(func(c *gin.Context) any {
			c.Request.Header.Set("Accept", "application/*;q=0.1, text/html;q=0.9")
			return c.NegotiateFormat("application/json", "text/html")
		}),
		"astral":   answers(func(c *gin.Context) { c.AsciiJSON(200, "😀") }),
		"notype":   answers(func(c *gin.Context) { c.Data(200, "", []byte("<html>")) }),
		"unloaded": answers(func(c *gin.Context) { c.HTML(200, "none", nil) }),
		"page":     answers(func(c *gin.Context) { c.Header("Content-Type", "a/b"); c.Redirect(302, "/x") }),
		"space":    answers(func(c *gin.Context) { c.SSEvent("e", " a\r\nb") }),
		"stream":   answers(func(c *gin.Context) { c.Stream(func(io.Writer) bool { return false }) }),
		"toomuch": func() any {
			return served(func(c *gin.Context) { c.DataFromReader(200, 2, "a/b", strings.NewReader("data"), nil) })
		},
		"half": func() any {
			return served(func(c *gin.Context) { c.Writer.WriteString("half"); c.Writer.Flush(); panic("x") })
		},
		"early": func() any { return served(func(c *gin.Context) { c.Writer.WriteHeader(103); c.String(200, "x") }) },
		"epipe": func() any { return served(func(*gin.Context) { panic(os.NewSyscallError("write", syscall.EPIPE)) }) },
		"abort": func() any { return served(func(*gin.Context) { panic(http.ErrAbortHandler) }) },
		"recovered": func() any {
			e := gin.New()
			var errs int
			e.Use(func(c *gin.Context) { c.Next(); errs = len(c.Errors) }, gin.RecoveryWithWriter(io.Discard))
			e.GET("/", func(*gin.Context) { panic("x") })
			ask(e, "GET", "/")
			return errs
		},
		"masked": func() any {
			var log strings.Builder
			e := gin.New()
			e.Use(gin.LoggerWithWriter(&log))
			ask(e, "GET", "/?token=secret")
			return strings.Contains(log.String(), "secret")
		},
		"maskedreport": func() any {
			var log strings.Builder
			gin.SetMode(gin.DebugMode)
			defer gin.SetMode(gin.ReleaseMode)
			e := gin.New()
			e.Use(gin.RecoveryWithWriter(&log))
			e.GET("/", func(*gin.Context) { panic("x") })
			ask(e, "GET", "/", "Cookie", "secret")
			return strings.Contains(log.String(), "secret")
		},
		"mark": func() any {
			var log strings.Builder
			e := gin.New()
			e.Use(gin.LoggerWithWriter(&log))
			ask(e, "GET", "/")
			return log.String()[:5]
		},
		"passes": func() any {
			var log strings.Builder
			e := gin.New()
			e.Use(gin.RecoveryWithWriter(io.Discard), gin.LoggerWithWriter(&log))
			e.GET("/", func(*gin.Context) { panic("x") })
			ask(e, "GET", "/")
			return log.Len() > 0
		},
		"attachment": answers(func(c *gin.Context) { c.FileAttachment(file(), "ü b.txt") }),
		"missing":    answers(func(c *gin.Context) { c.FileAttachment("none", "a.txt") }),
		"index": func() any {
			name := filepath.Join(filepath.Dir(file()), "index.html")
			os.WriteFile(name, []byte("index"), 0o600)
			e := gin.New()
			e.GET("/*any", func(c *gin.Context) { c.File(name) })
			return ask(e, "GET", "/index.html")
		},
		"nolist": answers(func(c *gin.Context) { c.Request.URL.Path = "/x/"; c.File(filepath.Dir(file())) }),
		"static": func() any {
			e := gin.New()
			e.Group("/:tenant").Static("/s", filepath.Dir(file()))
			return ask(e, "GET", "/t/s/a.txt")
		},
		"precondition": func() any {
			e := gin.New()
			e.StaticFile("/a", file())
			return ask(e, "GET", "/a", "If-Match", `"none"`)
		},
		"saved": func() any {
			dst := file()
			link := dst + ".link"
			os.Symlink(dst, link)
			e := gin.New()
			e.POST("/", func(c *gin.Context) {
				f, _ := c.FormFile("f")
				c.SaveUploadedFile(f, link)
			})
			req := httptest.NewRequest("POST", "/", strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nnew\r\n--b--\r\n"))
			req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			e.ServeHTTP(httptest.NewRecorder(), req)
			text, _ := os.ReadFile(dst)
			return string(text)
		},

		"cookie": in(func(c *gin.Context) any {
			c.Request.Header.Set("Cookie", "a=%zz")
			v, err := c.Cookie("a")
			return fmt.Sprint(v, err)
		}),
		"contenttype": in(func(c *gin.Context) any { c.Request.Header.Set("Content-Type", "Text/Plain"); return c.ContentType() }),
		"mapped": func() any {
			return peer("1.2.3.4:5", func(e *gin.Engine) { e.SetTrustedProxies([]string{"1.2.3.4"}) }, "X-Forwarded-For", "::ffff:6.6.6.6")
		},
		"case":   func() any { return binding.Default("POST", "Application/JSON").Name() },
		"field":  body("{}", func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) }),
		"type":   query("name=a&age=x&bool=y", func(c *gin.Context) any { return c.ShouldBindQuery(&person{}) }),
		"unfit":  answers(func(c *gin.Context) { c.JSON(200, func() {}) }),
		"events": answers(func(c *gin.Context) { c.SSEvent("e", "a") }),
		"jsonp": func() any {
			e := gin.New()
			e.GET("/", func(c *gin.Context) { c.JSONP(200, "a") })
			return ask(e, "GET", "/?callback=alert(1)//")
		},
		"basic": func() any {
			e := gin.New()
			e.Use(gin.BasicAuth(gin.Accounts{"ann": "secret"}))
			e.GET("/", params)
			return ask(e, "GET", "/", "Authorization", "basic YW5uOnNlY3JldA==")
		},
		"allow": func() any {
			e := engine("GET /")
			e.HandleMethodNotAllowed = true
			return ask(e, "POST", "/")
		},
		"headofget": func() any { return ask(engine("GET /"), "HEAD", "/") },
		"spelling": func() any {
			e := gin.New()
			e.Static("/s", filepath.Dir(file()))
			return ask(e, "GET", "/s//a.txt")
		},
		"directory": func() any {
			dir := filepath.Dir(file())
			os.Mkdir(filepath.Join(dir, "sub"), 0o700)
			os.WriteFile(filepath.Join(dir, "sub", "index.html"), nil, 0o600)
			e := gin.New()
			e.Static("/s", dir)
			return ask(e, "GET", "/s/sub")
		},
	} {
		r.GET("/try/"+name, func(c *gin.Context) {
			defer func() {
				if p := recover(); p != nil {
					c.String(200, "panic: %v", p)
				}
			}()
			c.String(200, "[%v]", try())
		})
	}
}

// Embedded is a BindUnmarshaler that a struct with other fields may embed.
type Embedded struct{ A string }

// UnmarshalParam implements binding.BindUnmarshaler.
func (e *Embedded) UnmarshalParam(text string) error { e.A = text; return nil }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// engine has the routes, "GET /path", and a layer that says that it ran.
func engine(routes ...string) *gin.Engine {
	e := gin.New()
	e.Use(func(c *gin.Context) { c.Header("X-Layer", "ran") })
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		e.Handle(method, path, func(c *gin.Context) { c.Header("X-Route", route); params(c) })
	}
	return e
}

// ask is the answer of a handler.
func ask(h http.Handler, method, path string, headers ...string) string {
	req := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res := httptest.NewRecorder()
	h.ServeHTTP(res, req)
	res.Header().Del("Last-Modified")
	return fmt.Sprint(res.Code, " ", res.Header(), " ", res.Body)
}

// fileOf binds a file of a body.
func fileOf(contentType, body string) func() any {
	return func() any {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("POST", "/", strings.NewReader(body))
		c.Request.Header.Set("Content-Type", contentType)
		var v struct {
			F *multipart.FileHeader `form:"f"`
		}
		err := c.ShouldBind(&v)
		return fmt.Sprint(v.F != nil, " ", err)
	}
}

// overUnix is the address of a client at a Unix socket.
func overUnix() any {
	name := file() + ".sock"
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
	io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	text, _ := io.ReadAll(conn)
	return string(text)
}

// served is the answer of a server, and whether it came whole.
func served(handlers ...gin.HandlerFunc) string {
	e := gin.New()
	e.Use(gin.RecoveryWithWriter(io.Discard))
	e.GET("/", handlers...)
	server := httptest.NewServer(e)
	defer server.Close()
	informed := 0
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { informed++; return nil },
	})
	req, _ := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "no answer"
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return fmt.Sprintf("%d before, then %d %q %v", informed, res.StatusCode, text, err)
}

// in calls f with a Context.
func in(f func(c *gin.Context) any) func() any { return query("", f) }

// query calls f with the Context of a request that has a query.
func query(query string, f func(c *gin.Context) any) func() any {
	return func() any {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/?"+query, nil)
		return f(c)
	}
}

// body calls f with the Context of a request that has a body.
func body(text string, f func(c *gin.Context) any) func() any {
	return func() any {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("POST", "/", strings.NewReader(text))
		return f(c)
	}
}

// answers is the answer of one handler, in httptest's recorder.
func answers(handler gin.HandlerFunc) func() any {
	return func() any {
		e := gin.New()
		e.GET("/", handler)
		return ask(e, "GET", "/")
	}
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

// jsonOf is the JSON of an error with meta.
func jsonOf(c *gin.Context, meta any) string {
	text, _ := c.Error(errors.New("e")).SetMeta(meta).MarshalJSON()
	return string(text)
}

// file is one of its own, that holds "old".
func file() string {
	dir, err := os.MkdirTemp("", "differ")
	if err != nil {
		panic(err)
	}
	name := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		panic(err)
	}
	return name
}
