// Package handbook holds the files of the handbook: README.md is where to begin. It is a
// package so that a test which does what the pages say runs again when they change.
// See docs/handbook/README.md.
package handbook

import "embed"

// Files are the pages, and in _code the program that they build: each directory of a chapter
// lies over those before it.
//
//go:embed *.md zh _code
var Files embed.FS
