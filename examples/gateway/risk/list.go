package risk

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/reread"
)

// list is a file with an address, network or word in each line, that is read again when it
// changes; when what has come is at fault the old one stays.
type list struct{ *reread.File[*entries] }

// entries are what stands in a list.
type entries struct {
	networks map[netip.Prefix]struct{}
	bits     []int // the lengths that networks have
	words    map[string]struct{}
}

// openList reads a list; the error is a config.Fault, or of the system.
func openList(name string, log *slog.Logger) (*list, error) {
	file, err := reread.Open(name, func(text []byte) (*entries, error) { return parseList(name, text) }, log)
	return &list{file}, err
}

func parseList(name string, text []byte) (*entries, error) {
	e := &entries{networks: make(map[netip.Prefix]struct{}), words: make(map[string]struct{})}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.ToLower(strings.TrimSpace(line)); line == "" {
			continue
		}
		if !e.add(line) {
			return nil, config.Fault{File: name, Line: n, Text: line + " is not a network: write 203.0.113.0/24 or 2001:db8::/32"}
		}
	}
	return e, nil
}

// add adds a line; false if it is meant as a network and is none.
func (e *entries) add(line string) bool {
	network, isNetwork := line, strings.Contains(line, "/")
	if isNetwork {
		network, _, _ = strings.Cut(line, "/")
	}
	addr, err := netip.ParseAddr(network)
	switch {
	case err != nil: // a word
		e.words[line] = struct{}{}
		return true
	case !isNetwork:
		addr = addr.Unmap().WithZone("")
		e.addNetwork(netip.PrefixFrom(addr, addr.BitLen()))
		return true
	}
	prefix, err := netip.ParsePrefix(line)
	if err != nil || addr.Is4In6() {
		return false
	}
	e.addNetwork(prefix.Masked())
	return true
}

func (e *entries) addNetwork(prefix netip.Prefix) {
	e.networks[prefix] = struct{}{}
	if !slices.Contains(e.bits, prefix.Bits()) {
		e.bits = append(e.bits, prefix.Bits())
	}
}

// has reports whether the list has a text, in any case, or a network of the address that it is.
func (l *list) has(text string) bool {
	e := l.Get()
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap().WithZone("")
		for _, bits := range e.bits {
			if network, err := addr.Prefix(bits); err == nil {
				if _, ok := e.networks[network]; ok {
					return true
				}
			}
		}
		return false
	}
	_, ok := e.words[strings.ToLower(text)]
	return ok
}

// mentionedIn reports whether one of the words of a text is in the list.
func (l *list) mentionedIn(text string) bool {
	e := l.Get()
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if _, ok := e.words[word]; ok {
			return true
		}
	}
	return false
}
