package report

import (
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dram-go/dram/benchmarks/rows"
)

// The chart: for each of some rows a group of bars, one for each framework, as
// long as its time beside gin's. A bar that would leave the chart is cut, and
// its figure tells.
const (
	chartWidth  = 760
	chartLeft   = 130 // where the bars begin
	chartRight  = 60  // room for the last figure
	chartTop    = 56
	barHeight   = 11
	groupGap    = 12
	chartLimit  = 2.5 // the ratio at which bars are cut
	chartFooter = 26
)

// chartPeers are the frameworks with the classes of their bars.
var chartPeers = []struct{ name, class string }{
	{"dram", "a"}, {"gin", "b"}, {"echo", "c"}, {"bunrouter", "d"}, {"httprouter", "e"}, {"chi", "f"}, {"ServeMux", "g"},
}

const chartStyle = `<style>
text{font:11px system-ui,sans-serif;fill:#333}
.title{font-size:14px;font-weight:600}
.name{text-anchor:end;font-size:12px}
line{stroke:#999;stroke-dasharray:3 3}
.a{fill:#c2570c}.b{fill:#5b8def}.c{fill:#7fb069}.d{fill:#a78bca}.e{fill:#c9a227}.f{fill:#8fa3ad}.g{fill:#b5b5b5}
@media (prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#777}}
</style>
`

// SVG draws the chart; "" if there are no rows.
func (r *Report) SVG() string {
	var body strings.Builder
	y := chartTop
	for _, row := range r.Rows {
		if slices.Contains(summaryRows, row.Row) {
			y = drawGroup(&body, row, y) + groupGap
		}
	}
	if body.Len() == 0 {
		return ""
	}
	var b strings.Builder
	height := y + chartFooter
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", chartWidth, height)
	title := "Time for the same work, gin = 1; shorter is faster"
	fmt.Fprintf(&b, "<title>%s</title>\n%s", title, chartStyle)
	fmt.Fprintf(&b, `<text class="title" x="%d" y="18">%s</text>`+"\n", chartLeft, title)
	drawLegend(&b)
	fmt.Fprintf(&b, `<line x1="%[1]d" x2="%[1]d" y1="%[2]d" y2="%[3]d"/>`+"\n", barEnd(1), chartTop-6, y-groupGap+4)
	b.WriteString(body.String())
	fmt.Fprintf(&b, `<text x="%d" y="%d">%s, %s, %s, dram %s</text>`+"\n</svg>\n", chartLeft, height-10,
		r.About.Date.Format("2006-01-02"), escape(r.About.Go), escape(r.About.CPU), escape(r.About.Commit))
	return b.String()
}

func drawLegend(b *strings.Builder) {
	x := chartLeft
	for _, p := range chartPeers {
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="28" width="10" height="10"/><text x="%d" y="37">%s</text>`+"\n", p.class, x, x+14, p.name)
		x += 34 + 7*len(p.name)
	}
}

// drawGroup draws the bars of one row from y on, and returns where they end.
func drawGroup(b *strings.Builder, row rows.Result, y int) int {
	top := y
	for _, p := range chartPeers {
		for _, cell := range row.Cells {
			if cell.Peer != p.name {
				continue
			}
			if cell.Refuses != "" {
				fmt.Fprintf(b, `<text x="%d" y="%d">%s refuses the routes</text>`+"\n", chartLeft+4, y+barHeight-2, p.name)
			} else {
				end := barEnd(cell.Ratio)
				fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, p.class, chartLeft, y, end-chartLeft, barHeight-1)
				fmt.Fprintf(b, `<text x="%d" y="%d">%.2f</text>`+"\n", end+4, y+barHeight-2, cell.Ratio)
			}
			y += barHeight
		}
	}
	fmt.Fprintf(b, `<text class="name" x="%d" y="%d">%s</text>`+"\n", chartLeft-8, (top+y)/2+4, escape(row.Row))
	return y
}

// barEnd is where the bar of a ratio ends.
func barEnd(ratio float64) int {
	return chartLeft + int(math.Round(min(ratio, chartLimit)/chartLimit*(chartWidth-chartLeft-chartRight)))
}

func escape(s string) string {
	var b strings.Builder
	// A strings.Builder takes everything.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
