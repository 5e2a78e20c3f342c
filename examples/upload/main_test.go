package main

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/dramtest"
)

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
			app := dramtest.New(t, newEngine(root, 2048))
			res := app.POST("/files", dramtest.Multipart(dramtest.File(tt.field, tt.filename, []byte(tt.content)))).Want(tt.status)

			stored, err := os.ReadDir(root.Name())
			require.NoError(t, err)
			if tt.status != http.StatusCreated {
				assert.Empty(t, stored)
				return
			}
			require.Len(t, stored, 1)
			assert.Regexp(t, regexp.MustCompile(`^[A-Z2-7]{26}\.txt$`), stored[0].Name())
			res.Header("Location", "/files/"+stored[0].Name())
			app.GET("/files/"+stored[0].Name()).Want(http.StatusOK).Body(tt.content).Header("X-Content-Type-Options", "nosniff")
		})
	}
}

func TestUploadWithoutForm(t *testing.T) {
	dramtest.New(t, newEngine(newRoot(t), 2048)).POST("/files", dramtest.Text("hello")).Want(http.StatusBadRequest)
}

// A proxy that takes "/app" away says so; the address is one for the client.
func TestLocationBelowAPrefix(t *testing.T) {
	engine := newEngine(newRoot(t), 2048)
	require.NoError(t, engine.SetTrustedProxies([]string{"10.0.0.7"}))
	app := dramtest.New(t, engine)
	res := app.POST("/files", dramtest.Multipart(dramtest.File("file", "notes.txt", []byte("hello"))), dramtest.From("10.0.0.7"), dramtest.Header("X-Forwarded-Prefix", "/app"))
	assert.Regexp(t, `^/app/files/[A-Z2-7]{26}\.txt$`, res.Want(http.StatusCreated).HTTP().Header.Get("Location"))
}

func TestFilesAreNotListed(t *testing.T) {
	root := newRoot(t)
	require.NoError(t, root.WriteFile(".upload-half", []byte("half"), 0o600))
	app := dramtest.New(t, newEngine(root, 2048))
	for _, path := range []string{"/files/", "/files/.upload-half", "/files/../main.go"} {
		app.GET(path).Want(http.StatusNotFound)
	}
}
