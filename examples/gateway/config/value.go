package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// The values that are written as text. Each knows how it is written, and says so of a text
// that is not one.

// value is a value that is written as text.
type value interface{ parse(text string) error }

// Share is a part of a whole, from 0 to 1: 0.2 or 20%.
type Share float64

func (s *Share) parse(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	f, err := strconv.ParseFloat(number, 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f >= 0 && f <= 1) {
		return fmt.Errorf("%s is not a share: write 0 to 1, or 0%% to 100%%", shown(text))
	}
	*s = Share(f)
	return nil
}

func (s Share) String() string { return strconv.FormatFloat(float64(s)*100, 'g', 6, 64) + "%" }

// Duration is a time: 500ms, 2s, 30m.
type Duration time.Duration

func (d *Duration) parse(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v < time.Millisecond || v > 8760*time.Hour {
		return fmt.Errorf("%s is not a time: write a number with its unit, such as 500ms, 2s or 30m, from 1ms to 8760h", shown(text))
	}
	*d = Duration(v)
	return nil
}

func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText is String, for JSON, and UnmarshalText reads that.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText takes times that a file may not have, such as 0s.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Rate is a number of requests in a time: 100/s, 20/min, 1000/h.
type Rate struct {
	Count  int
	Window time.Duration
}

var windows = map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}

func (r *Rate) parse(text string) error {
	count, unit, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	window := windows[strings.TrimSpace(unit)]
	if err != nil || n <= 0 || n > 1e9 || window == 0 {
		return fmt.Errorf("%s is not a rate: write a number of requests, up to 1000000000, in a time: 100/s, 20/min or 1000/h", shown(text))
	}
	*r = Rate{Count: n, Window: window}
	return nil
}

func (r Rate) String() string { return fmt.Sprintf("%d in %v", r.Count, r.Window) }

// maxBytes is the largest size.
const maxBytes = 1 << 40

// Bytes is a size: 512, 64KiB, 1MiB.
type Bytes int64

var units = map[string]int64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

func (b *Bytes) parse(text string) error {
	digits := strings.TrimRight(text, "BKMGi")
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	unit, known := units[text[len(digits):]]
	if err != nil || !known || n < 1 || n > maxBytes/unit {
		return fmt.Errorf("%s is not a size: write a number of bytes above 0, or 64KiB, 1MiB, 1GiB, up to 1024GiB", shown(text))
	}
	*b = Bytes(n * unit)
	return nil
}

// URL is the address of a server: http://10.0.0.7:8080. Which schemes there may be is what the
// field's tag scheme says.
type URL struct{ *url.URL }

func (u *URL) parse(text string) error {
	v, err := url.Parse(text)
	if strings.Contains(text, "@") {
		return errors.New("a name and a password stand in the address: leave them out of this file")
	}
	if err != nil || v.Hostname() == "" || v.Port() != "" && !isPort(v.Port()) || v.RawQuery != "" || v.Fragment != "" {
		return fmt.Errorf("%s is not the address of a server: write scheme, host and port, such as http://10.0.0.7:8080", shown(text))
	}
	u.URL = v
	return nil
}

// Secret is a secret. The file says where it is, and never what it is: env:NAME or file:PATH.
// It prints as its place.
type Secret struct {
	Place string
	text  string
	dir   string // that relative names of files begin at
}

func (s *Secret) within(dir string) { s.dir = dir }

// parse reads the secret. What stands there is not told: it may be the secret itself.
func (s *Secret) parse(text string) error {
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case kind == "env" && name != "":
		var set bool
		if s.text, set = os.LookupEnv(name); !set {
			return errors.New("the environment does not have what it names: set it")
		}
	case kind == "file" && name != "":
		content, err := read(within(s.dir, name))
		if err != nil {
			return fmt.Errorf("the file that it names cannot be read: %w: put the secret there", err)
		}
		s.text = strings.TrimRight(string(content), "\r\n")
	default:
		return errors.New("a secret does not stand in this file: write env:NAME or file:PATH, where it is")
	}
	if s.Place = text; s.text == "" {
		return errors.New("the place that it names is empty: put the secret there")
	}
	return nil
}

// Text is a text that may be secret: it stands in the file, or in its place there is where it is, as for a
// Secret.
type Text struct{ Secret }

func (t *Text) parse(text string) error {
	if strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:") {
		return t.Secret.parse(text)
	}
	t.Place, t.text = text, text
	return nil
}

// IsSecret reports whether the text is not that of the file.
func (t Text) IsSecret() bool { return t.Place != t.text }

// Revealed is a secret that a file need not have, "" without it.
func Revealed(s *Secret) string {
	if s == nil {
		return ""
	}
	return s.Reveal()
}

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.text }

// String is the place of the secret, for messages; so is what fmt prints of it.
func (s Secret) String() string { return s.Place }

// GoString is String.
func (s Secret) GoString() string { return s.Place }

// shown is a text of the file in a message: quoted, without a name and a password, without a query, and cut
// where it is long.
func shown(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		text = "…" + text[i:]
	}
	if before, _, found := strings.Cut(text, "?"); found {
		text = before + "?…"
	}
	if len(text) > 60 {
		text = text[:57] + "..."
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return strconv.Quote(text)
}
