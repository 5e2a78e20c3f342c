// Command hertz is a hello-world JSON server.
package main

import (
	"context"
	"net/http"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/utils"
)

func main() {
	h := server.Default(server.WithHostPorts("127.0.0.1:0"))
	h.GET("/", func(_ context.Context, c *app.RequestContext) { c.JSON(http.StatusOK, utils.H{"hello": "world"}) })
	h.Spin()
}
