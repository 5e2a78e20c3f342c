// Package report keeps the results of a run, and writes them down: as JSON, as
// tables in Markdown between the markers of a page, and as a chart.
package report

import (
	"encoding/json"
	"os"
	"time"

	"github.com/dram-go/dram/benchmarks/e2e"
	"github.com/dram-go/dram/benchmarks/footprint"
	"github.com/dram-go/dram/benchmarks/growth"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/typedrows"
)

// Report is all that a run has found.
type Report struct {
	About     About              `json:"about"`
	Rows      []rows.Result      `json:"rows,omitempty"`
	Typed     []typedrows.Result `json:"typed,omitempty"`
	EndToEnd  []e2e.Result       `json:"end_to_end,omitempty"`
	Footprint []footprint.Result `json:"footprint,omitempty"`
	Growth    []growth.Point     `json:"growth,omitempty"`
	// Missing tells why a part has no figures.
	Missing map[string]string `json:"missing,omitempty"`
}

// About says where figures come from.
type About struct {
	Date     time.Time         `json:"date"`
	Go       string            `json:"go"`
	System   string            `json:"system"`
	CPU      string            `json:"cpu"`
	Cores    int               `json:"cores"`
	Commit   string            `json:"commit"`
	Versions map[string]string `json:"versions"` // by module
	Method   string            `json:"method"`
}

// Load reads a report; a file that is not there is an empty one.
func Load(path string) (*Report, error) {
	r := &Report{}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(text, r)
}

// Save writes the report.
func (r *Report) Save(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// ratios are the ratios to gin of a framework in the rows of some groups; all
// groups if none is named.
func (r *Report) ratios(peer string, groups ...rows.Group) []float64 {
	var ratios []float64
	for _, row := range r.Rows {
		if len(groups) > 0 && !contains(groups, row.Group) {
			continue
		}
		for _, cell := range row.Cells {
			if cell.Peer == peer && cell.Refuses == "" {
				ratios = append(ratios, cell.Ratio)
			}
		}
	}
	return ratios
}

func contains(groups []rows.Group, group rows.Group) bool {
	for _, g := range groups {
		if g == group {
			return true
		}
	}
	return false
}
