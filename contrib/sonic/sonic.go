// Package sonic makes github.com/bytedance/sonic the JSON engine of dram.
// Importing it is enough:
//
//	import _ "github.com/dram-go/dram/contrib/sonic"
//
// On amd64 and arm64, sonic compiles code for each type when it is first used.
// On other processors this package uses encoding/json, and so does sonic itself
// with a Go release that it does not support yet. The output is that of
// encoding/json: HTML escaped, map keys sorted, invalid UTF-8 replaced.
// docs/contrib.md lists the differences between the engines.
//
// Import either this package or contrib/gojson; of both, the one that is
// initialized last is used.
package sonic

import "github.com/dram-go/dram/codec/json"

// Engine is sonic as a json.Core. Importing the package makes it json.API.
type Engine struct{}

var _ json.Core = Engine{}

func init() { json.API = Engine{} }
