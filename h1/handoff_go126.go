//go:build !go1.27

package h1

import "net/http"

// limitValues does nothing: net/http counts the lines of a header since Go 1.27.
func (s *Server) limitValues(*http.Server) {}
