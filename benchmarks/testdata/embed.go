// Package testdata holds the route tables, one route a line: METHOD /path.
// github.txt, static.txt, gplus.txt and parse.txt are the tables that router
// benchmarks of this field have always used; siblings.txt is ours.
package testdata

import "embed"

//go:embed *.txt
var Tables embed.FS
