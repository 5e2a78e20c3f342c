// Package wiretest holds tests only: what a client can send that two servers may understand in two
// ways, and what it can send to use up its memory, to an Engine that is run as a program runs it: on
// net/http, on h1, and on both with nginx in front. See docs/reliability.md.
//
//	go test ./internal/wiretest
//
// The rows of HTTP/1.1 (rows_*_test.go) are bytes; what must hold is that no request is seen
// which was not sent, that nothing is read from a connection behind what was refused, and that nginx and
// the Engine agree on how many requests there were. Those of HTTP/2 (h2_*_test.go) are frames.
// How h1 and net/http compare byte by byte is tested in package h1.
package wiretest
