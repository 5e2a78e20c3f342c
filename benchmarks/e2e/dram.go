package e2e

import (
	"net"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/peers"
)

func serveDram(listener net.Listener, site Site) error {
	dram.SetMode(dram.ReleaseMode)
	engine := dram.New()
	engine.SetHTMLTemplate(pages())
	engine.GET("/text", func(c *dram.Context) { c.String(http.StatusOK, peers.Greeting) })
	engine.GET("/user/:id", func(c *dram.Context) { c.JSON(http.StatusOK, user(c.Param("id"))) })
	engine.POST("/signup", func(c *dram.Context) {
		var signup peers.Signup
		if err := c.BindJSON(&signup); err == nil {
			c.JSON(http.StatusOK, &signup)
		}
	})
	engine.Static("/static", site.Dir)
	engine.GET("/page", func(c *dram.Context) { c.HTML(http.StatusOK, pageName, page) })
	return serveHandler(listener, engine)
}
