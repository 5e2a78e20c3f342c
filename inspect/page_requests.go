package inspect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// This file is the page Requests, which goes on while it is open, and the page of one request.

// row is one request of the list.
type row struct {
	ID             uint64
	At             time.Time
	Method, Target string
	Route          string
	Status         int
	Answer         string // the status, or what became of the request
	Took           micros
	Most           string // which layer took most of the time
	Mark           string // who panicked or kept others from running, or the first error
	MarkState      string
}

func (rec *request) row() row {
	h := rec.hider()
	r := row{ID: rec.id, At: rec.at, Method: rec.method, Target: rec.target(h), Route: rec.route(), Status: rec.status, Answer: rec.answer(), Took: micros(rec.took)}
	layers := rec.layerViews()
	name := func(l *layerView) string {
		if slices.ContainsFunc(layers, func(other layerView) bool { return other.Name == l.Name && other.Position != l.Position }) {
			return who(l.Name, l.Position)
		}
		return l.Name
	}
	if most := (&view{Layers: layers}).most(); most != nil && rec.took > 0 {
		r.Most = fmt.Sprintf("%s %d %%", name(most), 100*int64(most.Own)/int64(rec.took))
	}
	cut := len(rec.notRun()) > 0
	for _, e := range rec.events {
		switch {
		case e.layer < 0:
		case e.kind == kindPanic:
			r.Mark, r.MarkState = "panic in "+name(&layers[e.layer]), "bad"
			return r
		case e.kind == kindAbort && cut:
			r.Mark, r.MarkState = "aborted by "+name(&layers[e.layer]), "off"
		case r.Mark == "" && (e.kind == kindError || e.kind == kindNotBound):
			r.Mark, r.MarkState = e.mark(h), "bad"
		}
	}
	return r
}

// mark is an error in a few words: of a binding, the fields.
func (e event) mark(h *hider) string {
	var fields []string
	view := e.view(h)
	for _, f := range view.Fields {
		fields = append(fields, strings.TrimSpace(f.Field+" "+f.Message))
	}
	if fields == nil {
		return shorten(view.Text)
	}
	return strings.Join(fields, ", ")
}

// shorten returns the beginning of a long text.
func shorten(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// requestsData is what the page Requests shows.
type requestsData struct {
	Search  string
	Rows    []row
	Last    uint64
	Count   string
	IsEmpty bool // no request has come in so far
}

// maxRows is how many rows the page has, and maxEvent how many one event adds to it.
const (
	maxRows  = 200
	maxEvent = 50
)

// rows returns the requests after one, the newest first, as far as they fit a search.
func (m *inspector) rows(search string, after uint64, most int) (rows []row, last uint64) {
	newest, last := m.ring.after(after)
	for _, rec := range newest {
		if r := rec.row(); r.has(search) {
			if rows = append(rows, r); len(rows) == most {
				break
			}
		}
	}
	return rows, last
}

func (r row) has(search string) bool {
	return search == "" || hasWords(fmt.Sprint(r.Method, " ", r.Target, " ", r.Answer, " ", r.Route, " ", r.Most, " ", r.Mark), search)
}

func (m *inspector) requestsPage(c *dram.Context) any {
	data := requestsData{Search: c.Query("q"), Count: m.count()}
	data.Rows, data.Last = m.rows(data.Search, 0, maxRows)
	data.IsEmpty = data.Last == 0
	return data
}

// count says how many requests there were, and which are kept.
func (m *inspector) count() string {
	seen, kept, bytes, large := m.ring.counts()
	text := fmt.Sprintf("%d so far, %d running · ", seen, m.recorder.inFlight.Load())
	if uint64(kept)+large < min(seen, uint64(m.ring.count)) {
		text += fmt.Sprintf("the last %d are kept, which take %s of %s", kept, size(uint64(bytes)), size(uint64(m.ring.bytes)))
	} else {
		text += fmt.Sprintf("the last %d are kept", m.ring.count)
	}
	if kept > maxRows {
		text += fmt.Sprintf(", and the last %d shown", maxRows)
	}
	if large > 0 {
		text += fmt.Sprintf(" · %d larger than all may be (Config.Bytes), and not kept", large)
	}
	return text
}

// liveTick is how often a page is told of new requests.
const liveTick = 250 * time.Millisecond

// live is what an event tells a page.
type live struct {
	Rows     string `json:"rows"` // as HTML, the newest first
	Count    string `json:"count"`
	Total    uint64 `json:"total"`
	InFlight int64  `json:"inFlight"`
}

// events sends what comes after the request that the page has shown last. However many come in, an
// event has the newest of them, and comes four times a second at most.
func (m *inspector) events(c *dram.Context) {
	search, after := c.Query("q"), c.Query("after")
	root := m.guard.root(c)
	dram.SSE(c, func(ctx context.Context, seen string) (iter.Seq2[render.SSEvent, error], error) {
		if seen != "" {
			after = seen
		}
		last, _ := strconv.ParseUint(after, 10, 64)
		return func(yield func(render.SSEvent, error) bool) {
			tick := time.NewTicker(liveTick)
			defer tick.Stop()
			moved, leave := m.streams.join(c.GetString(sessionKey))
			defer leave()
			for running := int64(-1); ; {
				rows, now := m.rows(search, last, maxEvent)
				if inFlight := m.recorder.inFlight.Load(); now != last || inFlight != running {
					last, running = now, inFlight
					event, err := liveEvent(rows, root, live{Count: m.count(), Total: now, InFlight: inFlight})
					if !yield(event, err) {
						return
					}
				}
				select {
				case <-tick.C:
				case <-moved:
					yield(render.SSEvent{Event: "moved", Data: "to another tab"}, nil)
					return
				case <-ctx.Done():
					return
				}
			}
		}, nil
	}, dram.SSEConfig{Retry: time.Second})
}

func liveEvent(rows []row, root string, l live) (render.SSEvent, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, "rows", page{Root: root, Data: rows}); err != nil {
		return render.SSEvent{}, err
	}
	l.Rows = out.String()
	text, err := json.Marshal(l)
	return render.SSEvent{Event: "requests", ID: strconv.FormatUint(l.Total, 10), Data: string(text)}, err
}

