package dram

import (
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dram-go/dram/internal/mask"
)

// This file is the outermost layer of Default's onion: one line per request,
// written on the way out. It is written too when a panic passes through, so
// that no request leaves without a trace. LoggerWithSlog is the structured one.
// See docs/internals/02-default.md.

// Skipper reports, when the chain has run, whether the request is left out of the
// log.
type Skipper func(c *Context) bool

// LogFormatter makes the text of a request, line break included.
type LogFormatter func(params LogFormatterParams) string

// LoggerConfig says what LoggerWithConfig writes. The zero value is Logger.
type LoggerConfig struct {
	// Formatter makes the text; nil is the line that Logger describes.
	Formatter LogFormatter
	// Output is where it goes; nil is DefaultWriter. One Write is done at a
	// time, whole lines each.
	Output io.Writer
	// SkipPaths are the URL paths, compared exactly, that are not logged.
	SkipPaths []string
	// SkipQueryString leaves the query out. Of one that is not, MaskQuery hides
	// the secrets that have the name of one.
	SkipQueryString bool
	// Skip, if set, can leave out further requests.
	Skip Skipper
}

// LogFormatterParams holds what is known of a request when it is logged. Path and
// Method come from the client: quote them (%q) in a line of your own.
type LogFormatterParams struct {
	Request *http.Request
	// TimeStamp is when the chain had run.
	TimeStamp time.Time
	// StatusCode is the response's, and 500 for a panic that passes on its way
	// to a Recovery outside.
	StatusCode int
	// Latency is how long the chain took.
	Latency time.Duration
	// ClientIP is Context.ClientIP.
	ClientIP string
	Method   string
	// Path is the URL's path as it was before the chain ran, with the query. In both,
	// secrets are masked (MaskQuery).
	Path string
	// ErrorMessage is the private errors of the Context, one per line; control
	// characters inside of them are escaped, secrets masked.
	ErrorMessage string
	// BodySize is the number of bytes of the body, -1 if no header was sent.
	BodySize int
	// Keys are the Context's.
	Keys map[any]any

	isTerm bool
}

// Logger logs each request in a line like
//
//	[DRAM] 2006/01/02 - 15:04:05 | 200 |    1.23ms |     192.0.2.1 | GET     "/path?query"
//
// to DefaultWriter, followed by the private errors of the Context. Path and
// query are quoted, so that none can pass for a line of its own; secrets in them
// (MaskQuery) and in the errors are masked. On a terminal it is coloured, unless TERM is dumb or NO_COLOR is set.
func Logger() HandlerFunc { return LoggerWithConfig(LoggerConfig{}) }

// LoggerWithFormatter is like Logger, with lines made by f.
func LoggerWithFormatter(f LogFormatter) HandlerFunc {
	return LoggerWithConfig(LoggerConfig{Formatter: f})
}

// LoggerWithWriter is like Logger, but writes to out and leaves out the paths in
// notlogged.
func LoggerWithWriter(out io.Writer, notlogged ...string) HandlerFunc {
	return LoggerWithConfig(LoggerConfig{Output: out, SkipPaths: notlogged})
}

// LoggerWithConfig is like Logger, as configured by conf.
func LoggerWithConfig(conf LoggerConfig) HandlerFunc {
	out := conf.Output
	if out == nil {
		out = DefaultWriter
	}
	logger := &requestLogger{LoggerConfig: conf, skip: pathSet(conf.SkipPaths), out: out, isTerm: isTerminal(out)}
	return func(c *Context) {
		start := time.Now()
		req, address, pattern, path, query := c.Request, c.Request.URL, c.fullPath, c.Request.URL.Path, c.Request.URL.RawQuery
		passing := true
		defer func() {
			c.putBack(req, address)
			logger.log(c, start, pattern, path, query, passing)
		}()
		c.Next()
		passing = false
	}
}

// requestLogger is one Logger: its settings, and the line that it works on.
type requestLogger struct {
	LoggerConfig
	skip   map[string]bool
	isTerm bool

	mu   sync.Mutex // guards out and line
	out  io.Writer
	line []byte
}

