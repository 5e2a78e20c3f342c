// Package openapitest holds tests only: what others make of the documents of package typed, of a
// shop with all of its features and of examples/crud. They are valid by the schemas that the OpenAPI Initiative publishes and to Redocly's linter, and
// clients that openapi-typescript and oapi-codegen generate from them compile and talk to the
// server. The tools come through npm and the Go proxy; where they cannot be had, and with
// -short, the tests are skipped; with DRAM_TEST_NODE=1 those of npm fail where they cannot be had.
package openapitest