// requestData is what the page of one request shows.
type requestData struct {
	*view
	Glance           []string
	Onion            []onionRow
	Curl, Timing     string
	WhyNot           string // it cannot be sent again
	Consent, HasBody bool
	FormToken        string
}

// onionRow is one layer with its bar, in thousandths of the time of the request.
type onionRow struct {
	layerView
	From, Width float64
	OwnBars     []bar
	Marks       []mark
	Share       int  // of its own time, percent
	Failed      bool // it has panicked itself
}

// bar is a part of the time, and mark a moment.
type (
	bar  struct{ X, Width float64 }
	mark struct {
		X    float64
		Kind string
	}
)

// onion returns the layers as nested bars.
func (v *view) onion() (rows []onionRow) {
	all := max(1, float64(v.Took))
	at := func(d time.Duration) float64 { return 1000 * float64(d) / all }
	for _, l := range v.Layers {
		r := onionRow{layerView: l, From: at(time.Duration(l.Start)), Width: max(2, at(time.Duration(l.Total))), Share: int(100*float64(l.Own)/all + .5)}
		for _, s := range l.own {
			r.OwnBars = append(r.OwnBars, bar{at(s.from), at(s.to - s.from)})
		}
		for _, e := range l.Events {
			r.Marks = append(r.Marks, mark{min(997, at(time.Duration(e.At))), strings.ReplaceAll(string(e.Kind), " ", "-")})
		}
		r.Failed = slices.ContainsFunc(l.Events, func(e eventView) bool { return e.Kind == kindPanic })
		rows = append(rows, r)
	}
	return rows
}

// requestPage answers with one request, "17", or one of its files, "17/json".
func (m *inspector) requestPage(c *dram.Context, rest string) {
	id, file, _ := strings.Cut(rest, "/")
	rec := m.find(id)
	if rec == nil {
		m.sorry(c, http.StatusNotFound, gone)
		return
	}
	v := rec.view(m.source(rec))
	switch file {
	case "":
		m.show(c, "request", "requests", fmt.Sprintf("%s %s", v.Method, v.Path), requestData{
			view: v, Glance: v.glance(), Onion: v.onion(), Curl: v.curlLine(rec), Timing: v.serverTiming(),
			WhyNot: rec.whyNotAgain(), Consent: rec.needsConsent(), HasBody: rec.hasBody(), FormToken: m.guard.formToken(),
		})
	case "json":
		text, _ := json.MarshalIndent(v, "", "\t") // texts and numbers
		download(c, "request-"+id+".json", "application/json", text)
	case "trace":
		download(c, "trace-"+id+".json", "application/json", v.traceEvents())
	default:
		m.sorry(c, http.StatusNotFound, "There is no such page.")
	}
}

// source returns where the route of a request was registered.
func (m *inspector) source(rec *request) (source string) {
	for _, route := range m.engine.Routes() {
		if route.Path != rec.pattern || route.Host != rec.patternHost {
			continue
		}
		if route.Method == rec.method {
			return route.Source
		}
		if route.Method == http.MethodGet { // which answers HEAD as well
			source = route.Source
		}
	}
	return source
}
