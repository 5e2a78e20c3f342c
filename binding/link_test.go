package binding_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program that imports this package, as every program of dram does, but binds
// nothing must not carry the validator. One package variable that is set by calling
// a function is enough to bring it in.
func TestValidatorIsLinkedOnlyWhenUsed(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds two programs")
	}
	dir := t.TempDir()
	symbols := func(name, use string) string {
		source, program := filepath.Join(dir, name+".go"), filepath.Join(dir, name)
		text := "package main\n\nimport \"github.com/dram-go/dram/binding\"\n\nfunc main() { println(" + use + ") }\n"
		require.NoError(t, os.WriteFile(source, []byte(text), 0o600))
		out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput()
		require.NoError(t, err, "%s", out)
		out, err = exec.Command("go", "tool", "nm", program).Output()
		require.NoError(t, err)
		return string(out)
	}
	const validating, decodingXML = "validator/v10.(*validate).traverseField", "encoding/xml.(*Decoder).unmarshal"
	idle := symbols("idle", "binding.MIMEJSON")
	assert.False(t, strings.Contains(idle, validating), "the validator is linked")
	assert.False(t, strings.Contains(idle, decodingXML), "the XML decoder is linked")
	busy := symbols("busy", "binding.Validator.ValidateStruct(1) == nil")
	assert.True(t, strings.Contains(busy, validating), "this test would not see the validator")
}
