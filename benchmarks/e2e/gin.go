package e2e

import (
	"net"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/dram-go/dram/benchmarks/peers"
)

func serveGin(listener net.Listener, site Site) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.SetHTMLTemplate(pages())
	engine.GET("/text", func(c *gin.Context) { c.String(http.StatusOK, peers.Greeting) })
	engine.GET("/user/:id", func(c *gin.Context) { c.JSON(http.StatusOK, user(c.Param("id"))) })
	engine.POST("/signup", func(c *gin.Context) {
		var signup peers.Signup
		if err := c.BindJSON(&signup); err == nil {
			c.JSON(http.StatusOK, &signup)
		}
	})
	engine.Static("/static", site.Dir)
	engine.GET("/page", func(c *gin.Context) { c.HTML(http.StatusOK, pageName, page) })
	return serveHandler(listener, engine)
}
