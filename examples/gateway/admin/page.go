package admin

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/examples/gateway/split"
	dramrender "github.com/dram-go/dram/render"
)

// The page is made here, and works without a script. What changes are cells, each with an id:
// the script puts into them what the events say, and so what an operator has in hand, a field or
// the focus, stays as it is.

//go:embed page
var files embed.FS

var templates = template.Must(template.New("").ParseFS(files, "page/*.html"))

// cell is a text of the page that changes.
type cell struct {
	ID    string `json:"id"`
	Label string `json:"-"`
	Text  string `json:"text"`
	State string `json:"state"` // good, bad, off or "", beside what the text says
}

// view is what the page shows.
type view struct {
	State
	Since     string
	Routes    []routeView
	Upstreams []upstreamView
	Splits    []splitView
	cells     []cell
}

type routeView struct {
	Route
	Cells []cell
}

type upstreamView struct {
	Name    string
	Servers []serverView
}

type serverView struct {
	Server
	ID    string
	Cells []cell
}

type splitView struct {
	Split
	Cells []cell
}

// look makes the view of a state.
func look(s State) *view {
	v := &view{State: s, Since: s.Since.Format("2006-01-02 15:04:05")}
	for i, r := range s.Routes {
		cells := v.red(fmt.Sprintf("r%d", i), r.RED)
		v.Routes = append(v.Routes, routeView{r, cells})
	}
	for _, u := range s.Upstreams {
		uv := upstreamView{Name: u.Name}
		for _, server := range u.Servers {
			uv.Servers = append(uv.Servers, v.server(u.Name, server))
		}
		v.Upstreams = append(v.Upstreams, uv)
	}
	for i, one := range s.Splits {
		v.Splits = append(v.Splits, splitView{one, v.split(fmt.Sprintf("x%d", i), one)})
	}
	v.Decisions = s.Decisions[:min(len(s.Decisions), 20)]
	return v
}

// add makes cells of a row; label and text stand in turn.
func (v *view) add(row string, cells ...cell) []cell {
	for i := range cells {
		cells[i].ID = row + "-" + strings.ToLower(strings.ReplaceAll(cells[i].Label, " ", "-"))
	}
	v.cells = append(v.cells, cells...)
	return cells
}

// red are the cells of a rate, errors and a duration.
func (v *view) red(row string, r seen.RED) []cell {
	errors := cell{Label: "Errors", Text: percent(r.Errors)}
	if r.Errors > 0 {
		errors.State = "bad"
	}
	return v.add(row, cell{Label: "Rate", Text: rate(r.Rate)}, errors, cell{Label: "p99", Text: took(time.Duration(r.P99))})
}

func (v *view) server(name string, s Server) serverView {
	health := cell{Label: "Health", Text: string(s.Health), State: "bad"}
	switch s.Health {
	case "well":
		health.State = "good"
	case "drained":
		health.State = "off"
	case "ejected":
		health.Text += " until " + s.EjectedUntil.Format("15:04:05")
	}
	id := serverID(name, s.Addr)
	cells := v.add(id, health, cell{Label: "In flight", Text: fmt.Sprint(s.InFlight)}, cell{Label: "Weight", Text: fmt.Sprint(s.Weight)})
	return serverView{s, id, append(cells, v.red(id, s.RED)...)}
}

func (v *view) split(row string, s Split) []cell {
	var shares, how []string
	for i, version := range s.Versions {
		red := s.Rates[i]
		shares = append(shares, version.Name+" "+percent(version.Share))
		how = append(how, fmt.Sprintf("%s: %s, %s errors, p99 %s", version.Name, rate(red.Rate), percent(red.Errors), took(time.Duration(red.P99))))
	}
	cells := []cell{{Label: "Shares", Text: strings.Join(shares, " · ")}, {Label: "Seen", Text: strings.Join(how, " · ")}}
	if r := s.Ramp; r != nil {
		ramp := cell{Label: "Ramp", Text: r.Version + " " + string(r.Status), State: map[split.Status]string{split.Aborted: "bad", split.Done: "good"}[r.Status]}
		if !r.At.IsZero() {
			ramp.Text += ", " + percent(r.Next) + " at " + r.At.Format("15:04:05")
		}
		cells = append(cells, ramp, cell{Label: "Why", Text: s.Records[len(s.Records)-1].Why})
	}
	return v.add(row, cells...)
}

// serverID is the id of a server's row: letters and digits, and one for each server.
func serverID(upstream, addr string) string { return fmt.Sprintf("s%x", upstream+" "+addr) }

func rate(r float64) string {
	switch {
	case r == 0:
		return "–"
	case r < 10:
		return fmt.Sprintf("%.1f/s", r)
	}
	return fmt.Sprintf("%.0f/s", r)
}

func percent(share float64) string { return fmt.Sprintf("%.3g %%", share*100) }

func took(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// render sends a template as a page.
func render(c *dram.Context, status int, name string, data any) {
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, data); err != nil {
		c.Fail(err)
		return
	}
	c.Data(status, "text/html; charset=utf-8", text.Bytes())
}

func (a *Admin) page(c *dram.Context) { render(c, http.StatusOK, "page", look(a.gateway.State())) }

// events sends what changes on a page of the file with a tag, once a second, until there is another
// file, whose page has other rows.
func (a *Admin) events(c *dram.Context) {
	tag := c.Query("tag")
	dram.SSE(c, func(ctx context.Context, _ string) (iter.Seq2[dramrender.SSEvent, error], error) {
		return func(yield func(dramrender.SSEvent, error) bool) {
			send := func(event string, data any) bool {
				text, _ := json.Marshal(data) // of texts
				return yield(dramrender.SSEvent{Event: event, Data: string(text)}, nil)
			}
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			was, decided := make(map[string]cell), 0
			for {
				v := look(a.gateway.State())
				if tag = cmp.Or(tag, v.Tag); tag != v.Tag {
					send("file", v.Tag)
					return
				}
				changed := slices.DeleteFunc(v.cells, func(now cell) bool { return was[now.ID] == now })
				for _, now := range changed {
					was[now.ID] = now
				}
				if len(changed) > 0 && !send("cells", changed) {
					return
				}
				var rows bytes.Buffer
				if v.Decided != decided && templates.ExecuteTemplate(&rows, "decisions", v) == nil && !send("decisions", rows.String()) {
					return
				}
				decided = v.Decided
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
		}, nil
	})
}
