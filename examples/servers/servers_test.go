package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// column is a server of the table.
type column struct {
	name  string
	start func(t *testing.T) *subject
}

func columns() []column {
	all := []column{{"recorder", recorded}, {"httptest", inTests}}
	for _, s := range servers {
		all = append(all, column{s.name, s.started})
	}
	return all
}

// TestServers sends the same requests to all servers. README.md says what is seen of each;
// -v prints it.
func TestServers(t *testing.T) {
	want, seen := readTable(t), table{}
	for _, column := range columns() {
		t.Run(column.name, func(t *testing.T) {
			s := column.start(t)
			t.Run("the printed command", func(t *testing.T) { runCommand(t, s.try) })
			for _, row := range rows {
				t.Run(row.name, func(t *testing.T) {
					got := row.see(t, s, want[row.name][column.name])
					seen.set(row.name, column.name, got)
					assert.Equal(t, want[row.name][column.name], got, "not what README.md says")
				})
			}
		})
	}
	t.Log("\n" + seen.String())
}

// runCommand runs the line of curl that the program prints.
func runCommand(t *testing.T, try string) {
	_, command, ok := strings.Cut(try, "curl -i ")
	if !ok {
		t.Skip("not one of those that the program runs")
	}
	features, err := exec.Command("curl", "-V").Output()
	if err != nil || strings.Contains(command, "--http3") && !strings.Contains(string(features), "HTTP3") {
		t.Skip("it needs a curl, for h3 one with HTTP/3")
	}
	out, err := exec.Command("sh", "-c", "curl -sS -i "+command).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), `"proto":`)
}

// table is what was seen, by row and column.
type table map[string]map[string]string

func (tab table) set(row, column, cell string) {
	if tab[row] == nil {
		tab[row] = map[string]string{}
	}
	tab[row][column] = cell
}

// String is the table in Markdown, of the columns that ran.
func (tab table) String() string {
	var text strings.Builder
	head, line := "| |", "|---|"
	var ran []string
	for _, column := range columns() {
		if _, ok := tab[rows[0].name][column.name]; ok {
			ran = append(ran, column.name)
			head, line = head+" "+column.name+" |", line+"---|"
		}
	}
	fmt.Fprintf(&text, "%s\n%s\n", head, line)
	for _, row := range rows {
		fmt.Fprintf(&text, "| %s |", row.name)
		for _, column := range ran {
			fmt.Fprintf(&text, " %s |", tab[row.name][column])
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// readTable reads the first table of README.md, whose rows and columns are those that run.
func readTable(t *testing.T) table {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, text, ok := strings.Cut(string(readme), "| |")
	require.True(t, ok, "README.md has no table")
	text, _, _ = strings.Cut("| |"+text, "\n\n")
	want := table{}
	var names []string
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		switch {
		case i == 0:
			names = cells
		case i > 1:
			require.Len(t, cells, len(names), line)
			for j, cell := range cells[1:] {
				want.set(cells[0], names[j+1], cell)
			}
		}
	}
	assert.Equal(t, strings.TrimSpace(text)+"\n", want.String(), "its rows and columns, and their order")
	return want
}
