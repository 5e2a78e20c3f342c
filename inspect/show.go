package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/mask"
)

// This file makes of a recorded request what may be seen of it: names for people, and no secrets. All
// that leaves the package goes this way.

// view is one request.
type view struct {
	ID       uint64      `json:"id"`
	At       time.Time   `json:"at"`
	Method   string      `json:"method"`
	Host     string      `json:"host"`
	Path     string      `json:"path"`
	Query    string      `json:"query,omitempty"`
	Proto    string      `json:"proto"`
	Client   string      `json:"client"`
	Header   []keyValue  `json:"header"`
	Route    string      `json:"route"`
	Source   string      `json:"source,omitempty"`
	Params   []keyValue  `json:"params,omitempty"`
	Keys     []keyValue  `json:"keys,omitempty"`
	Status   int         `json:"status"`
	Size     int         `json:"size"`
	Received int64       `json:"received"`
	Took     micros      `json:"took_us"`
	Layers   []layerView `json:"layers"`
	NotRun   []string    `json:"not_run,omitempty"`
	Cut      bool        `json:"cut,omitempty"` // a panic has left all layers: there is no whole answer
	Hijacked bool        `json:"hijacked,omitempty"`
	Outside  []eventView `json:"outside_of_layers,omitempty"`
	More     int         `json:"more_events,omitempty"`
	Stack    string      `json:"stack,omitempty"`

	began int
}

// keyValue is a header, a param or a key.
type keyValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// layerView is one layer, in the order in which they began.
type layerView struct {
	Name     string      `json:"name"`
	Position string      `json:"position"`
	Depth    int         `json:"depth"`
	Start    micros      `json:"start_us"`
	Total    micros      `json:"total_us"`
	Own      micros      `json:"own_us"`
	Running  bool        `json:"running,omitempty"` // when the request was over
	Panicked bool        `json:"panicked,omitempty"`
	Events   []eventView `json:"events,omitempty"`

	own []span // what is not inside of another layer
}

// span is a part of the time of a request.
type span struct{ from, to time.Duration }

// eventView is something that a layer has done.
type eventView struct {
	Kind     kind        `json:"kind"`
	At       micros      `json:"at_us"`
	Status   int         `json:"status,omitempty"`
	Text     string      `json:"text,omitempty"`
	Fields   []fieldView `json:"fields,omitempty"`
	Position string      `json:"position,omitempty"`
}

