//go:build go1.27

package h1

// limitValues gives the inner server MaxHeaderValueCount.
func (s *Server) limitValues() { s.inner.MaxHeaderValueCount = s.maxLines() }
