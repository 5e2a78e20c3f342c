package e2e

import (
	"context"
	"net"
	"net/http"

	"github.com/cloudwego/hertz/pkg/app"
	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/hlog"

	"github.com/dram-go/dram/benchmarks/peers"
)

func serveHertz(listener net.Listener, site Site) error {
	hlog.SetLevel(hlog.LevelError)
	h := hertz.New(hertz.WithListener(listener), hertz.WithDisablePrintRoute(true))
	h.SetHTMLTemplate(pages())
	h.GET("/text", func(_ context.Context, c *app.RequestContext) { c.String(http.StatusOK, peers.Greeting) })
	h.GET("/user/:id", func(_ context.Context, c *app.RequestContext) { c.JSON(http.StatusOK, user(c.Param("id"))) })
	h.POST("/signup", func(_ context.Context, c *app.RequestContext) {
		var signup peers.Signup
		err := c.BindJSON(&signup)
		if err == nil {
			err = validate.Struct(&signup)
		}
		if err != nil {
			c.String(http.StatusBadRequest, "%v", err)
			return
		}
		c.JSON(http.StatusOK, &signup)
	})
	h.StaticFS("/static", &app.FS{Root: site.Dir, PathRewrite: app.NewPathSlashesStripper(1)})
	h.GET("/page", func(_ context.Context, c *app.RequestContext) { c.HTML(http.StatusOK, pageName, page) })
	return h.Run()
}
