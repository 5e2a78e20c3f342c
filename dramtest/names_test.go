package dramtest

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

// kind has layers of all sorts.
type kind[T any] struct{}

func (kind[T]) plain() dram.HandlerFunc    { return func(*dram.Context) {} }
func (*kind[T]) pointer() dram.HandlerFunc { return func(*dram.Context) {} }
func (*kind[T]) method(*dram.Context)      {}

var variable = func(*dram.Context) {}

func made() dram.HandlerFunc           { return func(*dram.Context) {} }
func madeByMade() dram.HandlerFunc     { return made() }
func generic[T any]() dram.HandlerFunc { return func(*dram.Context) {} }
func named(*dram.Context)              {}
func failing(*dram.Context) error      { return nil }

// The name is the same whatever the compiler has inlined: run with -race, or -gcflags=-l, as well.
func TestNamesOfLayers(t *testing.T) {
	two := new(kind[int])
	r := dram.New()
	r.Use(variable, made(), madeByMade(), generic[int](), two.plain(), two.pointer(), two.method, named, dram.Try(failing),
		dram.LoggerWithConfig(dram.LoggerConfig{SkipPaths: []string{"/"}}), dram.RecoveryWithWriter(nil), dram.BasicAuth(dram.Accounts{"a": "b"}))
	r.GET("/", func(*dram.Context) {})
	res := New(t, r).GET("/", BasicAuth("a", "b")).Want(200)
	assert.Equal(t, []string{
		"dramtest.variable", "dramtest.made", "dramtest.made", "dramtest.generic", "dramtest.kind.plain", "dramtest.kind.pointer", "dramtest.kind.method", "dramtest.named", "dramtest.failing",
		"dram.LoggerWithConfig", "dram.RecoveryWithWriter", "dram.basicAuth", "dramtest.TestNamesOfLayers",
	}, res.exchange.names())
	res.Layers("variable", "made", "kind.plain", "dram.Logger", "Recovery", "BasicAuth")
}
