package peers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Gin is Gin, whose figures the others are divided by.
type Gin struct{}

func (Gin) Name() string     { return "gin" }
func (Gin) Module() string   { return "github.com/gin-gonic/gin" }
func (Gin) ByHand(Work) bool { return false }

func (Gin) Build(app App) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = app.MethodNotAllowed
	for range app.Middlewares {
		engine.Use(func(c *gin.Context) { c.Next() })
	}
	for _, route := range app.Routes {
		engine.Handle(route.Method, route.Pattern, ginHandler(app, route))
	}
	return engine
}

func ginHandler(app App, route Route) gin.HandlerFunc {
	name := route.first()
	switch app.Work {
	case Echo:
		return func(c *gin.Context) { c.Writer.WriteString(route.Echo(c.Param)) }
	case WriteParam:
		return func(c *gin.Context) { c.Writer.WriteString(c.Param(name)) }
	case Text:
		return func(c *gin.Context) { c.String(http.StatusOK, Greeting) }
	case JSON:
		return func(c *gin.Context) { c.JSON(http.StatusOK, app.Value) }
	case BindJSON:
		return ginBind((*gin.Context).ShouldBindJSON, app.Signup)
	case BindQuery:
		return ginBind((*gin.Context).ShouldBindQuery, app.Signup)
	case BindForm:
		return ginBind((*gin.Context).ShouldBind, app.Signup)
	case BindList:
		return ginBind((*gin.Context).ShouldBindJSON, app.Items)
	}
	return ginNothing
}

func ginNothing(*gin.Context) {}

func ginBind[T any](bind func(*gin.Context, any) error, told func(*T)) gin.HandlerFunc {
	return func(c *gin.Context) {
		var v T
		if err := bind(c, &v); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		if told != nil {
			told(&v)
		}
	}
}
