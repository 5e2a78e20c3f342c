package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOrderOfTheChain(t *testing.T) {
	tests := []struct {
		path   string
		status int
		order  string
	}{
		{"/open", http.StatusOK, `
> outer
  > inner
    > route
      * handler
    < route, status 200
  < inner, status 200
< outer, status 200
`},
		{"/closed", http.StatusForbidden, `
> outer
  > inner
  < inner, status 403
< outer, status 403
`},
		{"/nowhere", http.StatusNotFound, `
> outer
  > inner
  < inner, status 404
< outer, status 404
`},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			var out strings.Builder
			w := httptest.NewRecorder()
			newEngine(&out).ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, strings.TrimPrefix(tt.order, "\n"), out.String())
		})
	}
}
