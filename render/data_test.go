package render_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/render"
)

func TestDataHeaders(t *testing.T) {
	tests := map[string]struct {
		r    render.Data
		want http.Header
	}{
		"nothing":     {render.Data{}, http.Header{}},
		"empty":       {render.Data{ContentType: "a/b"}, http.Header{"Content-Type": {"a/b"}}},
		"small":       {render.Data{ContentType: "text/plain", Data: []byte("x")}, http.Header{"Content-Type": {"text/plain"}, "Content-Length": {"1"}}},
		"to be found": {render.Data{Data: []byte("x")}, http.Header{"Content-Length": {"1"}}},
		"1023":        {render.Data{ContentType: "text/html", Data: make([]byte, 1023)}, http.Header{"Content-Type": {"text/html"}, "Content-Length": {"1023"}}},
		"1024":        {render.Data{ContentType: "application/json", Data: make([]byte, 1024)}, http.Header{"Content-Type": {"application/json"}, "Content-Length": {"1024"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time the length comes from the table
				w := sink{http.Header{}} // a recorder would sniff
				require.NoError(t, tt.r.Render(w))
				assert.Equal(t, tt.want, w.header)
			}
		})
	}
	for _, contentType := range []string{
		"application/json; charset=utf-8", "application/json", "text/plain; charset=utf-8", "text/plain",
		"text/html; charset=utf-8", "text/html", "application/octet-stream", "image/png",
	} {
		w := httptest.NewRecorder()
		require.NoError(t, render.WriteData(w, contentType, nil))
		assert.Equal(t, contentType, w.Header().Get("Content-Type"))
	}
}

func TestDataWithoutTypeIsSniffed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		assert.NoError(t, render.Data{Data: []byte("<html>")}.Render(w))
	}))
	defer server.Close()
	response, err := http.Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"))
}

func TestRedirect(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/a/b", nil)
	for _, code := range []int{201, 300, 301, 302, 303, 307, 308} {
		w := httptest.NewRecorder()
		r := render.Redirect{Code: code, Request: request, Location: "../c"}
		require.NoError(t, r.Render(w))
		assert.Equal(t, code, w.Code)
		assert.Equal(t, "/c", w.Header().Get("Location"))
		r.WriteContentType(w)
	}
	for code, message := range map[int]string{200: "Cannot redirect with status code 200", 299: "Cannot redirect with status code 299", 309: "Cannot redirect with status code 309", 0: "Cannot redirect with status code 0"} {
		assert.PanicsWithValue(t, message, func() {
			_ = render.Redirect{Code: code, Request: request, Location: "/"}.Render(httptest.NewRecorder())
		})
	}
}
