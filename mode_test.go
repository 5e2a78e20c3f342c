package dram_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/render"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSetMode(t *testing.T) {
	inMode(t, dram.Mode())
	for _, mode := range []string{dram.ReleaseMode, dram.TestMode, dram.DebugMode} {
		dram.SetMode(mode)
		assert.Equal(t, mode, dram.Mode())
		assert.Equal(t, mode == dram.DebugMode, dram.IsDebugging())
	}
	dram.SetMode(dram.ReleaseMode)
	dram.SetMode("")
	assert.Equal(t, dram.DebugMode, dram.Mode(), "no mode is the debug mode, in tests too")
	assert.PanicsWithValue(t, "dram mode unknown: x (available mode: debug release test)", func() { dram.SetMode("x") })
	assert.Equal(t, dram.DebugMode, dram.Mode(), "a wrong mode changes nothing")
}

func TestModeOfTheEnvironment(t *testing.T) {
	assert.Equal(t, "DRAM_MODE", dram.EnvDramMode)
	assert.Equal(t, "GIN_MODE", dram.EnvGinMode)
	const hint = ": the environment sets DRAM_MODE or GIN_MODE"
	cases := map[string]struct{ dram, gin, want string }{
		"none":           {"", "", "debug"},
		"release":        {"release", "", "release"},
		"test":           {"test", "", "test"},
		"Gin's":          {"", "release", "release"},
		"dram's wins":    {"test", "release", "test"},
		"unknown":        {"x", "", "dram mode unknown: x (available mode: debug release test)" + hint},
		"Gin's, unknown": {"", "y", "dram mode unknown: y (available mode: debug release test)" + hint},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), printModeEnv+"=1", "DRAM_MODE="+tc.dram, "GIN_MODE="+tc.gin)
			out, err := cmd.CombinedOutput()
			if strings.Contains(tc.want, "unknown") {
				require.Error(t, err)
				assert.Equal(t, tc.want+"\n", string(out), "a sentence")
				return
			}
			require.NoError(t, err, string(out))
			assert.Contains(t, string(out), tc.want)
		})
	}
}

func TestEngineFollowsTheModeUntilItServes(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	r := dram.New()
	var late *dram.Context
	r.GET("/loud", func(c *dram.Context) { late = c })
	assert.Contains(t, out.String(), "/loud")
	dram.SetMode(dram.ReleaseMode)
	r.GET("/silent", func(*dram.Context) {})
	assert.NotContains(t, out.String(), "/silent")
	serve(r, "GET", "/loud")
	assert.NotPanics(t, func() { late.FullPath() }, "no Context is poisoned in release mode")

	dram.SetMode(dram.DebugMode)
	r.GET("/too-late", func(*dram.Context) {})
	assert.NotContains(t, out.String(), " /too-late ", "what served in release mode stays in it")
}

func TestEngineFollowsTheWritersUntilItServes(t *testing.T) {
	inMode(t, dram.DebugMode)
	r := dram.New()
	out := captureWriter(t)
	r.GET("/a", func(*dram.Context) {})
	assert.Contains(t, out.String(), "/a")
	serve(r, "GET", "/a")
	later := captureWriter(t)
	r.GET("/b", func(*dram.Context) {})
	assert.Contains(t, out.String(), "/b")
	assert.Empty(t, later.String())
}

func TestHTMLIsParsedOnceIfReleaseModeIsSetAfterNew(t *testing.T) {
	inMode(t, dram.DebugMode)
	r := dram.New()
	dram.SetMode(dram.ReleaseMode)
	r.LoadHTMLFS(http.FS(fstest.MapFS{"a.html": {Data: []byte("a")}}), "a.html")
	assert.IsType(t, render.HTMLProduction{}, r.HTMLRender)

	dram.SetMode(dram.DebugMode)
	captureWriter(t)
	r = dram.New()
	r.LoadHTMLFS(http.FS(fstest.MapFS{"a.html": {Data: []byte("a")}}), "a.html")
	assert.IsType(t, render.HTMLDebug{}, r.HTMLRender)
	dram.SetMode(dram.ReleaseMode)
	r.GET("/", func(c *dram.Context) { c.HTML(200, "a.html", nil) })
	assert.Equal(t, "a", serve(r, "GET", "/").Body.String())
	assert.IsType(t, render.HTMLProduction{}, r.HTMLRender, "loaded before the mode was set")
}

func TestSwitchesOfBinding(t *testing.T) {
	validator, number, strict := binding.Validator, binding.EnableDecoderUseNumber, binding.EnableDecoderDisallowUnknownFields
	t.Cleanup(func() {
		binding.Validator, binding.EnableDecoderUseNumber, binding.EnableDecoderDisallowUnknownFields = validator, number, strict
	})
	dram.DisableBindValidation()
	assert.Nil(t, binding.Validator)
	dram.EnableJsonDecoderUseNumber()
	assert.True(t, binding.EnableDecoderUseNumber)
	dram.EnableJsonDecoderDisallowUnknownFields()
	assert.True(t, binding.EnableDecoderDisallowUnknownFields)
}

func TestVersion(t *testing.T) { assert.Regexp(t, `^v\d+\.\d+\.\d+$`, dram.Version) }
