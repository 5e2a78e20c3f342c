// Command overload shows what a limit of requests at work is worth: a server on loopback gets
// more requests than it can do, or than it has places for, from clients that send them whatever
// comes back, and wait no longer than a deadline. Each limit begins cold. It takes four minutes,
// and writes the table of ../docs/middleware.md:
//
//	export GOWORK=off
//	go run ./overload
//
// The clients share the cores with the server, so the figures are for comparing limits, and no load
// uses the cores up: the clients would be late themselves.
package main

import (
	"flag"
	"fmt"
	"log"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/report"
	"github.com/dram-go/dram/middleware"
)

// limits are the rows of the table.
var limits = []struct {
	name string
	cfg  *middleware.ConcurrencyConfig
}{
	{"none", nil},
	{"fixed, 2", &middleware.ConcurrencyConfig{Max: 2}},
	{"fixed, 8", &middleware.ConcurrencyConfig{Max: 8}},
	{"fixed, 100", &middleware.ConcurrencyConfig{Max: 100}},
	{"fixed, 8, by priority, with a queue of 20", &middleware.ConcurrencyConfig{
		Max: 8, Priority: byHeader, Queue: 20, Wait: 100 * time.Millisecond,
	}},
	{"adaptive", &middleware.ConcurrencyConfig{Max: 1000, Adaptive: &middleware.AdaptiveLimit{}}},
	{"adaptive, by priority, with a queue of 20", &middleware.ConcurrencyConfig{
		Max: 1000, Adaptive: &middleware.AdaptiveLimit{},
		Priority: byHeader, Queue: 20, Wait: 100 * time.Millisecond,
	}},
}

// byHeader is for an experiment: a service does not let clients choose.
func byHeader(c *dram.Context) middleware.Priority {
	n, _ := strconv.Atoi(c.GetHeader("X-Priority"))
	return middleware.Priority(n)
}

func main() {
	page := flag.String("page", "../docs/middleware.md", `the page whose table is written; "" for none`)
	flag.Parse()
	var table strings.Builder
	table.WriteString("| Limit |")
	for _, load := range loads {
		table.WriteString(" " + load.name + " |")
	}
	table.WriteString("\n|---|" + strings.Repeat("---|", len(loads)) + "\n")
	for _, limit := range limits {
		table.WriteString("| " + limit.name + " |")
		for _, load := range loads {
			var layer dram.HandlerFunc
			if limit.cfg != nil {
				layer = middleware.Concurrency(*limit.cfg)
			}
			cell := load.run(layer)
			log.Printf("%s; %s: %s", limit.name, load.name, cell)
			table.WriteString(" " + cell + " |")
		}
		table.WriteString("\n")
	}
	fmt.Print(table.String())
	if *page != "" {
		if err := report.FillFile(*page, map[string]string{"overload": table.String()}); err != nil {
			log.Fatal(err)
		}
	}
}
