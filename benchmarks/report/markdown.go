package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dram-go/dram/benchmarks/rows"
)

// A table is written row by row; all columns but the first are figures.
type table struct{ strings.Builder }

func newTable(head ...string) *table {
	t := new(table)
	t.row(head...)
	t.WriteString("|---" + strings.Repeat("|---:", len(head)-1) + "|\n")
	return t
}

func (t *table) row(cells ...string) {
	t.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// Sections are the parts of the page, by the name of their markers.
func (r *Report) Sections() map[string]string {
	return map[string]string{
		"about":     r.about(),
		"summary":   r.Summary(),
		"rows":      r.rowsTable(),
		"targets":   r.targetsTable(),
		"typed":     r.typedTable(),
		"e2e":       r.endToEndTable(),
		"footprint": r.footprintTable(),
		"routes":    r.curve("routes", "routes", true),
		"hostile":   r.curve("hostile", "routes", false),
		"render":    r.curve("render", "bytes", false),
		"bind":      r.curve("bind", "bytes", false),
	}
}

func (r *Report) about() string {
	a := r.About
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s, %d × %s, dram at %s. %s\n\n", a.Date.Format("2006-01-02"), a.Go, a.System, a.Cores, a.CPU, a.Commit, a.Method)
	var versions []string
	for _, module := range slices.Sorted(maps.Keys(a.Versions)) {
		versions = append(versions, module+" "+a.Versions[module])
	}
	fmt.Fprintf(&b, "Beside it: %s.\n", strings.Join(versions, ", "))
	return b.String()
}

// rowsTable has a column for each framework, with ns and ratio in each cell.
func (r *Report) rowsTable() string {
	if len(r.Rows) == 0 {
		return r.missing("rows")
	}
	var names []string
	for _, row := range r.Rows {
		for _, cell := range row.Cells {
			if !slices.Contains(names, cell.Peer) && !strings.Contains(cell.Peer, "+") {
				names = append(names, cell.Peer)
			}
		}
	}
	t := newTable(append([]string{"row"}, names...)...)
	for _, row := range r.Rows {
		t.row(append([]string{row.Row}, rowCells(row, names)...)...)
		for _, cell := range row.Cells {
			if _, engine, ok := strings.Cut(cell.Peer, "+"); ok {
				cell.Peer = names[0]
				t.row(append([]string{row.Row + ", " + engine}, rowCells(rows.Result{Cells: []rows.Cell{cell}}, names)...)...)
			}
		}
	}
	return t.String()
}

func rowCells(row rows.Result, names []string) []string {
	cells := make([]string, len(names))
	for i, name := range names {
		cells[i] = "–"
		for _, cell := range row.Cells {
			if cell.Peer == name {
				cells[i] = rowCell(cell)
			}
		}
	}
	return cells
}

func rowCell(cell rows.Cell) string {
	if cell.Refuses != "" {
		return "refuses"
	}
	text := fmt.Sprintf("%s · **%.2f**", thousands(cell.Ns), cell.Ratio)
	if allocs := math.Round(cell.Allocs); allocs > 0 {
		text += fmt.Sprintf(" · %s", thousands(allocs))
	}
	if cell.ByHand {
		text += " ✎"
	}
	return text
}

// typedTable has the time of a typed handler beside each of the others.
func (r *Report) typedTable() string {
	if len(r.Typed) == 0 {
		return r.missing("typed")
	}
	var b strings.Builder
	for _, row := range r.Typed {
		t := newTable(row.Row, "ns", "typed / this", "allocations", "bytes")
		for _, cell := range row.Cells {
			t.row(cell.Subject, thousands(cell.Ns), fmt.Sprintf("**%.2f**", cell.Ratio), thousands(math.Round(cell.Allocs)), thousands(math.Round(cell.Bytes)))
		}
		b.WriteString(t.String() + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (r *Report) endToEndTable() string {
	if len(r.EndToEnd) == 0 {
		return r.missing("e2e")
	}
	var b strings.Builder
	for _, row := range r.EndToEnd {
		t := newTable(row.Row, "requests/s", "to gin", "p99, ms", "server CPU, µs/request")
		for _, cell := range row.Cells {
			t.row(cell.Server, thousands(cell.PerSecond), fmt.Sprintf("**%.2f**", cell.Ratio),
				fmt.Sprintf("%.2f", cell.P99), fmt.Sprintf("%.1f", cell.CPU))
		}
		b.WriteString(t.String() + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (r *Report) footprintTable() string {
	if len(r.Footprint) == 0 {
		return r.missing("footprint")
	}
	t := newTable("program", "modules", "linked packages", "stripped, MB", "cold build, s")
	for _, p := range r.Footprint {
		if p.Error != "" {
			t.row(p.Program, "–", "–", "–", "–")
			continue
		}
		build := "–"
		if p.Build > 0 {
			build = fmt.Sprintf("%.0f", p.Build)
		}
		t.row(p.Program, fmt.Sprint(p.Modules), fmt.Sprint(p.Packages), fmt.Sprintf("%.2f", float64(p.Bytes)/1e6), build)
	}
	return t.String()
}

// curve has a row for each size and a column for each framework.
func (r *Report) curve(name, unit string, memory bool) string {
	var peers []string
	var sizes []int
	for _, p := range r.Growth {
		if p.Curve != name {
			continue
		}
		if !slices.Contains(peers, p.Peer) {
			peers = append(peers, p.Peer)
		}
		if !slices.Contains(sizes, p.Size) {
			sizes = append(sizes, p.Size)
		}
	}
	if len(sizes) == 0 {
		return r.missing("growth")
	}
	slices.Sort(sizes)
	t := newTable(append([]string{unit}, peers...)...)
	for _, size := range sizes {
		cells := []string{thousands(float64(size))}
		for _, peer := range peers {
			cells = append(cells, r.curveCell(name, peer, size, memory))
		}
		t.row(cells...)
	}
	return t.String()
}

func (r *Report) curveCell(curve, peer string, size int, memory bool) string {
	for _, p := range r.Growth {
		if p.Curve != curve || p.Peer != peer || p.Size != size {
			continue
		}
		switch {
		case p.Ns == 0:
			return "gives up"
		case memory:
			return fmt.Sprintf("%s · %s B", thousands(p.Ns), thousands(p.Bytes))
		}
		return thousands(p.Ns)
	}
	return "–"
}

func (r *Report) missing(part string) string {
	if why := r.Missing[part]; why != "" {
		return "Not measured: " + why + "\n"
	}
	return "Not measured yet.\n"
}

// thousands writes a small figure with one decimal, unless it is whole, and a
// large one with a comma before each three digits.
func thousands(v float64) string {
	if v < 99.95 && v != math.Trunc(v) {
		return fmt.Sprintf("%.1f", v)
	}
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
