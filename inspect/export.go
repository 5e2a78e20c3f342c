package inspect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/dram-go/dram/internal/curl"
)

// This file writes a request for other programs: as JSON, as trace events, which chrome://tracing and
// Perfetto show, as the header Server-Timing, and for a shell.

// traceEvent is one of the Trace Event Format.
type traceEvent struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	At    micros         `json:"ts"`
	Took  *micros        `json:"dur,omitempty"`
	Scope string         `json:"s,omitempty"`
	PID   int            `json:"pid"`
	TID   int            `json:"tid"`
	Args  map[string]any `json:"args,omitempty"`
}

// traceEvents returns the request as trace events.
func (v *view) traceEvents() []byte {
	events := []traceEvent{{
		Name: v.Method + " " + v.Path, Phase: "X", Took: &v.Took, PID: 1, TID: 1,
		Args: map[string]any{"status": v.Status, "route": v.Route},
	}}
	for _, l := range v.Layers {
		events = append(events, traceEvent{Name: l.Name, Phase: "X", At: l.Start, Took: &l.Total, PID: 1, TID: 1, Args: map[string]any{"position": l.Position, "own_us": l.Own}})
		for _, e := range l.Events {
			events = append(events, traceEvent{Name: e.String(), Phase: "i", At: e.At, Scope: "t", PID: 1, TID: 1})
		}
	}
	text, _ := json.Marshal(map[string]any{"traceEvents": events, "displayTimeUnit": "ns"}) // texts and numbers
	return text
}

// String is "set 403".
func (e eventView) String() string {
	switch e.Kind {
	case kindStatus:
		return fmt.Sprintf("set %d", e.Status)
	case kindHeader:
		return fmt.Sprintf("sent the header, %d", e.Status)
	case kindAbort:
		return "aborted"
	case kindPanic:
		return strings.TrimSuffix("panicked: "+e.Text, ": ")
	case kindRecovered:
		return "recovered from the panic"
	}
	if len(e.Fields) > 0 { // which say it better
		return string(e.Kind)
	}
	return string(e.Kind) + ": " + e.Text
}

// serverTiming returns the value of a header Server-Timing: each layer with its own time.
func (v *view) serverTiming() string {
	var metrics []string
	for i, l := range v.Layers {
		metrics = append(metrics, fmt.Sprintf("l%d;desc=%q;dur=%.3f", i, l.Name, float64(l.Own)/1e6))
	}
	return strings.Join(append(metrics, fmt.Sprintf("total;dur=%.3f", float64(v.Took)/1e6)), ", ")
}

// curlLine returns the request for a shell. Its body, which was not kept, is to be put into a file.
func (v *view) curlLine(rec *request) string {
	hider := rec.hider()
	line := curl.Request{Method: rec.method, Base: rec.scheme + "://" + hider.text(rec.host), Path: v.Path, Query: v.Query, Header: http.Header{}}
	for _, h := range rec.shownHeader(hider) {
		line.Header.Add(h.Name, h.Value)
	}
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding"} {
		line.Header.Del(name) // curl's own
	}
	if rec.received != 0 {
		line.Data = " --data-binary @body"
	}
	return line.Line()
}
