package risk

import (
	"bufio"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/dram-go/dram/examples/gateway/config"
)

// maxList is how large a list may be, in bytes.
const maxList = 64 << 20

// lookAgain is how often a list is looked at, whether it has changed.
const lookAgain = time.Second

// list is a file with an address, network or word in each line. It is looked at while it is
// used, and read beside the requests; when what has come is at fault the old one stays.
type list struct {
	name    string // of the file
	log     *slog.Logger
	entries atomic.Pointer[entries]
	next    atomic.Int64 // when to look at it, in nanoseconds of Unix time
}

// entries are what stands in a list.
type entries struct {
	size     int64
	changed  time.Time
	networks map[netip.Prefix]struct{}
	bits     []int // the lengths that networks have
	words    map[string]struct{}
}

// openList reads a list; the error is a config.Fault, or of the system.
func openList(name string, log *slog.Logger) (*list, error) {
	read, err := readList(name)
	if err != nil {
		return nil, err
	}
	l := &list{name: name, log: log}
	l.entries.Store(read)
	l.next.Store(time.Now().Add(lookAgain).UnixNano())
	return l, nil
}

// now returns the entries, and has the file looked at once in a while.
func (l *list) now() *entries {
	at, next := time.Now(), l.next.Load()
	if at.UnixNano() >= next && l.next.CompareAndSwap(next, at.Add(lookAgain).UnixNano()) {
		go l.look()
	}
	return l.entries.Load()
}

// look reads the file again if it has changed.
func (l *list) look() {
	old := l.entries.Load()
	info, err := os.Stat(l.name)
	if err == nil && info.Size() == old.size && info.ModTime().Equal(old.changed) {
		return
	}
	read, err := readList(l.name)
	if err != nil {
		l.log.Warn("a list cannot be read, and stays as it was", "list", l.name, "error", err)
		return
	}
	l.entries.Store(read)
	l.log.Info("a list was read again", "list", l.name, "entries", len(read.networks)+len(read.words))
}

func readList(name string) (*entries, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxList {
		return nil, config.Fault{File: name, Text: "it is larger than 64 MiB: write fewer lines"}
	}
	e := &entries{size: info.Size(), changed: info.ModTime(), networks: make(map[netip.Prefix]struct{}), words: make(map[string]struct{})}
	lines := bufio.NewScanner(io.LimitReader(f, maxList))
	n := 0
	for lines.Scan() {
		n++
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.ToLower(strings.TrimSpace(line)); line == "" {
			continue
		}
		if !e.add(line) {
			return nil, config.Fault{File: name, Line: n, Text: line + " is not a network: write 203.0.113.0/24 or 2001:db8::/32"}
		}
	}
	return e, lines.Err()
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
	e := l.now()
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
	e := l.now()
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if _, ok := e.words[word]; ok {
			return true
		}
	}
	return false
}
