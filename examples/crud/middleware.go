package main

// This file holds the layers around every request that are not dram's own.

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/dram-go/dram"
)

const (
	requestIDKey    = "request_id"
	requestIDHeader = "X-Request-Id"
	maxBody         = 1 << 20 // bytes
)

// requestID gives each request a name, which the answer, the log and every
// problem repeat. A proxy's name is kept when it cannot forge a log line.
func requestID(c *dram.Context) {
	id := c.GetHeader(requestIDHeader)
	if id == "" || len(id) > 64 || !validKey(id) {
		id = rand.Text()
	}
	c.Set(requestIDKey, id)
	c.Header(requestIDHeader, id)
}

// recovery answers a panic as every other error; dram has logged it.
func (a *App) recovery() dram.HandlerFunc {
	return dram.CustomRecovery(func(c *dram.Context, cause any) { a.fail(c, fmt.Errorf("panic: %v", cause)) })
}

// secureHeaders keeps browsers from guessing, framing, and running what is not
// ours, and caches from handing one user's answer to another.
func secureHeaders(c *dram.Context) {
	c.Header("Cache-Control", "private, no-cache")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Referrer-Policy", "same-origin")
	c.Header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
}

// sameOrigin refuses writes that another site makes a browser send (CSRF), by
// what browsers say of themselves: Sec-Fetch-Site, or Origin against Host. No
// token is needed in the forms. Clients that are not browsers are let through.
func (a *App) sameOrigin() dram.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	if a.config.BaseURL != nil { // a proxy may have changed Host
		_ = protection.AddTrustedOrigin(a.config.BaseURL.Scheme + "://" + a.config.BaseURL.Host) // checked by loadConfig
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(Problem{Title: http.StatusText(http.StatusForbidden), Status: http.StatusForbidden,
			Detail: "This request comes from another site.", RequestID: w.Header().Get(requestIDHeader)})
	}))
	return dram.WrapMiddleware(protection.Handler)
}

// limitBody lets no request fill the memory; reading on is an error that becomes 413.
func limitBody(c *dram.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
}
