package inspect

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// This file says in sentences what is asked first of a request: who set the status, when the header went out,
// who aborted, what panicked, and which layer took the time.

// glance returns the answers to the questions that are asked first.
func (v *view) glance() []string {
	var recovers, aborts []string
	var panics []eventView // their texts, in the order in which they came
	for _, l := range v.Layers {
		for _, e := range l.Events {
			switch {
			case e.Kind == kindPanic:
				e.Text = strings.TrimSuffix(l.Name+" panicked at "+at(cmp.Or(e.Position, "an unknown position"))+": "+e.Text, ": ") + "."
				panics = append(panics, e)
			case e.Kind == kindRecovered:
				recovers = append(recovers, who(l.Name, l.Position)+" recovered from the panic.")
			case e.Kind == kindAbort && len(v.NotRun) > 0:
				aborts = append(aborts, who(l.Name, l.Position)+" aborted the chain: "+strings.Join(v.NotRun, ", ")+" did not run.")
			}
		}
	}
	slices.SortStableFunc(panics, func(a, b eventView) int { return cmp.Compare(a.At, b.At) })
	var lines []string
	for _, e := range panics {
		lines = append(lines, e.Text)
	}
	lines = slices.Concat(lines, recovers, aborts)
	switch {
	case v.Cut:
		lines = append(lines, "No layer recovered from the panic, or one has thrown it again: the connection was cut, and the client has no whole answer.")
	case v.Hijacked:
		lines = append(lines, "A handler took the connection over (Hijack) and answered by itself: what it sent is not known here.")
	default:
		lines = append(lines, v.whoSet(), v.whoSent())
	}
	if most := v.most(); most != nil && 2*most.Own > v.Took {
		lines = append(lines, fmt.Sprintf("Most of the time, %s of %s, is %s’s own.", most.Own, v.Took, most.Name))
	}
	return lines
}

// at is a position for people: of a file elsewhere, its name and folder.
func at(position string) string {
	if !strings.HasPrefix(position, "/") && !strings.Contains(position, ":\\") {
		return position
	}
	parts := strings.Split(position, "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}

// whoSet says who set the status. A layer that sets the one that is there already is not seen.
func (v *view) whoSet() string {
	name, last, sent := "", eventView{At: -1}, ""
	for _, l := range v.Layers {
		for _, e := range l.Events {
			switch {
			case e.Kind == kindStatus && e.Status == v.Status && e.At >= last.At:
				name, last = who(l.Name, l.Position), e
			case e.Kind == kindHeader:
				sent = who(l.Name, l.Position)
			}
		}
	}
	if name != "" {
		return fmt.Sprintf("%d was set by %s.", v.Status, name)
	}
	why := fmt.Sprintf("%d is what answers begin with", v.began)
	switch {
	case v.Route == "" && v.began == http.StatusNotFound:
		why = "404 is what a path without a route begins with"
	case v.began == http.StatusMethodNotAllowed:
		why = "405 is what a path begins with that has routes of other methods"
	}
	if sent != "" {
		return why + ", and what it had when " + sent + " sent it."
	}
	return why + ": no layer set another one."
}

// whoSent says when the header went out.
func (v *view) whoSent() string {
	for _, l := range v.Layers {
		for _, e := range l.Events {
			if e.Kind == kindHeader {
				line := fmt.Sprintf("The header went out after %s, in %s", e.At, l.Name)
				if e.Position != "" {
					line += ", at " + at(e.Position)
				}
				return line + "."
			}
		}
	}
	return "The header went out when all layers had returned."
}

// most is the layer that has taken most of the time itself; nil without one.
func (v *view) most() *layerView {
	var most *layerView
	for i := range v.Layers {
		if l := &v.Layers[i]; most == nil || l.Own > most.Own {
			most = l
		}
	}
	return most
}
