// Package faulttest holds tests only: what dram does when what is around it fails, and when that is
// over. A fault is one of the machine (no descriptors, no room, another time) or of the servers that a
// program asks. What belongs to one package is tested there; docs/reliability.md has the list.
//
//	go test ./internal/faulttest
package faulttest
