// Package matrixtest holds tests only: every layer of package dram, middleware and
// contrib inside and outside of every other one, around handlers that answer in
// all the ways that there are, over HTTP/1.1 and HTTP/2. What a client must see is
// not recorded but derived (model_test.go): from what the handler does alone, and
// from what each layer is documented to change. See docs/middleware.md.
//
//	go test ./internal/matrixtest                                      # all pairs, a part of the handlers each
//	go test ./internal/matrixtest -run Matrix -timeout 170m -full      # all pairs and triples, all handlers
package matrixtest
