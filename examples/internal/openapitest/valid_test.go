package openapitest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documents are one of each version.
func documents() map[string][]byte {
	_, shop := newShop()
	_, newer := newerShop()
	return map[string][]byte{"3.1": shop.Document(), "3.2": newer.Document()}
}

func TestDocumentIsValidByTheOfficialSchema(t *testing.T) {
	dir := tools.folder(t)
	for version, text := range documents() {
		t.Run(version, func(t *testing.T) {
			schema := official(t, run(t, dir, "node", "schemas.js", version), version)
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			require.NoError(t, err)
			assert.NoError(t, schema.Validate(doc))

			// It sees what is wrong, in schemas too.
			for right, wrong := range map[string]string{`"operationId"`: `"operationID"`, `"maxItems": 4`: `"maxItems": "4"`, `"in": "query"`: `"in": "body"`} {
				require.Contains(t, string(text), right)
				doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(string(text), right, wrong, 1)))
				require.NoError(t, err)
				assert.Error(t, schema.Validate(doc), wrong)
			}
		})
	}
}

// official compiles the schema that checks Schema Objects too.
func official(t *testing.T, schemas, version string) *jsonschema.Schema {
	t.Helper()
	var byURI map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(schemas), &byURI))
	c := jsonschema.NewCompiler()
	for uri, text := range byURI {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		require.NoError(t, c.AddResource(uri, doc))
	}
	schema, err := c.Compile("https://spec.openapis.org/oas/" + version + "/schema-base")
	require.NoError(t, err)
	return schema
}

func TestLinterFindsNoErrors(t *testing.T) {
	dir := tools.folder(t)
	texts := documents()
	_, texts["examples/crud"] = library(t)
	for version, text := range texts {
		t.Run(version, func(t *testing.T) {
			out := run(t, dir, bin("redocly"), "lint", "--extends=recommended", "--format=json", document(t, text))
			var report struct {
				Totals   struct{ Errors, Warnings int }
				Problems []struct{ RuleID, Message string }
			}
			require.NoError(t, json.Unmarshal([]byte(out), &report), out)
			assert.Zero(t, report.Totals.Errors)
			for _, problem := range report.Problems {
				assert.Contains(t, []string{"tag-description", "info-license"}, problem.RuleID, problem.Message)
			}
		})
	}
}
