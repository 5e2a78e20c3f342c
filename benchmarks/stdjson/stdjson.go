// Package stdjson remembers dram's default JSON engine.
//
// The engines of contrib replace codec/json.API when they are imported, and a
// program that compares them needs the first one back. This package imports
// only codec/json, and packages that are ready are initialized in the order of
// their import paths, so its variable is set before theirs change API.
package stdjson

import "github.com/dram-go/dram/codec/json"

var standard = json.API

// Restore makes encoding/json the engine again.
func Restore() { json.API = standard }
