package footprint_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// engines are the heavy parts that a program links only if it renders HTML or
// XML, binds what it validates, or serves TLS.
var engines = regexp.MustCompile(`^(` + strings.Join([]string{
	`(text|html)/template\.\(\*(state|escaper|Template)\)`,
	`encoding/xml\.\(\*(printer|Decoder|Encoder)\)`,
	`github\.com/go-playground/validator/v10\.\(\*(validate|Validate|validatorPool)\)`,
	`crypto/tls\.(Server$|LoadX509KeyPair$|\(\*(Conn\)\.serverHandshake|serverHandshakeState))`,
}, "|") + `)`)

// A program with Default, a route and JSON, served by Run, does not link
// them: the linker's own list of symbols says so.
func TestHelloLinksNoEngineThatItDoesNotUse(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program; run without -short")
	}
	symbols := linked(t, "./dram")
	for _, used := range []string{
		"github.com/dram-go/dram.New",
		"github.com/dram-go/dram.(*Engine).ServeHTTP",
		"github.com/dram-go/dram.(*Context).JSON",
	} {
		require.Contains(t, symbols, used, "the list holds what is linked")
	}
	for symbol := range symbols {
		assert.NotRegexp(t, engines, symbol)
	}
}

// linked builds a program and lists its symbols.
func linked(t *testing.T, program string) map[string]bool {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command on the PATH")
	}
	binary := filepath.Join(t.TempDir(), "program")
	out, err := exec.Command(goTool, "build", "-o", binary, program).CombinedOutput()
	require.NoError(t, err, "%s", out)
	list, err := exec.Command(goTool, "tool", "nm", binary).Output()
	require.NoError(t, err)
	symbols := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		fields := strings.Fields(line)
		symbols[fields[len(fields)-1]] = true
	}
	return symbols
}
