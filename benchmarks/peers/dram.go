package peers

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/gojson"
	"github.com/dram-go/dram/contrib/sonic"
)

// engines are dram with other JSON engines; encoding/json/v2 is added where Go has it.
var engines = []Peer{
	{Name: "dram+sonic", App: dramApp, codec: sonic.Engine{}},
	{Name: "dram+gojson", App: dramApp, codec: gojson.Engine{}},
}

// Engines are dram with the JSON engines that are not its default.
func Engines() []Peer { return engines }

func dramApp(app App) http.Handler {
	dram.SetMode(dram.ReleaseMode)
	engine := dram.New()
	engine.HandleMethodNotAllowed = app.MethodNotAllowed
	engine.Use(layersOf[dram.HandlerFunc](app)...)
	for range app.Middlewares {
		engine.Use(func(c *dram.Context) { c.Next() })
	}
	for route := range app.each() {
		engine.Handle(route.Method, route.Pattern, dramHandler(app, route))
	}
	return engine
}

func dramHandler(app App, route Route) dram.HandlerFunc {
	name, text := route.first(), app.text()
	switch app.Work {
	case Echo:
		return func(c *dram.Context) { c.Writer.WriteString(route.Echo(c.Param)) }
	case WriteParam:
		return func(c *dram.Context) { c.Writer.WriteString(c.Param(name)) }
	case Text:
		return func(c *dram.Context) { c.String(http.StatusOK, text) }
	case JSON:
		return func(c *dram.Context) { c.JSON(http.StatusOK, app.Value) }
	case ParamJSON:
		return func(c *dram.Context) { c.JSON(http.StatusOK, Named(c.Param(name))) }
	case BindJSON:
		return dramBind((*dram.Context).ShouldBindJSON, app.Signup)
	case BindQuery:
		return dramBind((*dram.Context).ShouldBindQuery, app.Signup)
	case BindForm:
		return dramBind((*dram.Context).ShouldBind, app.Signup)
	case BindList:
		return dramBind((*dram.Context).ShouldBindJSON, app.Items)
	}
	return func(*dram.Context) {}
}

func dramBind[T any](bind func(*dram.Context, any) error, told func(*T)) dram.HandlerFunc {
	return func(c *dram.Context) {
		var v T
		if err := bind(c, &v); err != nil {
			c.Status(http.StatusBadRequest)
		} else if told != nil {
			told(&v)
		}
	}
}
