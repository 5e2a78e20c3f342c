// Package sonic makes github.com/bytedance/sonic the JSON engine of dram. One
// import line does it:
//
//	import _ "github.com/dram-go/dram/contrib/sonic"
//
// sonic compiles code for each type when it is first used, on amd64 and arm64. On
// other processors this package is encoding/json, and with a Go release that sonic
// does not know yet, sonic is. The output is that of encoding/json: HTML escaped,
// map keys sorted, invalid UTF-8 replaced. Where the engines differ stands in
// docs/contrib.md.
//
// A program imports either this package or contrib/gojson; of both, the one that
// is initialized last wins.
package sonic

import "github.com/dram-go/dram/codec/json"

// Engine is sonic as a json.Core. The import makes it json.API.
type Engine struct{}

var _ json.Core = Engine{}

func init() { json.API = Engine{} }
