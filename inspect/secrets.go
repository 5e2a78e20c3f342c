package inspect

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/mask"
	"github.com/dram-go/dram/router"
)

// This file knows where the routes of an engine have secrets.

// secrets are the places of an engine's secrets.
type secrets struct {
	places []place
	hosts  *regexp.Regexp // a part of a host, with what follows in its pattern as its group; nil without
}

// place is where a secret stands in a path: behind segments of which the first has text, or, if none has, at the root.
type place struct {
	parts []string // of a pattern; the last one is the secret's param
	root  bool
}

// secretsOf collects them, by the names of params.
func secretsOf(r *dram.Engine) *secrets {
	all := &secrets{}
	var hosts []string
	for _, route := range r.Routes() {
		var parts []string // up to here
		for part := range strings.FieldsFuncSeq(route.Path, func(c rune) bool { return c == '/' }) {
			parts = append(parts, part)
			if at := router.Wildcard(part); at >= 0 && mask.IsSecret(part[at+1:]) {
				all.add(parts)
			}
		}
		for labels := strings.Split(route.Host, "."); len(labels) > 0; labels = labels[1:] {
			begin, name, isParam := strings.Cut(labels[0], "{")
			if name = strings.TrimSuffix(name, "}"); !isParam || !mask.IsSecret(name) {
				continue
			}
			rest := ""
			for _, label := range labels[1:] {
				if strings.Contains(label, "{") {
					rest += `\.[^\s/@"'.]+`
				} else {
					rest += `\.` + regexp.QuoteMeta(label)
				}
			}
			if host := regexp.QuoteMeta(begin) + `[^\s/@"']+?(` + rest + `)`; rest != "" && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	if hosts != nil {
		all.hosts = regexp.MustCompile(`(?i)(?:` + strings.Join(hosts, "|") + `)\b`)
	}
	return all
}

// add adds a place. What is in front of its first text may be anything.
func (s *secrets) add(parts []string) {
	anchor := slices.IndexFunc(parts, func(part string) bool { return router.Wildcard(part) != 0 })
	p := place{slices.Clone(parts[max(anchor, 0):]), anchor < 0}
	if !slices.ContainsFunc(s.places, func(other place) bool { return other.root == p.root && slices.Equal(other.parts, p.parts) }) {
		s.places = append(s.places, p)
	}
}

// begins reports whether the segments at some places, from one of them on, may be those of the place.
func (p place) begins(segments []string, among []int, from int) bool {
	if len(among)-from < len(p.parts) || p.root && from != rootOf(segments, among) {
		return false
	}
	for i, part := range p.parts {
		segment, at := segments[among[from+i]], router.Wildcard(part)
		if at < 0 {
			at = len(part)
			if len(segment) != at {
				return false
			}
		}
		if len(segment) < at || !strings.EqualFold(segment[:at], part[:at]) {
			return false
		}
	}
	return true
}

// rootOf is where a path begins in an address: behind the scheme and the host of a URL, and behind what a text has in front
// of it, as in "next=/a". Without a slash in front it has no root.
func rootOf(segments []string, among []int) int {
	first := segments[0]
	switch {
	case first == "":
		return 0
	case strings.HasSuffix(first, ":") && len(segments) > 2 && segments[1] == "":
		return 2
	case !isWord(first[len(first)-1]):
		return 1
	}
	return len(among)
}

// mask hides the secret at the place, which begins here.
func (p place) mask(segments []string, among []int, hide func(i int, with string)) {
	last := len(p.parts) - 1
	part := p.parts[last]
	at := router.Wildcard(part)
	hide(among[last], segments[among[last]][:at]+"*")
	if part[at] == '*' {
		for _, i := range among[last+1:] {
			hide(i, "*")
		}
	}
}
