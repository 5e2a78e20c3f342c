// Package internals holds the pages of the guide through the source: README.md is where to
// begin. It is a package so that a test which does what the pages say runs again when they
// change. See docs/internals/README.md.
package internals

import "embed"

// Files are the pages in both languages.
//
//go:embed *.md zh
var Files embed.FS
