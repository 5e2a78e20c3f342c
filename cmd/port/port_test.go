package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inFolder writes files, name after text, and returns their folder.
func inFolder(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o640))
	}
	return dir
}

func read(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

func TestImports(t *testing.T) {
	tests := map[string]struct{ gin, dram string }{
		"alone": {
			"package a\n\nimport \"github.com/gin-gonic/gin\"\n\nvar _ gin.H\n",
			"package a\n\nimport gin \"github.com/dram-go/dram\"\n\nvar _ gin.H\n",
		},
		"in a block, which is sorted again": {
			"package a\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/gin-gonic/gin\"\n\t\"github.com/gin-gonic/gin/binding\"\n\t\"github.com/google/uuid\"\n)\n",
			"package a\n\nimport (\n\t\"fmt\"\n\n\tgin \"github.com/dram-go/dram\"\n\t\"github.com/dram-go/dram/binding\"\n\t\"github.com/google/uuid\"\n)\n",
		},
		"renamed": {
			"package a\n\nimport web \"github.com/gin-gonic/gin\"\n\nvar _ web.H\n",
			"package a\n\nimport web \"github.com/dram-go/dram\"\n\nvar _ web.H\n",
		},
		"by a dot": {
			"package a\n\nimport . \"github.com/gin-gonic/gin\"\n\nvar _ H\n",
			"package a\n\nimport . \"github.com/dram-go/dram\"\n\nvar _ H\n",
		},
		"blank": {
			"package a\n\nimport _ \"github.com/gin-gonic/gin\"\n",
			"package a\n\nimport _ \"github.com/dram-go/dram\"\n",
		},
		"in a raw string": {
			"package a\n\nimport `github.com/gin-gonic/gin`\n",
			"package a\n\nimport gin \"github.com/dram-go/dram\"\n",
		},
		"the other packages keep their names": {
			"package a\n\nimport (\n\t\"github.com/gin-gonic/gin/codec/json\"\n\tr \"github.com/gin-gonic/gin/render\"\n)\n",
			"package a\n\nimport (\n\t\"github.com/dram-go/dram/codec/json\"\n\tr \"github.com/dram-go/dram/render\"\n)\n",
		},
		"behind a build tag": {
			"//go:build windows && never\n\npackage a\n\nimport \"github.com/gin-gonic/gin\"\n",
			"//go:build windows && never\n\npackage a\n\nimport gin \"github.com/dram-go/dram\"\n",
		},
		"with a comment": {
			"package a\n\nimport (\n\t// the web\n\t\"github.com/gin-gonic/gin\" // here\n)\n",
			"package a\n\nimport (\n\t// the web\n\tgin \"github.com/dram-go/dram\" // here\n)\n",
		},
		"a text that is not an import stays": {
			"package a\n\nimport _ \"github.com/gin-gonic/gin\"\n\nconst s = \"github.com/gin-gonic/gin\"\n",
			"package a\n\nimport _ \"github.com/dram-go/dram\"\n\nconst s = \"github.com/gin-gonic/gin\"\n",
		},
		"a file that gofmt would change keeps its form": {
			"package a\nimport  \"github.com/gin-gonic/gin\"\nvar  _ gin.H\n",
			"package a\nimport  gin \"github.com/dram-go/dram\"\nvar  _ gin.H\n",
		},
		"line ends of Windows": {
			"package a\r\n\r\nimport (\r\n\t\"github.com/gin-gonic/gin\"\r\n)\r\n\r\nvar _ = gin.Context.YAML\r\n",
			"package a\r\n\r\nimport (\r\n\tgin \"github.com/dram-go/dram\"\r\n\t_ \"github.com/dram-go/dram/contrib/yaml\"\r\n)\r\n\r\nvar _ = gin.Context.YAML\r\n",
		},
		"formats below the import": {
			"package a\n\nimport \"github.com/gin-gonic/gin\"\n\nfunc f(c *gin.Context) { c.YAML(200, nil); c.BindTOML(nil) }\n",
			"package a\n\nimport gin \"github.com/dram-go/dram\"\nimport _ \"github.com/dram-go/dram/contrib/toml\"\nimport _ \"github.com/dram-go/dram/contrib/yaml\"\n\nfunc f(c *gin.Context) { c.YAML(200, nil); c.BindTOML(nil) }\n",
		},
		"formats in a block": {
			"package a\n\nimport (\n\t\"github.com/gin-gonic/gin/binding\" // here\n)\n\nvar _ = binding.MsgPack\nvar _ = binding.MIMEBSON\nvar _ = binding.ProtoBuf\n",
			"package a\n\nimport (\n\t\"github.com/dram-go/dram/binding\" // here\n\t_ \"github.com/dram-go/dram/contrib/bson\"\n\t_ \"github.com/dram-go/dram/contrib/msgpack\"\n\t_ \"github.com/dram-go/dram/contrib/protobuf\"\n)\n\nvar _ = binding.MsgPack\nvar _ = binding.MIMEBSON\nvar _ = binding.ProtoBuf\n",
		},
		"formats of a dot import": {
			"package a\n\nimport . \"github.com/gin-gonic/gin\"\n\nvar _ = MIMETOML\n",
			"package a\n\nimport . \"github.com/dram-go/dram\"\nimport _ \"github.com/dram-go/dram/contrib/toml\"\n\nvar _ = MIMETOML\n",
		},
		"formats of a block in one line": {
			"package a; import (\"fmt\"; \"github.com/gin-gonic/gin\"); import \"os\"\nvar _ = gin.MIMETOML\n",
			"package a; import (\"fmt\"; gin \"github.com/dram-go/dram\"); import _ \"github.com/dram-go/dram/contrib/toml\"; import \"os\"\nvar _ = gin.MIMETOML\n",
		},
		"a file that ends with its import": {
			"package a\nimport . \"github.com/gin-gonic/gin\"; var _ = MIMETOML",
			"package a\nimport . \"github.com/dram-go/dram\"; import _ \"github.com/dram-go/dram/contrib/toml\"; var _ = MIMETOML",
		},
		"a format that is there": {
			"package a\n\nimport (\n\t_ \"github.com/dram-go/dram/contrib/yaml\"\n\t\"github.com/gin-gonic/gin\"\n)\n\nvar _ = gin.MIMEYAML\n",
			"package a\n\nimport (\n\tgin \"github.com/dram-go/dram\"\n\t_ \"github.com/dram-go/dram/contrib/yaml\"\n)\n\nvar _ = gin.MIMEYAML\n",
		},
		"libraries and ginS stay": {
			"package a\n\nimport (\n\t_ \"github.com/gin-contrib/cors\"\n\t_ \"github.com/gin-gonic/gin/ginS\"\n)\n",
			"package a\n\nimport (\n\t_ \"github.com/gin-contrib/cors\"\n\t_ \"github.com/gin-gonic/gin/ginS\"\n)\n",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := inFolder(t, map[string]string{"a.go": tt.gin})
			file := filepath.Join(dir, "a.go")
			require.NoError(t, port(&strings.Builder{}, []string{dir}, false))
			assert.Equal(t, tt.dram, read(t, file))
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o640), info.Mode())

			var again strings.Builder
			require.NoError(t, port(&again, []string{dir}, false))
			assert.Equal(t, tt.dram, read(t, file), "a second run")
			assert.NotContains(t, again.String(), "rewritten")
		})
	}
}

