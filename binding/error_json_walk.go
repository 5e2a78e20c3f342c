package binding

// How error_json.go goes through a body, token by token, and notes what it finds.
// See docs/internals/15-binding.md.

import (
	stdjson "encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mend returns the body with null for each wrong value, nil where nothing would be left,
// the fault is not in a value, or there may be others.
func (c *jsonCheck) mend() []byte {
	if c.isFull() {
		return nil
	}
	var mended []byte
	end := 0
	for i, at := range c.wrong {
		if at[1] == 0 || c.errs[i].Field == "" {
			return nil
		}
		mended = append(append(mended, c.body[end:at[0]]...), "null"...)
		end = at[1]
	}
	return append(mended, c.body[end:]...)
}

// start returns the position of the next value.
func (c *jsonCheck) start() int {
	at := int(c.dec.InputOffset())
	for strings.IndexByte(" \t\r\n,:", c.body[at]) >= 0 {
		at++
	}
	return at
}

// since returns what was taken from start on.
func (c *jsonCheck) since(start int) []byte { return c.body[start:c.dec.InputOffset()] }

// raw takes the next value as it is.
func (c *jsonCheck) raw() []byte {
	start := c.start()
	c.skipRest(c.token())
	return c.since(start)
}

// token takes the next token.
func (c *jsonCheck) token() stdjson.Token {
	start := int(c.dec.InputOffset())
	t, _ := c.dec.Token() // the body is valid JSON
	if text, ok := t.(string); ok && strings.ContainsRune(text, utf8.RuneError) {
		c.text(start)
	}
	return t
}

// noValue is the start of what is wrong without a value that null could stand for.
const noValue = -1

// report notes that the value from start to here is wrong.
func (c *jsonCheck) report(fe *FieldError, start int) {
	at := [2]int{}
	if start != noValue {
		at = [2]int{start, int(c.dec.InputOffset())}
	}
	fe.Source, fe.Field = sourceJSON, string(c.path)
	c.errs, c.wrong = append(c.errs, fe), append(c.wrong, at)
	c.size += len(c.path)
}

// isFull reports whether no more is looked for: a client chooses how long paths are, and
// each error has its own.
func (c *jsonCheck) isFull() bool { return len(c.errs) >= maxErrors || c.size > maxPaths }

// enter goes to a member and returns the length of the path to leave it with.
func (c *jsonCheck) enter(name string) int {
	outer := len(c.path)
	if outer > 0 {
		c.path = append(c.path, '.')
	}
	c.path = append(c.path, name...)
	return outer
}

// skipRest takes what belongs to a value that begins with t, of which no type is known.
func (c *jsonCheck) skipRest(t stdjson.Token) {
	outer := len(c.path)
	switch t {
	case stdjson.Delim('{'):
		once := c.names()
		for c.dec.More() {
			key, _ := c.token().(string)
			c.enter(key)
			once.add(key)
			c.skipRest(c.token())
			c.path = c.path[:outer]
		}
		c.token()
	case stdjson.Delim('['):
		for i := 0; c.dec.More(); i++ {
			c.path = append(strconv.AppendInt(append(c.path, '['), int64(i), 10), ']')
			c.skipRest(c.token())
			c.path = c.path[:outer]
		}
		c.token()
	}
}
