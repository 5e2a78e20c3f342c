package risk

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/dram-go/dram/examples/gateway/config"
)

// list is what stands in a file with an address, network or word in each line.
type list struct {
	networks map[netip.Prefix]struct{}
	bits     []int // the lengths that networks have
	words    map[string]struct{}
}

// parseList reads a list from the text of its file; the error is a config.Fault.
func parseList(name string, text []byte) (*list, error) {
	l := &list{networks: make(map[netip.Prefix]struct{}), words: make(map[string]struct{})}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.ToLower(strings.TrimSpace(line)); line == "" {
			continue
		}
		if !l.add(line) {
			return nil, config.Fault{File: name, Line: n, Text: line + " is not a network: write 203.0.113.0/24 or 2001:db8::/32"}
		}
	}
	return l, nil
}

// add adds a line; false if it is meant as a network and is none.
func (l *list) add(line string) bool {
	network, isNetwork := line, strings.Contains(line, "/")
	if isNetwork {
		network, _, _ = strings.Cut(line, "/")
	}
	addr, err := netip.ParseAddr(network)
	switch {
	case err != nil: // a word
		l.words[line] = struct{}{}
		return true
	case !isNetwork:
		addr = addr.Unmap().WithZone("")
		l.addNetwork(netip.PrefixFrom(addr, addr.BitLen()))
		return true
	}
	prefix, err := netip.ParsePrefix(line)
	if err != nil || addr.Is4In6() {
		return false
	}
	l.addNetwork(prefix.Masked())
	return true
}

func (l *list) addNetwork(prefix netip.Prefix) {
	l.networks[prefix] = struct{}{}
	if !slices.Contains(l.bits, prefix.Bits()) {
		l.bits = append(l.bits, prefix.Bits())
	}
}

// has reports whether the list has a text, in any case, or a network of the address that it is.
func (l *list) has(text string) bool {
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap().WithZone("")
		for _, bits := range l.bits {
			if network, err := addr.Prefix(bits); err == nil {
				if _, ok := l.networks[network]; ok {
					return true
				}
			}
		}
		return false
	}
	_, ok := l.words[strings.ToLower(text)]
	return ok
}

// mentionedIn reports whether one of the words of a text is in the list.
func (l *list) mentionedIn(text string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if _, ok := l.words[word]; ok {
			return true
		}
	}
	return false
}
