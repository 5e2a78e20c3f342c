//go:build !go1.27

package serve

import "net/http"

// inheritHeaderCount does nothing: before Go 1.27 only MaxHeaderBytes limits a header.
func inheritHeaderCount(_, _ *http.Server) {}
