// Command differ is a program for Gin. It is built twice, on Gin and on what stands in for
// it, and both get the same requests.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/gin-gonic/gin/render"
)

type person struct {
	Name  string            `json:"name" form:"name" xml:"name" yaml:"name" toml:"name" uri:"name" header:"X-Name" binding:"required"`
	Age   int               `json:"age" form:"age" xml:"age" yaml:"age" toml:"age" uri:"age" header:"X-Age" binding:"gte=0,lte=130"`
	Tags  []string          `json:"tags" form:"tags"`
	Born  time.Time         `json:"born" form:"born" time_format:"2006-01-02"`
	Wait  time.Duration     `json:"wait" form:"wait"`
	Extra map[string]string `json:"extra" form:"extra"`
	Ptr   *int              `json:"ptr" form:"ptr"`
	Def   string            `json:"def" form:"def,default=d"`
	Bool  bool              `json:"bool" form:"bool"`
}

// outcome answers with what a Bind has made.
func outcome(c *gin.Context, v any, err error) {
	kind := "ok"
	if err != nil {
		kind = "error"
	}
	c.String(http.StatusOK, "%s %+v aborted=%v errors=%d", kind, v, c.IsAborted(), len(c.Errors))
}

func main() {
	dir := os.Args[1]
	gin.SetMode(gin.ReleaseMode)
	var log bytes.Buffer
	r := gin.New()
	r.Use(gin.LoggerWithWriter(&log), gin.RecoveryWithWriter(io.Discard))
	r.HandleMethodNotAllowed = true
	r.SetTrustedProxies([]string{"127.0.0.1"})
	r.SetFuncMap(template.FuncMap{"upper": strings.ToUpper})
	r.LoadHTMLGlob(filepath.Join(dir, "*.tmpl"))
	routing(r)
	reading(r)
	binds(r)
	renders(r)
	flow(r)
	files(r, dir)
	tries(r)
	r.GET("/log", func(c *gin.Context) {
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		line := lines[len(lines)-1]
		if at := strings.Index(line, "] "); at >= 0 && len(line) > at+24 {
			line = line[at+24:] // without the name and the time
		}
		c.String(200, "%s", line)
	})
	r.NoRoute(func(c *gin.Context) {
		if strings.HasPrefix(c.Request.URL.Path, "/own404") {
			c.JSON(404, gin.H{"path": c.Request.URL.Path, "full": c.FullPath()})
		}
		if strings.HasPrefix(c.Request.URL.Path, "/status404") {
			c.Status(418)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	panic(http.Serve(listener, r))
}

func params(c *gin.Context) {
	var all []string
	for _, p := range c.Params {
		all = append(all, p.Key+"="+p.Value)
	}
	c.String(200, "%s [%s]", c.FullPath(), strings.Join(all, " "))
}

func routing(r *gin.Engine) {
	r.GET("/", params)
	r.GET("/p/:id", params)
	r.GET("/p/:id/books/:book", params)
	r.GET("/p/me", params)
	r.GET("/v:ver/x", params)
	r.GET("/s/*rest", params)
	r.GET("/slash/", params)
	r.GET("/noslash", params)
	r.POST("/postslash/", params)
	r.GET(`/esc\:batch`, params)
	r.Any("/any", func(c *gin.Context) { c.String(200, c.Request.Method) })
	r.Match([]string{"GET", "PUT"}, "/match", params)
	r.POST("/only-post", params)
	g := r.Group("/group", func(c *gin.Context) { c.Header("X-Group", "1") })
	g.GET("", params)
	g.GET("/a/", params)
	g.Group("sub").GET(":x", params)
	only := r.Group("/groups-own", func(c *gin.Context) { c.String(200, "group") })
	only.GET("/x")
	r.HEAD("/head", func(c *gin.Context) { c.Header("X-Head", "1") })
	r.OPTIONS("/options", func(c *gin.Context) { c.String(200, "options") })
	r.GET("/routes", func(c *gin.Context) {
		var all []string
		for _, route := range r.Routes() {
			if strings.HasPrefix(route.Path, "/p/") || strings.HasPrefix(route.Path, "/esc") {
				all = append(all, route.Method+" "+route.Path+" "+route.Handler)
			}
		}
		sort.Strings(all)
		c.String(200, strings.Join(all, "\n"))
	})
}

func reading(r *gin.Engine) {
	r.GET("/query", func(c *gin.Context) {
		v, ok := c.GetQuery("a")
		list, okList := c.GetQueryArray("l")
		m, okMap := c.GetQueryMap("m")
		c.String(200, "%q %v %q %q %q %v %v %v %q", v, ok, c.Query("a"), c.DefaultQuery("b", "def"), list, okList, m, okMap, c.QueryArray("none"))
	})
	r.POST("/form", func(c *gin.Context) {
		v, ok := c.GetPostForm("a")
		m, okMap := c.GetPostFormMap("m")
		c.String(200, "%q %v %q %q %v %v %q", v, ok, c.DefaultPostForm("b", "def"), c.PostFormArray("l"), m, okMap, c.Query("a"))
	})
	r.POST("/file", func(c *gin.Context) {
		f, err := c.FormFile("f")
		if err != nil {
			c.String(200, "err %v", err)
			return
		}
		c.String(200, "%s %d", f.Filename, f.Size)
	})
	r.POST("/raw", func(c *gin.Context) {
		data, err := c.GetRawData()
		c.String(200, "%q %v", data, err)
	})
	r.GET("/cookie", func(c *gin.Context) {
		v, err := c.Cookie("a")
		c.String(200, "%q %v", v, err)
	})
	r.GET("/request", func(c *gin.Context) {
		c.String(200, "%s %s %v %q %s", c.ContentType(), c.GetHeader("X-A"), c.IsWebsocket(), c.RemoteIP(), c.ClientIP())
	})
}

func binds(r *gin.Engine) {
	for name, b := range map[string]binding.Binding{"json": binding.JSON, "form": binding.Form, "query": binding.Query, "formpost": binding.FormPost,
		"xml": binding.XML, "yaml": binding.YAML, "toml": binding.TOML, "header": binding.Header, "multipart": binding.FormMultipart} {
		r.Any("/bind/"+name, func(c *gin.Context) {
			var v person
			err := c.ShouldBindWith(&v, b)
			v.Ptr = nil
			outcome(c, v, err)
		})
	}
	r.Any("/bind", func(c *gin.Context) {
		var v person
		err := c.ShouldBind(&v)
		v.Ptr = nil
		outcome(c, v, err)
	})
	r.POST("/must", func(c *gin.Context) {
		var v person
		if c.Bind(&v) == nil {
			c.String(200, "ok")
		}
	})
	r.GET("/uri/:name/:age", func(c *gin.Context) {
		var v person
		outcome(c, &v, c.ShouldBindUri(&v))
	})
	r.POST("/twice", func(c *gin.Context) {
		var a, b person
		err := errors.Join(c.ShouldBindBodyWithJSON(&a), c.ShouldBindBodyWithJSON(&b))
		outcome(c, b.Name, err)
	})
	r.POST("/validator", func(c *gin.Context) {
		var v person
		err := c.ShouldBindJSON(&v)
		c.String(200, "%v", err)
	})
}

func renders(r *gin.Engine) {
	data := gin.H{"a": "<b>&", "n": 1, "u": "ü\u2028", "l": []int{1, 2}}
	for name, f := range map[string]func(c *gin.Context){
		"json":     func(c *gin.Context) { c.JSON(201, data) },
		"pure":     func(c *gin.Context) { c.PureJSON(200, data) },
		"indent":   func(c *gin.Context) { c.IndentedJSON(200, data) },
		"ascii":    func(c *gin.Context) { c.AsciiJSON(200, data) },
		"secure":   func(c *gin.Context) { c.SecureJSON(200, []string{"a"}) },
		"secureh":  func(c *gin.Context) { c.SecureJSON(200, data) },
		"jsonp":    func(c *gin.Context) { c.JSONP(200, data) },
		"xml":      func(c *gin.Context) { c.XML(200, gin.H{"a": 1}) },
		"yaml":     func(c *gin.Context) { c.YAML(200, gin.H{"a": 1}) },
		"toml":     func(c *gin.Context) { c.TOML(200, map[string]any{"a": 1}) },
		"string":   func(c *gin.Context) { c.String(200, "%s %d", "a", 1) },
		"verbatim": func(c *gin.Context) { c.String(200, "100%d") },
		"data":     func(c *gin.Context) { c.Data(200, "a/b", []byte("data")) },
		"empty":    func(c *gin.Context) { c.Data(200, "a/b", nil) },
		"html":     func(c *gin.Context) { c.HTML(200, "page.tmpl", "<x>") },
		"redirect": func(c *gin.Context) { c.Redirect(302, "/there?a=b") },
		"created":  func(c *gin.Context) { c.Redirect(201, "/new") },
		"reader": func(c *gin.Context) {
			c.DataFromReader(200, 4, "a/b", strings.NewReader("data"), map[string]string{"X-R": "1", "Content-Type": "x/y"})
		},
		"readern": func(c *gin.Context) { c.DataFromReader(200, -1, "a/b", strings.NewReader("data"), nil) },
		"204":     func(c *gin.Context) { c.JSON(204, data) },
		"304":     func(c *gin.Context) { c.String(304, "x") },
		"status":  func(c *gin.Context) { c.Status(202) },
		"nothing": func(c *gin.Context) {},
		"sse":     func(c *gin.Context) { c.SSEvent("e", "a\nb"); c.SSEvent("", gin.H{"a": 1}) },
		"stream":  func(c *gin.Context) { n := 0; c.Stream(func(w io.Writer) bool { n++; fmt.Fprint(w, n); return n < 3 }) },
		"neg": func(c *gin.Context) {
			c.Negotiate(200, gin.Negotiate{Offered: []string{gin.MIMEJSON, gin.MIMEXML}, Data: gin.H{"a": 1}})
		},
		"cookie": func(c *gin.Context) {
			c.SetSameSite(http.SameSiteLaxMode)
			c.SetCookie("a", "x y", 60, "", "e.com", true, true)
			c.String(200, "x")
		},
		"cookied": func(c *gin.Context) {
			c.SetSameSite(http.SameSiteLaxMode)
			c.SetCookieData(&http.Cookie{Name: "a", Value: "b"})
			c.String(200, "x")
		},
		"type":     func(c *gin.Context) { c.Header("Content-Type", "own/type"); c.JSON(200, data) },
		"unfit":    func(c *gin.Context) { c.JSON(200, gin.H{"f": func() {}}) },
		"render":   func(c *gin.Context) { c.Render(200, render.Data{ContentType: "r/d", Data: []byte("x")}) },
		"twice":    func(c *gin.Context) { c.String(200, "a"); c.String(500, "b") },
		"protobuf": func(c *gin.Context) { c.ProtoBuf(200, "none") },
	} {
		r.Any("/render/"+name, f)
	}
}

func flow(r *gin.Engine) {
	mark := func(name string) gin.HandlerFunc {
		return func(c *gin.Context) {
			c.Writer.Header().Add("X-Order", name+" in")
			c.Next()
			c.Writer.Header().Add("X-Order", name+" out")
		}
	}
	g := r.Group("/flow", mark("a"), mark("b"))
	g.GET("/next", func(c *gin.Context) { c.Header("X-Handler", "1") })
	g.GET("/abort", func(c *gin.Context) { c.AbortWithStatus(403) }, func(c *gin.Context) { c.String(200, "not reached") })
	g.GET("/abortjson", func(c *gin.Context) { c.AbortWithStatusJSON(409, gin.H{"e": 1}) }, func(c *gin.Context) { c.String(200, "not reached") })
	g.GET("/aborterr", func(c *gin.Context) {
		c.AbortWithError(400, errors.New("boom")).SetType(gin.ErrorTypePublic).SetMeta(gin.H{"m": 1})
	})
	g.GET("/panic", func(c *gin.Context) { panic("boom") })
	g.GET("/panicerr", func(c *gin.Context) { panic(errors.New("boom")) })
	g.GET("/errors", func(c *gin.Context) {
		c.Error(errors.New("one")).SetType(gin.ErrorTypePublic)
		c.Error(errors.New("two")).SetMeta(gin.H{"a": 1})
		c.Error(errors.New("three")).SetMeta("meta")
		c.JSON(200, gin.H{"json": c.Errors.JSON(), "string": c.Errors.String(), "last": c.Errors.Last().Error(), "public": len(c.Errors.ByType(gin.ErrorTypePublic))})
	})
	g.GET("/keys", func(c *gin.Context) {
		c.Set("s", "x")
		c.Set("n", 7)
		c.Set("d", time.Second)
		v, ok := c.Get("none")
		c.String(200, "%s %d %v %v %v %q %d", c.GetString("s"), c.GetInt("n"), c.GetDuration("d"), v, ok, c.GetString("n"), c.GetInt64("n"))
	})
	g.GET("/copy", func(c *gin.Context) {
		cp := c.Copy()
		done := make(chan string)
		go func() { done <- fmt.Sprint(cp.Request.URL.Path, cp.FullPath(), cp.IsAborted(), cp.Err()) }()
		c.String(200, "%s", <-done)
	})
	g.GET("/again", func(c *gin.Context) {
		if c.Query("again") == "" {
			c.Request.URL.Path, c.Request.URL.RawQuery = "/flow/there", "again=1"
			r.HandleContext(c)
		}
	})
	g.GET("/there", func(c *gin.Context) { c.String(200, "there") })
	g.GET("/names", func(c *gin.Context) { c.String(200, "%s %d", c.HandlerName(), len(c.HandlerNames())) })
	g.GET("/writer", func(c *gin.Context) {
		before, size := c.Writer.Written(), c.Writer.Size()
		c.Writer.WriteHeader(201)
		recorded := c.Writer.Written()
		c.Writer.WriteString("x")
		fmt.Fprint(c.Writer, before, size, recorded, c.Writer.Written(), c.Writer.Status(), c.Writer.Size())
	})
	auth := r.Group("/auth", gin.BasicAuth(gin.Accounts{"ann": "secret"}))
	auth.GET("/who", func(c *gin.Context) { c.String(200, c.MustGet(gin.AuthUserKey).(string)) })
	r.GET("/wrap", gin.WrapF(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(203); fmt.Fprint(w, "wrapped") }))
	r.GET("/errorlogger", gin.ErrorLogger(), func(c *gin.Context) { c.Error(errors.New("told")); c.Status(400) })
	r.GET("/bindlayer", gin.Bind(person{}), func(c *gin.Context) { c.String(200, "%s", c.MustGet(gin.BindKey).(*person).Name) })
}

func files(r *gin.Engine, dir string) {
	r.Static("/static", filepath.Join(dir, "files"))
	r.StaticFile("/one", filepath.Join(dir, "files", "a.txt"))
	r.StaticFS("/fs", http.Dir(filepath.Join(dir, "files")))
	r.GET("/sendfile", func(c *gin.Context) { c.File(filepath.Join(dir, "files", "a.txt")) })
	r.GET("/attach", func(c *gin.Context) { c.FileAttachment(filepath.Join(dir, "files", "a.txt"), `na"me.txt`) })
	r.GET("/fromfs", func(c *gin.Context) { c.FileFromFS("/a.txt", http.Dir(filepath.Join(dir, "files"))) })
}
