// Package schematest holds the schemas of internal/schema against an engine of JSON Schema that
// others have written: they fit the meta-schema, and both engines say the same of every value.
// See docs/adr/0022-rules-and-schemas.md.
package schematest
