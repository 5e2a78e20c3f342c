package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// form is a multipart body with one file in the field named.
func form(t *testing.T, field, filename, content string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	part, err := w.CreateFormFile(field, filename)
	require.NoError(t, err)
	_, err = io.WriteString(part, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return body, w.FormDataContentType()
}

// newRoot opens an empty directory.
func newRoot(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	return root
}

func TestUpload(t *testing.T) {
	tests := []struct {
		name, field, filename, content string
		status                         int
	}{
		{"a text", "file", "notes.txt", "hello", http.StatusCreated},
		{"upper case", "file", "NOTES.TXT", "hello", http.StatusCreated},
		{"a path as its name", "file", "../../../etc/notes.txt", "hello", http.StatusCreated},
		{"too large", "file", "notes.txt", strings.Repeat("x", 4096), http.StatusRequestEntityTooLarge},
		{"another kind", "file", "notes.html", "<script>", http.StatusUnsupportedMediaType},
		{"another field", "picture", "notes.txt", "hello", http.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := newRoot(t)
			server := httptest.NewServer(newEngine(root, 2048))
			defer server.Close()

			body, contentType := form(t, tt.field, tt.filename, tt.content)
			resp, err := http.Post(server.URL+"/files", contentType, body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, tt.status, resp.StatusCode)

			stored, err := os.ReadDir(root.Name())
			require.NoError(t, err)
			if tt.status != http.StatusCreated {
				assert.Empty(t, stored)
				return
			}
			require.Len(t, stored, 1)
			assert.Regexp(t, regexp.MustCompile(`^[A-Z2-7]{26}\.txt$`), stored[0].Name())
			assert.Equal(t, "/files/"+stored[0].Name(), resp.Header.Get("Location"))

			resp, err = http.Get(server.URL + resp.Header.Get("Location"))
			require.NoError(t, err)
			defer resp.Body.Close()
			content, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.content, string(content))
		})
	}
}

func TestUploadWithoutForm(t *testing.T) {
	w := httptest.NewRecorder()
	newEngine(newRoot(t), 2048).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/files", strings.NewReader("hello")))
	assert.Equal(t, http.StatusBadRequest, w.Code)
}

// A proxy that takes "/app" away says so; the address is one for the client.
func TestLocationBelowAPrefix(t *testing.T) {
	engine := newEngine(newRoot(t), 2048)
	require.NoError(t, engine.SetTrustedProxies([]string{"192.0.2.1"})) // where httptest's requests come from
	body, contentType := form(t, "file", "notes.txt", "hello")
	req := httptest.NewRequest(http.MethodPost, "/files", body)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Forwarded-Prefix", "/app")
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, req)
	require.Equal(t, http.StatusCreated, w.Code)
	assert.Regexp(t, `^/app/files/[A-Z2-7]{26}\.txt$`, w.Header().Get("Location"))
}

func TestFilesAreNotListed(t *testing.T) {
	root := newRoot(t)
	require.NoError(t, root.WriteFile(".upload-half", []byte("half"), 0o600))
	for _, path := range []string{"/files/", "/files/.upload-half", "/files/../main.go"} {
		w := httptest.NewRecorder()
		newEngine(root, 2048).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		assert.Equal(t, http.StatusNotFound, w.Code, path)
	}
}
