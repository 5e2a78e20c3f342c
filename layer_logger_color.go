package dram

import (
	"cmp"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// This file colours the Logger's line for terminals.
// See docs/internals/02-default.md.

// The colours are ANSI sequences: black or white letters on a coloured ground.
const (
	colorGreen   = "\x1b[97;42m"
	colorWhite   = "\x1b[90;47m"
	colorYellow  = "\x1b[90;43m"
	colorRed     = "\x1b[97;41m"
	colorBlue    = "\x1b[97;44m"
	colorMagenta = "\x1b[97;45m"
	colorCyan    = "\x1b[97;46m"
	colorReset   = "\x1b[0m"
)

const (
	colorAuto int32 = iota // on a terminal only
	colorNever
	colorAlways
)

var colorMode atomic.Int32

// DisableConsoleColor keeps the Logger from using colours, for the whole program.
func DisableConsoleColor() { colorMode.Store(colorNever) }

// ForceConsoleColor makes the Logger use colours whatever it writes to, for the whole
// program.
func ForceConsoleColor() { colorMode.Store(colorAlways) }

// isTerminal reports whether colours can be shown on out.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// IsOutputColor reports whether the line is to be coloured.
func (p *LogFormatterParams) IsOutputColor() bool {
	mode := colorMode.Load()
	return mode == colorAlways || (mode == colorAuto && p.isTerm)
}

// StatusCodeColor returns green for 2xx, white for 1xx and 3xx, yellow for 4xx, red
// for all else.
func (p *LogFormatterParams) StatusCodeColor() string {
	switch code := p.StatusCode; {
	case code >= 200 && code < 300:
		return colorGreen
	case code >= 100 && code < 400:
		return colorWhite
	case code >= 400 && code < 500:
		return colorYellow
	default:
		return colorRed
	}
}

// latencyColors are the colours of latencies below each limit.
var latencyColors = [...]struct {
	limit time.Duration
	color string
}{
	{100 * time.Millisecond, colorWhite}, {200 * time.Millisecond, colorGreen}, {300 * time.Millisecond, colorCyan},
	{500 * time.Millisecond, colorBlue}, {time.Second, colorYellow}, {2 * time.Second, colorMagenta},
}

// LatencyColor goes from white (below 100 ms) through green, cyan, blue,
// yellow and magenta to red (2 s and more).
func (p *LogFormatterParams) LatencyColor() string {
	for _, below := range latencyColors {
		if p.Latency < below.limit {
			return below.color
		}
	}
	return colorRed
}

var methodColors = map[string]string{
	http.MethodGet: colorBlue, http.MethodPost: colorCyan, http.MethodPut: colorYellow, http.MethodDelete: colorRed,
	http.MethodPatch: colorGreen, http.MethodHead: colorMagenta, http.MethodOptions: colorWhite,
}

// MethodColor returns a different colour for each usual method, none for others.
func (p *LogFormatterParams) MethodColor() string { return cmp.Or(methodColors[p.Method], colorReset) }

// ResetColor ends a colour.
func (p *LogFormatterParams) ResetColor() string { return colorReset }
