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
	refuse := func(c *dram.Context) { c.Status(http.StatusBadRequest) }
	return map[Work]dram.HandlerFunc{
		Nothing:    func(*dram.Context) {},
		Echo:       func(c *dram.Context) { c.Writer.WriteString(route.Echo(c.Param)) },
		WriteParam: func(c *dram.Context) { c.Writer.WriteString(c.Param(name)) },
		Text:       func(c *dram.Context) { c.String(http.StatusOK, text) },
		JSON:       func(c *dram.Context) { c.JSON(http.StatusOK, app.Value) },
		ParamJSON:  func(c *dram.Context) { c.JSON(http.StatusOK, Named(c.Param(name))) },
		BindJSON:   binder((*dram.Context).ShouldBindJSON, refuse, app.Signup),
		BindQuery:  binder((*dram.Context).ShouldBindQuery, refuse, app.Signup),
		BindForm:   binder((*dram.Context).ShouldBind, refuse, app.Signup),
		BindList:   binder((*dram.Context).ShouldBindJSON, refuse, app.Items),
	}[app.Work]
}

// binder is a handler that binds a T, in the form of dram and of Gin.
func binder[C, T any](bind func(C, any) error, refuse func(C), told func(*T)) func(C) {
	return func(c C) {
		var v T
		if err := bind(c, &v); err != nil {
			refuse(c)
		} else if told != nil {
			told(&v)
		}
	}
}