const plain = "package a\n\nimport \"github.com/gin-gonic/gin\"\n"

func TestFoldersThatAreNotTheProgramsAreLeftAlone(t *testing.T) {
	for _, name := range []string{"vendor/x/a.go", "b/vendor/x/a.go", "testdata/a.go", ".git/a.go", "_old/a.go", "a.txt"} {
		dir := inFolder(t, map[string]string{name: plain, "b/c/d.go": plain})
		require.NoError(t, port(&strings.Builder{}, []string{dir}, false))
		assert.Equal(t, plain, read(t, filepath.Join(dir, name)))
		assert.NotEqual(t, plain, read(t, filepath.Join(dir, "b/c/d.go")))
	}
}

func TestNothingIsWrittenWhenAFileCannotBeParsed(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.go": plain, "b.go": plain + "func {", "c.go": plain})
	err := port(&strings.Builder{}, []string{dir}, false)
	assert.ErrorContains(t, err, filepath.Join(dir, "b.go")+" cannot be parsed, so no file was written")
	assert.Equal(t, plain, read(t, filepath.Join(dir, "a.go")))
	assert.Equal(t, plain, read(t, filepath.Join(dir, "c.go")))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 3)
}

func TestAFileWithoutGinNeedNotParse(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.go": plain, "template.go": "package {{.Name}}"})
	require.NoError(t, port(&strings.Builder{}, []string{dir}, false))
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	assert.Error(t, port(&strings.Builder{}, []string{filepath.Join(t.TempDir(), "nowhere")}, false))
}

func TestDryRunWritesNothing(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.go": plain})
	var out strings.Builder
	require.NoError(t, port(&out, []string{dir}, true))
	assert.Equal(t, plain, read(t, filepath.Join(dir, "a.go")))
	assert.Contains(t, out.String(), "rewritten: "+filepath.Join(dir, "a.go"))
}

