package h1

import (
	"io"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is Expect: 100-continue (RFC 9110 section 10.1.1): a client that asks whether to send
// its body is told so when the body is read, or gets another answer.

// expectationMet reads the Expect of the request, and reports whether
// it is one that can be met.
func (w *response) expectationMet() bool {
	expect := w.req.Header["Expect"]
	switch {
	case len(expect) == 0 || expect[0] == "":
		return true
	case !httpfield.Has(expect[:1], "100-continue"):
		return false
	}
	w.expects = w.proto11 && w.hasBody
	w.waits = w.expects
	return true
}

// awaited reports whether the client waits for 100 Continue.
func (w *response) awaited() bool {
	w.contMu.Lock()
	defer w.contMu.Unlock()
	return w.waits || w.waited
}

// goOn tells a client that waits for it to send the body. It reports false if that is too late.
func (w *response) goOn() bool {
	w.contMu.Lock()
	defer w.contMu.Unlock()
	if w.waits {
		w.waits = false
		_, _ = io.WriteString(w.conn.rwc, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	return !w.waited
}
