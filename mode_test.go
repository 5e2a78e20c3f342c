package dram_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
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
	assert.Equal(t, dram.EnvDramMode, dram.EnvGinMode)
	cases := map[string]struct{ env, want string }{
		"none":                 {"DRAM_MODE=", "debug"},
		"release":              {"DRAM_MODE=release", "release"},
		"test":                 {"DRAM_MODE=test", "test"},
		"Gin's own is ignored": {"GIN_MODE=release", "debug"},
		"unknown":              {"DRAM_MODE=x", "dram mode unknown: x"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "DRAM_MODE=", printModeEnv+"=1", tc.env)
			out, err := cmd.CombinedOutput()
			if tc.env == "DRAM_MODE=x" {
				require.Error(t, err)
				assert.Contains(t, string(out), tc.want)
				return
			}
			require.NoError(t, err, string(out))
			assert.Contains(t, string(out), tc.want)
		})
	}
}

func TestEngineKeepsTheModeItWasMadeIn(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.ReleaseMode)
	silent := dram.New()
	dram.SetMode(dram.DebugMode)
	silent.GET("/silent", func(*dram.Context) {})
	assert.Empty(t, out.String())
	dram.New().GET("/loud", func(*dram.Context) {})
	assert.Contains(t, out.String(), "/loud")
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
