package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHello(t *testing.T) {
	server := httptest.NewServer(newEngine())
	defer server.Close()

	tests := []struct {
		name, path string
		status     int
		body       string
	}{
		{"a name", "/hello/gopher", http.StatusOK, `{"message":"hello gopher"}`},
		{"an escaped name", "/hello/J%C3%BCrgen", http.StatusOK, `{"message":"hello Jürgen"}`},
		{"no route", "/goodbye", http.StatusNotFound, "404 page not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := http.Get(server.URL + tt.path)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.body, string(body))
		})
	}
}
