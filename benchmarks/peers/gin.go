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
	refuse := func(c *gin.Context) { c.Status(http.StatusBadRequest) }
	return map[Work]gin.HandlerFunc{
		Nothing:    func(*gin.Context) {},
		Echo:       func(c *gin.Context) { c.Writer.WriteString(route.Echo(c.Param)) },
		WriteParam: func(c *gin.Context) { c.Writer.WriteString(c.Param(name)) },
		Text:       func(c *gin.Context) { c.String(http.StatusOK, text) },
		JSON:       func(c *gin.Context) { c.JSON(http.StatusOK, app.Value) },
		ParamJSON:  func(c *gin.Context) { c.JSON(http.StatusOK, Named(c.Param(name))) },
		BindJSON:   binder((*gin.Context).ShouldBindJSON, refuse, app.Signup),
		BindQuery:  binder((*gin.Context).ShouldBindQuery, refuse, app.Signup),
		BindForm:   binder((*gin.Context).ShouldBind, refuse, app.Signup),
		BindList:   binder((*gin.Context).ShouldBindJSON, refuse, app.Items),
	}[app.Work]
}
