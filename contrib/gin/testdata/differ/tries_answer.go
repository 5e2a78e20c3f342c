package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/render"
)

var renderTries = map[string]func() any{
	"unfit":    answers(func(c *gin.Context) { c.JSON(200, func() {}) }),
	"markup":   answers(func(c *gin.Context) { c.XML(200, gin.H{"a b": 1}) }),
	"early":    func() any { return served(func(c *gin.Context) { c.Writer.WriteHeader(103); c.String(200, "x") }) },
	"astral":   answers(func(c *gin.Context) { c.AsciiJSON(200, "😀") }),
	"notype":   answers(func(c *gin.Context) { c.Data(200, "", []byte("<html>")) }),
	"unloaded": answers(func(c *gin.Context) { c.HTML(200, "none", nil) }),
	"events":   answers(func(c *gin.Context) { c.SSEvent("e", "a") }),
	"space":    answers(func(c *gin.Context) { c.SSEvent("e", " a\r\nb") }),
	"array":    answers(func(c *gin.Context) { c.SSEvent("e", [2]int{1, 2}) }),
	"page":     answers(func(c *gin.Context) { c.Header("Content-Type", "a/b"); c.Redirect(302, "/x") }),
	"stream":   answers(func(c *gin.Context) { c.Stream(func(io.Writer) bool { return false }) }),
	"toomuch": func() any {
		return served(func(c *gin.Context) { c.DataFromReader(200, 2, "a/b", strings.NewReader("data"), nil) })
	},
	"fails": func() any {
		return served(func(c *gin.Context) {
			c.DataFromReader(200, -1, "a/b", io.MultiReader(strings.NewReader("part"), failing{}), nil)
		})
	},
	"packed": answers(func(c *gin.Context) { c.Render(200, render.MsgPack{Data: time.Unix(1, 0)}) }),
	"table":  answers(func(c *gin.Context) { c.TOML(200, "text") }),
	"later": func() any {
		gin.SetMode(gin.DebugMode)
		defer gin.SetMode(gin.ReleaseMode)
		gin.New().LoadHTMLFiles("none.tmpl")
		return nil
	},
	"jsonp": func() any {
		e := gin.New()
		e.GET("/", func(c *gin.Context) { c.JSONP(200, "a") })
		return ask(e, "GET", "/?callback=alert(1)//")
	},
	"typestar": in(func(c *gin.Context) any {
		c.Request.Header.Set("Accept", "application/*;q=0.1, text/html;q=0.9")
		return c.NegotiateFormat("application/json", "text/html")
	}),
	"wholetypes": in(func(c *gin.Context) any {
		c.Request.Header.Set("Accept", "application/js")
		return c.NegotiateFormat("application/json")
	}),
	"textxml": answers(func(c *gin.Context) {
		c.Negotiate(200, gin.Negotiate{Offered: []string{gin.MIMEXML2}, Data: "a"})
	}),
	"offer": in(func(c *gin.Context) any {
		c.Request.Header.Set("Accept", "text/plain")
		return c.NegotiateFormat("text/*")
	}),
}

// failing is a reader that fails.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

var fileTries = map[string]func() any{
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
	"spelling": func() any {
		e := gin.New()
		e.Static("/s", filepath.Dir(file()))
		return ask(e, "GET", "/s//a.txt")
	},
	"static": func() any {
		e := gin.New()
		e.Group("/:tenant").Static("/s", filepath.Dir(file()))
		return ask(e, "GET", "/t/s/a.txt")
	},
	"directory": func() any {
		dir := filepath.Dir(file())
		os.Mkdir(filepath.Join(dir, "sub"), 0o700)
		os.WriteFile(filepath.Join(dir, "sub", "index.html"), nil, 0o600)
		e := gin.New()
		e.Static("/s", dir)
		return ask(e, "GET", "/s/sub")
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
}

var layerTries = map[string]func() any{
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
	"half": func() any {
		return served(func(c *gin.Context) { c.Writer.WriteString("half"); c.Writer.Flush(); panic("x") })
	},
	"epipe": func() any { return served(func(*gin.Context) { panic(os.NewSyscallError("write", syscall.EPIPE)) }) },
	"onlylogs": func() any {
		e := gin.New()
		e.Use(gin.CustomRecoveryWithWriter(io.Discard, func(*gin.Context, any) {}))
		e.GET("/", func(*gin.Context) { panic("x") })
		return ask(e, "GET", "/")
	},
	"recovered": func() any {
		e := gin.New()
		var errs int
		e.Use(func(c *gin.Context) { c.Next(); errs = len(c.Errors) }, gin.RecoveryWithWriter(io.Discard))
		e.GET("/", func(*gin.Context) { panic("x") })
		ask(e, "GET", "/")
		return errs
	},
	"abort": func() any { return served(func(*gin.Context) { panic(http.ErrAbortHandler) }) },
	"basic": func() any {
		e := gin.New()
		e.Use(gin.BasicAuth(gin.Accounts{"ann": "secret"}))
		e.GET("/", params)
		return ask(e, "GET", "/", "Authorization", "basic YW5uOnNlY3JldA==")
	},
	"twobasic": func() any {
		e := gin.New()
		e.Use(gin.BasicAuth(gin.Accounts{"ann": "secret"}))
		e.GET("/", params)
		req := httptest.NewRequest("GET", "/", nil)
		req.Header["Authorization"] = []string{"Basic YW5uOnNlY3JldA==", "Basic ZXZlOng="}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, req)
		return w.Code
	},
	"accountof": func() any { return gin.BasicAuth(gin.Accounts{"a:b": "c"}) != nil },
}
