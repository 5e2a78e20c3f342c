// Package httpfield is what dram knows of the grammar of HTTP's header fields
// and of what statuses allow, each rule written once: the root, binding, render,
// codec, the layers and contrib ask it. See docs/internals/13-writer.md.
//
//	token.go   tokens, quoted strings, names
//	list.go    comma-separated lists, and the params of an item
//	weight.go  q-values, and accept.go what they choose
//	media.go   media types
//	vary.go    Vary, added to and merged
//	status.go  which statuses have a body, which are not the last
//	hop.go     the headers of one connection, which no proxy passes on
//	host.go    a host and its port
//
// It imports the standard library only. What reads a header takes it apart in
// place and allocates nothing.
package httpfield
