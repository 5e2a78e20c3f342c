package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// The chart: for each of some rows a group of bars, one for each framework, as long as its time beside gin's. A bar that would
// leave the chart is cut, and its figure tells.
const (
	chartWidth = 760
	chartLeft  = 130 // where the bars begin
	chartRight = 60  // room for the last figure
	chartTop   = 56
	barHeight  = 11
	groupGap   = 12
	chartLimit = 2.5 // the ratio at which bars are cut
)

// chartPeers are the frameworks, whose bars are of the classes a, b …
var chartPeers = []string{"dram", "gin", "echo", "bunrouter", "httprouter", "chi", "ServeMux"}

const chartTitle = "Time for the same work, gin = 1; shorter is faster"

const chartHead = `<title>` + chartTitle + `</title>
<style>
text{font:11px system-ui,sans-serif;fill:#333}
.title{font-size:14px;font-weight:600}
.name{text-anchor:end;font-size:12px}
line{stroke:#999;stroke-dasharray:3 3}
.a{fill:#c2570c}.b{fill:#5b8def}.c{fill:#7fb069}.d{fill:#a78bca}.e{fill:#c9a227}.f{fill:#8fa3ad}.g{fill:#b5b5b5}
@media (prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#777}}
</style>
`

// chart draws it as SVG.
func (rs results) chart() string {
	var b strings.Builder
	rs = rs.summary()
	text := func(class string, x, y int, format string, args ...any) {
		fmt.Fprintf(&b, `<text class="%s" x="%d" y="%d">`, class, x, y)
		_ = xml.EscapeText(&b, fmt.Appendf(nil, format, args...)) // a strings.Builder takes everything
		b.WriteString("</text>\n")
	}
	bar := func(peer, x, y, width, height int) {
		fmt.Fprintf(&b, `<rect class="%c" x="%d" y="%d" width="%d" height="%d"/>`, 'a'+peer, x, y, width, height)
	}
	long := func(ratio float64) int {
		return int(math.Round(min(ratio, chartLimit) / chartLimit * (chartWidth - chartLeft - chartRight)))
	}
	text("title", chartLeft, 18, chartTitle)
	x := chartLeft
	for i, peer := range chartPeers {
		bar(i, x, 28, 10, 10)
		text("", x+14, 37, "%s", peer)
		x += 34 + 7*len(peer)
	}
	y := chartTop
	for _, row := range summaryRows {
		top := y
		for i, peer := range chartPeers {
			r := rs.find(row, peer)
			switch {
			case r == nil:
				continue
			case missing(r) != "":
				text("", chartLeft+4, y+barHeight-2, "%s %s the routes", peer, missing(r))
			default:
				ratio := value(r, "ratio")
				bar(i, chartLeft, y, long(ratio), barHeight-1)
				text("", chartLeft+long(ratio)+4, y+barHeight-2, "%.2f", ratio)
			}
			y += barHeight
		}
		text("name", chartLeft-8, (top+y)/2+4, "%s", row)
		y += groupGap
	}
	one := chartLeft + long(1)
	fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%d" y2="%d"/>`+"\n", one, one, chartTop-6, y-groupGap+4)
	if len(rs) > 0 {
		text("", 8, y+16, "%s", rs.run())
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n%s%s</svg>\n",
		chartWidth, y+26, chartHead, &b)
}