func TestWhatNeedsALook(t *testing.T) {
	tests := map[string]struct{ code, want string }{
		"RunQUIC":             {`r.RunQUIC("", "", "")`, "http3.Run"},
		"JSONP":               {`c.JSONP(200, nil)`, "callback"},
		"EOF":                 {`_ = err == io.EOF`, "errors.Is"},
		"a body cut off":      {`_ = err != io.ErrUnexpectedEOF`, "errors.Is"},
		"JSON's errors":       {`_ = err.(*json.UnmarshalTypeError)`, "errors.As"},
		"in a type switch":    {`switch err.(type) { case validator.ValidationErrors: case *json.SyntaxError: }`, "errors.As"},
		"among other types":   {`switch e := err.(type) { case nil, *own, *json.UnmarshalTypeError: _ = e }`, "errors.As"},
		"a value's errors":    {`_, ok := err.(*strconv.NumError)`, "errors.As"},
		"a time's errors":     {`switch err.(type) { case *time.ParseError: }`, "errors.As"},
		"a body too large":    {`_, ok := err.(*http.MaxBytesError)`, "errors.As"},
		"XML's errors":        {`_, ok := err.(*xml.SyntaxError)`, "errors.As"},
		"EOF in a switch":     {`switch err { case nil, io.EOF: }`, "errors.Is"},
		"EOF in a condition":  {`switch { case err == io.EOF: }`, "errors.Is"},
		"other types":         {`switch err.(type) { case *net.ParseError, validator.ValidationErrors: }`, ""},
		"time_utc":            {"type in struct { A time.Time `form:\"a\" time_utc:\"yes\"` }", `time_utc "yes"`},
		"time_utc, good":      {"type in struct { A time.Time `form:\"a\" time_utc:\"1\"` }", ""},
		"Gin's log":           {`_ = "[GIN] 2006"`, "[DRAM]"},
		"Gin's keys":          {`c.Get("_gin-gonic/gin/bindkey")`, "use the constants"},
		"nil handler":         {`r.GET("/", nil)`, "nil handler"},
		"CustomRecovery":      {`gin.CustomRecovery(f)`, "ECONNRESET"},
		"binding.Default":     {`binding.Default("POST", s)`, "with parameters"},
		"FileFromFS":          {`c.FileFromFS("./a", fs)`, "without ./"},
		"StripPrefix":         {`http.StripPrefix("/a", r)`, "404"},
		"ClientIP":            {`c.ClientIP()`, "SetTrustedProxies"},
		"ShouldBind":          {`c.ShouldBind(&in)`, "codecs"},
		"parser":              {"type in struct { A string `form:\"a,parser=other\"` }", "parser=other is an error"},
		"collection_format":   {"type in struct { A []string `form:\"a\" collection_format:\"weird\"` }", `"weird"`},
		"a library":           {`// nothing`, ""},
		"parser that is good": {"type in struct { A string `form:\"a,parser=encoding.TextUnmarshaler\"` }", ""},
		"proxies are named":   {`r.SetTrustedProxies(nil); c.ClientIP()`, ""},
		"Field elsewhere":     {`v.Field()`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := inFolder(t, map[string]string{"a.go": plain + "\nfunc f() {\n" + tt.code + "\n}\n"})
			var out strings.Builder
			require.NoError(t, port(&out, []string{dir}, true))
			if tt.want == "" {
				assert.NotContains(t, out.String(), "look:")
				return
			}
			assert.Contains(t, out.String(), "look: "+filepath.Join(dir, "a.go")+":6: ")
			assert.Contains(t, out.String(), tt.want)
		})
	}
}

func TestWhatNeedsALookAmongImports(t *testing.T) {
	tests := map[string]struct{ path, want string }{
		"ginS":          {"github.com/gin-gonic/gin/ginS", "ginS is in contrib/gin only"},
		"of Gin's own":  {"github.com/gin-gonic/gin/testdata/protoexample", "no package in the place of"},
		"gin-contrib":   {"github.com/gin-contrib/cors", "imports Gin itself"},
		"gin-jwt":       {"github.com/appleboy/gin-jwt/v2", "imports Gin itself"},
		"otelgin":       {"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin", "imports Gin itself"},
		"another's gin": {"example.com/adapters/gin", "imports Gin itself"},
		"no library":    {"example.com/engine", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := inFolder(t, map[string]string{"a.go": plain + "import _ \"" + tt.path + "\"\n"})
			var out strings.Builder
			require.NoError(t, port(&out, []string{dir}, true))
			if tt.want == "" {
				assert.NotContains(t, out.String(), "look:")
				return
			}
			assert.Contains(t, out.String(), "a.go:4: ")
			assert.Contains(t, out.String(), tt.want)
		})
	}
}

func TestValidationErrorsNeedALookWhereTheValidatorIsImported(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.go": plain + "import \"github.com/go-playground/validator/v10\"\nfunc f() {\n_ = e.Field()\n_ = errors.As(err, &v)\n}\n"})
	var out strings.Builder
	require.NoError(t, port(&out, []string{dir}, true))
	assert.Contains(t, out.String(), "a.go:6: a validation error's Field")
	assert.Contains(t, out.String(), "a.go:7: errors.As finds")
	assert.Contains(t, out.String(), "next: go get github.com/dram-go/dram && go mod tidy\n")
}

func TestContribIsFetchedWhereAFormatIsUsed(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.go": plain + "var _ = gin.MIMEYAML\n"})
	var out strings.Builder
	require.NoError(t, port(&out, []string{dir}, true))
	assert.Contains(t, out.String(), "next: go get github.com/dram-go/dram github.com/dram-go/dram/contrib && go mod tidy\n")
}
