package grammar_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/examples/gateway/internal/grammar"
)

func TestGrammar(t *testing.T) {
	assert.Equal(t, "text/html", grammar.MediaType("Text/HTML; charset=utf-8"))
	assert.Equal(t, "", grammar.MediaType(";"))
	assert.Equal(t, "/items/2/a~1b", grammar.Pointer("items[2].a/b"))
	for name, want := range map[string]bool{"x_forwarded_for": true, "Host": true, "grpc-timeout": true, "X-Tenant": false} {
		assert.Equal(t, want, grammar.IsOfMessage(name), name)
	}
	assert.Equal(t, 5, grammar.Index("/a%2Fb", 3))
	for _, p := range []string{"/a//b", "/a/../b", "/a/.", `/a\b`, "/a\x00", "/\xff"} {
		assert.NotEmpty(t, grammar.PathFault(p), p)
	}
	assert.Empty(t, grammar.PathFault("/a/b/"))
	assert.Empty(t, grammar.PathFault("/"))
}
