package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// imports are those of the files below; that of Gin stands in line 4.
const imports = `package a

import (
	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	r "github.com/gin-gonic/gin/render"

	"example.com/echo"
	"example.com/myyaml"
)

type own struct{ ProtoBuf int }

func (own) YAML(int, int) {}

type handler struct{ c *gin.Context }

type within struct{ *gin.Context }

type hidden struct{ *gin.Context }

func (hidden) TOML() {}

`

// TestFormats: a name counts where it is Gin's, whatever it is called by, and nowhere else.
func TestFormats(t *testing.T) {
	tests := map[string]struct{ code, want string }{
		"parameter":                             {`func f(c *gin.Context) { c.YAML(200, nil) }`, "yaml"},
		"parameter of a closure":                {`func f() { e := gin.Default(); e.GET("/", func(c *gin.Context) { c.TOML(200, nil) }) }`, "toml"},
		"closure of another package's function": {`func f() { echo.With(func(c *gin.Context) { c.TOML(200, nil) }) }`, "toml"},
		"closure of a literal":                  {`var _ = echo.Options{F: func(c *gin.Context) { c.BSON(200, nil) }}`, "bson"},
		"returned handler":                      {`func f() gin.HandlerFunc { return func(c *gin.Context) { c.ProtoBuf(200, nil) } }`, "protobuf"},
		"variable":                              {`var c *gin.Context; func f() { c.YAML(200, nil) }`, "yaml"},
		"short variable":                        {`func f(c *gin.Context) { d := c; d.YAML(200, nil) }`, "yaml"},
		"copy":                                  {`func f(c *gin.Context) { d := c.Copy(); d.YAML(200, nil) }`, "yaml"},
		"of a test":                             {`func f() { c, _ := gin.CreateTestContext(nil); c.YAML(200, nil) }`, "yaml"},
		"field":                                 {`func f(h *handler) { h.c.YAML(200, nil) }`, "yaml"},
		"embedded":                              {`func f(w within) { w.YAML(200, nil) }`, "yaml"},
		"alias":                                 {`type ctx = gin.Context; func f(c *ctx) { c.YAML(200, nil) }`, "yaml"},
		"result of a function":                  {`func g() *gin.Context { return nil }; func f() { g().YAML(200, nil) }`, "yaml"},
		"element of a list":                     {`func f(cs []*gin.Context) { for _, c := range cs { c.YAML(200, nil) } }`, "yaml"},
		"asserted":                              {`func f(x echo.Any) { x.Value("c").(*gin.Context).YAML(200, nil) }`, "yaml"},
		"asserted, with ok":                     {`func f(x echo.Any) { if c, ok := x.Value("c").(*gin.Context); ok { c.YAML(200, nil) } }`, "yaml"},
		"type switch":                           {`func f(x any) { switch c := x.(type) { case *gin.Context: c.YAML(200, nil) } }`, "yaml"},
		"method value":                          {`func f(c *gin.Context) { g := c.YAML; g(200, nil) }`, "yaml"},
		"method expression":                     {`var _ = (*gin.Context).YAML`, "yaml"},
		"body":                                  {`func f(c *gin.Context) { if err := c.ShouldBindBodyWithTOML(nil); err != nil { return } }`, "toml"},
		"binding":                               {`func f(c *gin.Context) { c.ShouldBindWith(nil, binding.MsgPack) }`, "msgpack"},
		"render":                                {`func f(c *gin.Context) { c.Render(200, r.ProtoBuf{Data: 1}) }`, "protobuf"},
		"writer":                                {`var _ = r.WriteMsgPack(nil, nil)`, "msgpack"},
		"offered":                               {`func f(c *gin.Context) { c.Negotiate(200, gin.Negotiate{Offered: []string{gin.MIMETOML}}) }`, "toml"},
		"data of a negotiation":                 {`func f(c *gin.Context) { c.Negotiate(200, gin.Negotiate{BSONData: 1}) }`, "bson"},
		"two functions named alike":             {`func f(c *gin.Context) { c.YAML(200, nil) }; func f(c own) { c.YAML(1, 2) }`, "yaml"},

		"a type of its own":                {`func f(o own) { o.YAML(1, 2) }`, ""},
		"a field of its own":               {`func f(o *own) { o.ProtoBuf = 1 }`, ""},
		"another package":                  {`var _ = myyaml.TOML(1)`, ""},
		"another package's type":           {`var _ myyaml.BSON`, ""},
		"a method of its own over Gin's":   {`func f(h hidden) { h.TOML() }`, ""},
		"a variable that hides a package":  {`func f(binding own) { _ = binding.ProtoBuf; binding.YAML(1, 2) }`, ""},
		"a variable that hides a context":  {`func f(c *gin.Context) { { c := own{}; c.YAML(1, 2) } }`, ""},
		"a function of its own":            {`func YAML() {}; func f() { YAML() }`, ""},
		"a type made of a context":         {`type ctx gin.Context; func (*ctx) YAML() {}; func f(c *ctx) { c.YAML() }`, ""},
		"a name that is Gin's elsewhere":   {`func f(c *gin.Context) { _ = c.BSONData }`, ""},
		"a label, a comment, a key: YAML:": {"func f() { YAML: for { break YAML }; _ = map[string]int{\"BSON\": 1} } // c.YAML()", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := inFolder(t, map[string]string{"a.go": imports + tt.code + "\n"})
			require.NoError(t, port(&strings.Builder{}, []string{dir}, false))
			assert.Equal(t, tt.want, added(read(t, filepath.Join(dir, "a.go"))))
		})
	}
}

