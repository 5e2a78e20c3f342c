package render_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

func TestReader(t *testing.T) {
	extra := map[string]string{"Content-Type": "forged/type", "content-length": "9", "X-Set": "new", "X-New": "new"}
	w := httptest.NewRecorder()
	w.Header().Set("X-Set", "old")
	r := render.Reader{ContentType: "a/b", ContentLength: 3, Reader: strings.NewReader("abc"), Headers: extra}
	require.NoError(t, r.Render(w))
	assert.Equal(t, "abc", w.Body.String())
	assert.Equal(t, http.Header{"Content-Type": {"a/b"}, "Content-Length": {"3"}, "X-Set": {"old"}, "X-New": {"new"}}, w.Header())
	assert.Len(t, extra, 4, "the caller's map is not written")

	w = httptest.NewRecorder()
	h := w.Header()
	require.NoError(t, render.Reader{ContentLength: -1, Reader: strings.NewReader("")}.Render(w))
	assert.Empty(t, h, "an unknown length and type are not set")

	w = httptest.NewRecorder()
	require.NoError(t, render.Reader{ContentType: "a/b", Reader: strings.NewReader("")}.Render(w))
	assert.Equal(t, "0", w.Header().Get("Content-Length"))

	w = httptest.NewRecorder()
	r.WriteContentType(w)
	assert.Equal(t, http.Header{"Content-Type": {"a/b"}}, w.Header())

	broken := io.MultiReader(strings.NewReader("ab"), failing{})
	require.ErrorIs(t, render.Reader{ContentLength: -1, Reader: broken}.Render(httptest.NewRecorder()), errGone)
	require.ErrorIs(t, render.Reader{ContentLength: 4, Reader: strings.NewReader("abc")}.Render(httptest.NewRecorder()), render.ErrShort)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errGone }

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