// fieldView is what is wrong with one field.
type fieldView struct {
	Source  string `json:"source,omitempty"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// micros is a time, as people and JSON have it.
type micros time.Duration

func (m micros) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(m)/float64(time.Microsecond)), nil
}

func (m micros) String() string {
	switch us := float64(m) / float64(time.Microsecond); {
	case us < 9.95:
		return fmt.Sprintf("%.1f µs", us)
	case us < 1000:
		return fmt.Sprintf("%.0f µs", us)
	case us < 1e6:
		return fmt.Sprintf("%.3g ms", us/1e3)
	default:
		return fmt.Sprintf("%.3g s", us/1e6)
	}
}

// target is the path and query.
func (rec *request) target(h *hider) string {
	path := mask.OneLine(h.path(rec.path))
	if rec.query == "" {
		return path
	}
	return path + "?" + mask.OneLine(h.query(rec.query))
}

// shownHeader is the header without secrets, by name.
func (rec *request) shownHeader(h *hider) []keyValue {
	list := slices.Clone(rec.header)
	for i, field := range list {
		list[i] = keyValue{h.text(field.Name), h.header(field.Name, field.Value)}
	}
	slices.SortStableFunc(list, func(a, b keyValue) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// route is "api.example.com/users/:id".
func (rec *request) route() string { return rec.patternHost + rec.pattern }

// view returns what may be seen of the request; source is where its route was registered.
func (rec *request) view(source string) *view {
	h := rec.hider()
	path, query, _ := strings.Cut(rec.target(h), "?")
	v := &view{
		ID: rec.id, At: rec.at, Method: mask.OneLine(rec.method), Host: mask.OneLine(h.text(rec.host)), Path: path, Query: query, Proto: rec.proto, Client: rec.client,
		Route: rec.route(), Source: caller.Short(source), Status: rec.status, Size: rec.size, Received: rec.received,
		Took: micros(rec.took), Stack: rec.stack, More: rec.more, Cut: rec.cut, Hijacked: rec.hijacked, began: rec.began,
	}
	for _, field := range rec.shownHeader(h) {
		v.Header = append(v.Header, keyValue{mask.OneLine(field.Name), mask.OneLine(field.Value)})
	}
	for _, p := range rec.params {
		v.Params = append(v.Params, keyValue{p.Key, mask.OneLine(h.param(p))})
	}
	for _, key := range rec.keys { // whose values are masked by their names
		v.Keys = append(v.Keys, keyValue{mask.OneLine(h.text(key.Name)), mask.OneLine(h.text(key.Value))})
	}
	v.Layers = rec.layerViews()
	for _, e := range slices.SortedStableFunc(slices.Values(rec.events), func(a, b event) int { return cmp.Compare(a.at, b.at) }) {
		if e.layer < 0 {
			v.Outside = append(v.Outside, e.view(h))
		} else {
			v.Layers[e.layer].Events = append(v.Layers[e.layer].Events, e.view(h))
		}
	}
	for _, l := range rec.notRun() {
		v.NotRun = append(v.NotRun, who(l.Name, l.position()))
	}
	return v
}

func (rec *request) layerViews() []layerView {
	views := make([]layerView, len(rec.layers))
	for i, l := range rec.layers {
		if !l.isOver() { // it runs on
			l.end = rec.took
		}
		placed := placedLayers(l.chain, rec.places(l.chain))[l.at]
		v := layerView{
			Name: placed.Name, Position: placed.position(), Start: micros(l.start), Total: micros(l.end - l.start),
			Running: !l.isOver(), Panicked: l.panicked, own: []span{{l.start, l.end}},
		}
		if l.parent >= 0 {
			v.Depth = views[l.parent].Depth + 1
			views[l.parent].cut(l)
		}
		views[i] = v
	}
	for i := range views {
		for _, s := range views[i].own {
			views[i].Own += micros(s.to - s.from)
		}
	}
	return views
}

// cut takes the time of a layer inside away. Those inside come one after the other.
func (v *layerView) cut(inside layer) {
	last := &v.own[len(v.own)-1]
	v.own = append(v.own, span{min(inside.end, last.to), last.to})
	v.own[len(v.own)-2].to = max(inside.start, v.own[len(v.own)-2].from)
}

// notRun returns the handlers of the chain that did not run.
func (rec *request) notRun() []placedLayer {
	last := -1
	for _, l := range rec.layers {
		last = max(last, l.index)
	}
	return placedLayers(rec.chain, rec.places(rec.chain))[last+1:]
}

// answer is what became of a request, in a word: mostly the status.
func (rec *request) answer() string { return answer(rec.status, rec.cut, rec.hijacked) }

// Answer is the same.
func (v *view) Answer() string { return answer(v.Status, v.Cut, v.Hijacked) }

func answer(status int, cut, hijacked bool) string {
	switch {
	case cut:
		return "cut"
	case hijacked:
		return "hijacked"
	}
	return strconv.Itoa(status)
}

func (e event) view(h *hider) eventView {
	v := eventView{Kind: e.kind, At: micros(e.at), Status: e.status, Text: mask.OneLine(h.text(e.text)), Position: cmp.Or(e.calls.Program(), caller.Short(e.where))}
	for _, f := range e.fields {
		v.Fields = append(v.Fields, fieldView{f.Source, mask.OneLine(h.text(f.Field)), mask.OneLine(h.text(f.Message))})
	}
	return v
}

// maxKeys is how many keys of a request are shown, maxValue how long a value.
const (
	maxKeys  = 32
	maxValue = 200
)

// beginning is that of a long text, of which the rest is not kept.
func beginning(text string) string {
	if len(text) <= maxValue {
		return text
	}
	return text[:maxValue]
}

// maxText is how long the text of an error or of a panic may be.
const maxText = 2000

// shortText is the beginning of a text that is too long, which says how long it was.
func shortText(text string) string {
	if len(text) <= maxText {
		return text
	}
	return fmt.Sprintf("%s … (%d bytes)", strings.ToValidUTF8(text[:maxText], ""), len(text))
}

// keysOf returns what Set has stored for a request. Of values that are more than a word or number only
// the type is kept.
func keysOf(c *dram.Context) (keys []keyValue) {
	if c.Keys == nil {
		return nil
	}
	for key, value := range c.Copy().Keys { // other goroutines may still have the Context
		name, ok := key.(string)
		if !ok {
			name = fmt.Sprintf("%T", key)
		}
		name = beginning(name)
		text := fmt.Sprintf("%T", value)
		switch value := value.(type) {
		case string:
			text = mask.OneLine(mask.Header(name, beginning(value)))
		case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, time.Duration:
			text = mask.Header(name, fmt.Sprint(value))
		}
		if keys = append(keys, keyValue{name, text}); len(keys) == maxKeys {
			break
		}
	}
	slices.SortFunc(keys, func(a, b keyValue) int { return strings.Compare(a.Name, b.Name) })
	return keys
}