// added are the codecs that a text imports.
func added(text string) string {
	var codecs []string
	for line := range strings.Lines(text) {
		if _, codec, ok := strings.Cut(line, `_ "`+dram+"/contrib/"); ok {
			codecs = append(codecs, strings.TrimRight(codec, "\"\n"))
		}
	}
	return strings.Join(codecs, " ")
}

func TestFormatsOfAPackageOfManyFiles(t *testing.T) {
	dir := inFolder(t, map[string]string{
		"a.go":      plain + "type handler struct{ c *gin.Context }\n",
		"b.go":      plain + "func (h handler) get(gin.H) { h.c.YAML(200, nil) }\n",
		"c_test.go": strings.Replace(plain, "package a", "package a_test", 1) + "type handler struct{ c own }\nfunc f(h handler) { h.c.YAML(200, nil) }\ntype own struct{}\nfunc (own) YAML(int, any) {}\n",
	})
	require.NoError(t, port(&strings.Builder{}, []string{dir}, false))
	assert.Equal(t, "", added(read(t, filepath.Join(dir, "a.go"))))
	assert.Equal(t, "yaml", added(read(t, filepath.Join(dir, "b.go"))))
	assert.Equal(t, "", added(read(t, filepath.Join(dir, "c_test.go"))), "another package in the same folder")
}

func TestFilesOfAPackageThatDoNotSpeakOfGin(t *testing.T) {
	uses, declares := "package a\n\nfunc (h handler) get() { h.c.YAML(200, nil) }\n", "package a\n\ntype own struct{}\n\nfunc (own) TOML() {}\n"
	dir := inFolder(t, map[string]string{
		"a.go": plain + "type handler struct{ c *gin.Context }\nfunc f(o own, p *own) { o.TOML(); p.TOML() }\n",
		"b.go": uses,
		"c.go": declares,
	})
	var out strings.Builder
	require.NoError(t, port(&out, []string{dir}, false))
	assert.Equal(t, uses, read(t, filepath.Join(dir, "b.go")))
	assert.Equal(t, declares, read(t, filepath.Join(dir, "c.go")))
	assert.Contains(t, out.String(), "look: "+filepath.Join(dir, "b.go")+":1: this file uses yaml and does not import Gin; unless another one does, import _ \""+dram+"/contrib/yaml\"")
	assert.Equal(t, 1, strings.Count(out.String(), "look:"))
}

// TestFormatsThatMayBeNeeded: where nothing is known a line says so.
func TestFormatsThatMayBeNeeded(t *testing.T) {
	tests := map[string]struct{ code, want string }{
		"text that is offered":   {`func f(c *gin.Context) { c.Negotiate(200, gin.Negotiate{Offered: []string{"application/toml"}}) }`, "toml"},
		"text with parameters":   {`var _ = "Application/X-YAML; charset=utf-8"`, "yaml"},
		"a constant of its own":  {`const mime = "application/x-msgpack"`, "msgpack"},
		"an interface":           {`type answerer interface { ProtoBuf(int, any) }`, "protobuf"},
		"an interface in a func": {`func f(x interface { ShouldBindYAML(any) error }) { }`, "yaml"},
		"a value of another's":   {`func f(c echo.Context) { c.YAML(200, nil) }`, "yaml"},
		"a pointer to another's": {`func f(c *echo.Context) { c.YAML(200, nil) }`, "yaml"},
		"another's embedded":     {`type base struct { echo.Base }; func f(b base) { b.BSON(200, nil) }`, "bson"},
		"a result of another's":  {`func f() { echo.New().BSON(200, nil) }`, "bson"},

		"text of another format":   {`var _ = "application/json"`, ""},
		"text, and it is imported": {`func f(c *gin.Context) { c.TOML(200, nil); _ = "application/toml" }`, ""},
		"an interface of others":   {`type answerer interface { own; JSON(int, any) }`, ""},
		"a type of its own":        {`func f(o own) { o.YAML(1, 2) }`, ""},
		"another package":          {`var _ = myyaml.TOML(1)`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := inFolder(t, map[string]string{"a.go": imports + tt.code + "\n"})
			var out strings.Builder
			require.NoError(t, port(&out, []string{dir}, false))
			if tt.want == "" {
				assert.NotContains(t, out.String(), "look:")
				return
			}
			assert.Regexp(t, `look: .*a.go:2[45]: if .*, import _ "`+dram+"/contrib/"+tt.want+`"`, out.String())
			assert.Empty(t, added(read(t, filepath.Join(dir, "a.go"))))
		})
	}
}

func TestFilesThatDoNotImportGinAreNotWritten(t *testing.T) {
	files := map[string]string{
		"a/a.go": "package a\n\nimport gin \"github.com/dram-go/dram\"\n\nfunc f(c *gin.Context) { c.YAML(200, nil); _ = \"application/toml\" }\n",
		"b/b.go": "package b\n\nimport \"github.com/dram-go/dram/binding\"\n\nvar _ = binding.TOML\n",
		"c/c.go": "package c\n\nimport . \"github.com/dram-go/dram\"\n\nvar _ = MIMETOML\n",
		"d/d.go": "package d\n\n// Not github.com/gin-gonic/gin.\nfunc f(c interface{ YAML() }) { c.YAML() }\n",
		"e/e.go": "package e\n\nimport _ \"github.com/gin-gonic/gin/ginS\"\n\nfunc f(c interface{ YAML() }) { c.YAML() }\n",
	}
	dir := inFolder(t, files)
	var out strings.Builder
	require.NoError(t, port(&out, []string{dir}, false))
	for name, text := range files {
		assert.Equal(t, text, read(t, filepath.Join(dir, name)))
	}
	assert.NotContains(t, out.String(), "rewritten")
	assert.NotContains(t, out.String(), dram+"/contrib/")
}
