package peers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func ginApp(app App) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = app.MethodNotAllowed
	engine.Use(layersOf[gin.HandlerFunc](app)...)
	for range app.Middlewares {
		engine.Use(func(c *gin.Context) { c.Next() })
	}
	for route := range app.each() {
		engine.Handle(route.Method, route.Pattern, ginHandler(app, route))
	}
	return engine
}

func ginHandler(app App, route Route) gin.HandlerFunc {
	name, text := route.first(), app.text()
	switch app.Work {
	case Echo:
		return func(c *gin.Context) { c.Writer.WriteString(route.Echo(c.Param)) }
	case WriteParam:
		return func(c *gin.Context) { c.Writer.WriteString(c.Param(name)) }
	case Text:
		return func(c *gin.Context) { c.String(http.StatusOK, text) }
	case JSON:
		return func(c *gin.Context) { c.JSON(http.StatusOK, app.Value) }
	case ParamJSON:
		return func(c *gin.Context) { c.JSON(http.StatusOK, Named(c.Param(name))) }
	case BindJSON:
		return ginBind((*gin.Context).ShouldBindJSON, app.Signup)
	case BindQuery:
		return ginBind((*gin.Context).ShouldBindQuery, app.Signup)
	case BindForm:
		return ginBind((*gin.Context).ShouldBind, app.Signup)
	case BindList:
		return ginBind((*gin.Context).ShouldBindJSON, app.Items)
	}
	return func(*gin.Context) {}
}

func ginBind[T any](bind func(*gin.Context, any) error, told func(*T)) gin.HandlerFunc {
	return func(c *gin.Context) {
		var v T
		if err := bind(c, &v); err != nil {
			c.Status(http.StatusBadRequest)
		} else if told != nil {
			told(&v)
		}
	}
}