// log logs a request, which the route with this pattern has taken; passing says that a panic is on its way through.
func (l *requestLogger) log(c *Context, start time.Time, pattern, path, query string, passing bool) {
	if l.skip[path] || l.Skip != nil && l.Skip(c) {
		return
	}
	path = loggedPath(c, pattern, path)
	if query != "" && !l.SkipQueryString {
		path += "?" + MaskQuery(query)
	}
	now := time.Now()
	l.write(LogFormatterParams{
		Request:      c.Request,
		TimeStamp:    now,
		StatusCode:   finalStatus(c, passing),
		Latency:      now.Sub(start),
		ClientIP:     c.ClientIP(),
		Method:       c.Request.Method,
		Path:         path,
		ErrorMessage: c.Errors.ByType(ErrorTypePrivate).logText(),
		BodySize:     c.Writer.Size(),
		Keys:         c.Keys,
		isTerm:       l.isTerm,
	})
}

// write formats and writes a line. A line that is made here is made in the
// logger's own memory, which grows no further than one line ever should.
func (l *requestLogger) write(params LogFormatterParams) {
	const keepLine = 16 << 10
	custom := ""
	if l.Formatter != nil {
		custom = l.Formatter(params)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Formatter != nil {
		l.line = append(l.line[:0], custom...)
	} else {
		l.line = params.appendLine(l.line[:0])
	}
	_, _ = l.out.Write(l.line) // a log that cannot be written must not fail the request
	if cap(l.line) > keepLine {
		l.line = nil
	}
}

// appendLine appends the line that Logger describes.
func (p *LogFormatterParams) appendLine(line []byte) []byte {
	var digits [20]byte
	var status, latency, method, reset string
	if p.IsOutputColor() {
		status, latency, method, reset = p.StatusCodeColor(), p.LatencyColor(), p.MethodColor(), p.ResetColor()
	}
	line = p.TimeStamp.AppendFormat(appendAll(line, "[DRAM] "), "2006/01/02 - 15:04:05")
	line = appendAll(line, " |", status, " ")
	line = appendPadded(line, strconv.AppendInt(digits[:0], int64(p.StatusCode), 10), 3)
	line = appendAll(line, " ", reset, "|", latency, " ")
	line = appendPadded(line, shortDuration(p.Latency), 8)
	line = appendAll(line, " ", reset, "| ")
	line = appendPadded(line, mask.OneLine(p.ClientIP), 15)
	line = appendAll(line, " |", method, " ")
	line = appendPadded(line, mask.OneLine(p.Method), -7)
	line = appendAll(line, " ", reset, " ")
	line = strconv.AppendQuote(line, p.Path)
	return appendAll(line, "\n", p.ErrorMessage)
}

func appendAll(line []byte, texts ...string) []byte {
	for _, text := range texts {
		line = append(line, text...)
	}
	return line
}

// appendPadded appends text with spaces before it up to width characters, or
// behind it if width is negative.
func appendPadded[T string | []byte](line []byte, text T, width int) []byte {
	missing := max(width, -width) - utf8.RuneCountInString(string(text))
	if width < 0 {
		line = append(line, text...)
	}
	for ; missing > 0; missing-- {
		line = append(line, ' ')
	}
	if width > 0 {
		line = append(line, text...)
	}
	return line
}

// shortDuration is d with no more digits than fit its column.
func shortDuration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		d = d.Truncate(time.Second)
	case d >= time.Second:
		d = d.Truncate(10 * time.Millisecond)
	case d >= time.Millisecond:
		d = d.Truncate(10 * time.Microsecond)
	case d >= time.Microsecond:
		d = d.Truncate(10 * time.Nanosecond)
	}
	return d.String()
}

// finalStatus is the status that the client gets. While a panic passes, nobody
// has answered yet, and whoever recovers will not say that all went well.
func finalStatus(c *Context, passing bool) int {
	if passing && !c.Writer.Written() {
		return http.StatusInternalServerError
	}
	return c.Writer.Status()
}

func pathSet(paths []string) map[string]bool {
	set := make(map[string]bool, len(paths))
	for _, path := range paths {
		set[path] = true
	}
	return set
}

// ErrorLogger answers with the errors of the Context as JSON, when the chain
// has run and if there are any; the status stays as it is.
func ErrorLogger() HandlerFunc { return ErrorLoggerT(ErrorTypeAny) }

// ErrorLoggerT is like ErrorLogger, for the errors of one type.
func ErrorLoggerT(typ ErrorType) HandlerFunc {
	return func(c *Context) {
		c.Next()
		if errs := c.Errors.ByType(typ); len(errs) > 0 {
			c.JSON(-1, errs)
		}
	}
}
