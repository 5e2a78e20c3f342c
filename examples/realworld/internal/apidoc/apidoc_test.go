package apidoc_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/apidoc"
)

var update = flag.Bool("update", false, "make openapi.json from openapi.yml anew")

// TestJSONIsTheYAML converts the document and compares: but for the server they are equal.
func TestJSONIsTheYAML(t *testing.T) {
	var doc map[string]any
	require.NoError(t, yaml.Unmarshal(apidoc.YAML, &doc))
	doc["servers"] = []any{map[string]any{"url": "/api"}}
	text, err := json.MarshalIndent(doc, "", "  ")
	require.NoError(t, err)
	text = append(text, '\n')
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", text, 0o644))
		t.Log("openapi.json is new: build again")
		return
	}
	assert.JSONEq(t, string(text), string(apidoc.JSON), "run this test with -update")
}

func TestDocumentIsValid(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(apidoc.JSON)
	require.NoError(t, err)
	assert.NoError(t, doc.Validate(t.Context()))
	assert.Equal(t, "3.1.0", doc.OpenAPI)
	assert.Len(t, doc.Paths.Map(), 12)
}

func TestPageLoadsNothingFromElsewhere(t *testing.T) {
	assert.Contains(t, string(apidoc.Page), `src="docs/`+apidoc.ScriptName+`"`)
	assert.NotContains(t, string(apidoc.Page), "://")
	script, err := apidoc.Script()
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(script, []byte("/*! OpenAPI Explorer 2.4.820")))
}
