// Package gin is dram under Gin's import path. One line in go.mod moves a program,
// and every library that it uses, from Gin to dram, without a changed source line:
//
//	replace github.com/gin-gonic/gin => github.com/dram-go/dram/contrib/gin v0.1.0
//
// Its types are dram's own, so a handler of a library that imports Gin is a
// dram.HandlerFunc. Its variables are dram's own as well, not copies: what sets
// gin.DefaultWriter has set dram.DefaultWriter. The packages binding, render and
// codec/json stand below it as they do in Gin, ginS is the package of functions over
// one engine, and TOML, YAML, MessagePack, Protocol Buffers and BSON are there without
// an import line of their own.
//
// Whatever dram has beyond Gin is here under the same name; its doc is in
// [github.com/dram-go/dram].
//
// # What cannot be here
//
//   - Engine.RunQUIC: HTTP/3 would bring quic-go into every program. Write
//     http3.Run(engine, addr, cert, key), of github.com/dram-go/dram/contrib/http3.
//   - The values of BindKey, BodyBytesKey and ContextKey are dram's, since dram keeps
//     its values under them: a program that uses the constants does not notice.
//   - IRoutes has QUERY as well: a type of your own that implements it needs that method.
//   - The folders of Gin's own tests and its internal packages.
//   - The build tags that choose a JSON library (sonic, go_json, jsoniter) and leave
//     MessagePack out (nomsgpack) change nothing: import contrib/sonic or
//     contrib/gojson for another JSON library.
//
// What behaves otherwise than in Gin, and why, is in docs/migration.md.
package gin

import (
	// The formats that Gin has without an import line.
	_ "github.com/dram-go/dram/contrib/bson"
	_ "github.com/dram-go/dram/contrib/msgpack"
	_ "github.com/dram-go/dram/contrib/protobuf"
	_ "github.com/dram-go/dram/contrib/toml"
	_ "github.com/dram-go/dram/contrib/yaml"
)

//go:generate go run ./internal/gen
