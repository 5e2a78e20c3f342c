package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestList(t *testing.T) {
	var text strings.Builder
	list(&text)
	for _, s := range servers {
		assert.Contains(t, text.String(), "  "+s.name+" ")
	}
	assert.ErrorContains(t, run([]string{"apache"}, slowly), `"apache" is not one of the servers`)
}

func TestAWrongAddress(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) { // a port, and for a socket a directory, that is not there
			assert.ErrorContains(t, serve(s, []string{"-addr", "no/such:99999"}, slowly), "99999")
		})
	}
}
