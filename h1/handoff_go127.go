//go:build go1.27

package h1

import "net/http"

// limitValues gives the speaker MaxHeaderValueCount.
func (s *Server) limitValues(speaker *http.Server) { speaker.MaxHeaderValueCount = s.maxLines() }
