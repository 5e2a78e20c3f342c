package peers

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/stdjson"
	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/contrib/gojson"
	"github.com/dram-go/dram/contrib/sonic"
)

// Dram is dram with encoding/json. Engine, if set, is another JSON engine, and
// Label its name.
type Dram struct {
	Label  string
	Engine json.Core
}

// DramEngines are dram with the JSON engines of contrib.
func DramEngines() []Peer {
	return []Peer{
		Dram{Label: "sonic", Engine: sonic.Engine{}},
		Dram{Label: "gojson", Engine: gojson.Engine{}},
	}
}

func (p Dram) Name() string {
	if p.Label != "" {
		return "dram+" + p.Label
	}
	return "dram"
}

func (Dram) Module() string   { return "github.com/dram-go/dram" }
func (Dram) ByHand(Work) bool { return false }

// Enter has dram use the engine.
func (p Dram) Enter() func() {
	if p.Engine != nil {
		json.API = p.Engine
	}
	return stdjson.Restore
}

func (Dram) Build(app App) http.Handler {
	dram.SetMode(dram.ReleaseMode)
	engine := dram.New()
	engine.HandleMethodNotAllowed = app.MethodNotAllowed
	for range app.Middlewares {
		engine.Use(func(c *dram.Context) { c.Next() })
	}
	for _, route := range app.Routes {
		engine.Handle(route.Method, route.Pattern, dramHandler(app, route))
	}
	return engine
}

func dramHandler(app App, route Route) dram.HandlerFunc {
	name := route.first()
	switch app.Work {
	case Echo:
		return func(c *dram.Context) { c.Writer.WriteString(route.Echo(c.Param)) }
	case WriteParam:
		return func(c *dram.Context) { c.Writer.WriteString(c.Param(name)) }
	case Text:
		return func(c *dram.Context) { c.String(http.StatusOK, Greeting) }
	case JSON:
		return func(c *dram.Context) { c.JSON(http.StatusOK, app.Value) }
	case BindJSON:
		return dramBind((*dram.Context).ShouldBindJSON, app.Signup)
	case BindQuery:
		return dramBind((*dram.Context).ShouldBindQuery, app.Signup)
	case BindForm:
		return dramBind((*dram.Context).ShouldBind, app.Signup)
	case BindList:
		return dramBind((*dram.Context).ShouldBindJSON, app.Items)
	}
	return dramNothing
}

func dramNothing(*dram.Context) {}

func dramBind[T any](bind func(*dram.Context, any) error, told func(*T)) dram.HandlerFunc {
	return func(c *dram.Context) {
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
