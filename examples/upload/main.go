// Upload stores files from a multipart form: no larger than a limit, of known
// kinds, under names of our own, since a client's name is a client's word, and in a
// root that no name leaves, each whole or not at all.
//
//	go run ./examples/upload
//	curl -F file=@picture.png http://127.0.0.1:8080/files
package main

import (
	"crypto/rand"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

var allowed = map[string]bool{".txt": true, ".png": true, ".jpg": true, ".pdf": true}

// newEngine stores in root what is not larger than limit bytes, the form included.
func newEngine(root *os.Root, limit int64) *dram.Engine {
	engine := dram.Default()
	engine.MaxMultipartMemory = 1 << 20                      // what is larger waits in a temporary file
	engine.Use(middleware.Secure(middleware.SecureConfig{})) // nosniff: no page runs a stored text as a script
	engine.GET("/files/*name", middleware.Static(middleware.StaticConfig{FS: root.FS(), Prefix: "/files"}))
	engine.POST("/files", middleware.BodyLimit(middleware.BodyLimitConfig{Max: limit}), dram.Try(func(c *dram.Context) error {
		file, err := c.FormFile("file")
		if err != nil {
			return err // 400 for a form without a file, 413 for one that is too large
		}
		ext := strings.ToLower(filepath.Ext(file.Filename))
		if !allowed[ext] {
			return dram.NewProblem(http.StatusUnsupportedMediaType, "Not a kind of file that is stored here.")
		}
		name := rand.Text() + ext
		if err := c.SaveNewUploadedFileIn(root, file, name); err != nil {
			return err
		}
		c.Header("Location", c.URL("/files/"+name)) // which the client can reach, also below a proxy's prefix
		c.JSON(http.StatusCreated, dram.H{"name": name, "size": file.Size})
		return nil
	}))
	return engine
}

// dir is in the working directory: in one where others may write, as that of temporary files, they
// could put a link to files of yours in its place.
const dir = "uploads"

func main() {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		log.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	if err := newEngine(root, 8<<20).Run("127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
