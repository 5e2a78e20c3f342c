package typed

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/files"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/schema"
)

// This file answers with files.

// File is an answer that is a file, with ranges and conditions (RFC 9110 sections 13 and 14).
type File struct {
	// Content is what is sent. It is closed after that if it is an io.Closer.
	Content io.ReadSeeker
	// Name is the file's: its ending tells the type, if Type does not.
	Name string
	// Type is the media type. Default: by Name, or by the first 512 bytes.
	Type string
	// ETag is the entity tag, with its quotes; ModTime when the file was changed. Either lets
	// clients ask whether they have the newest.
	ETag    string
	ModTime time.Time
	// Download has browsers store the file under Name.
	Download bool
}

func (File) describe() output { return output{status: http.StatusOK, file: true} }

func (a File) send(rt *route, c *dram.Context) {
	if content := reflect.ValueOf(a.Content); !content.IsValid() || content.Kind() == reflect.Pointer && content.IsNil() {
		c.Fail(fmt.Errorf("dram: typed: %s %s (%s) answers with a File whose Content is nil: return an error for what is not there", rt.method, rt.pattern, rt.source))
		return
	}
	if closer, ok := a.Content.(io.Closer); ok {
		defer closer.Close()
	}
	tag, err := entityTag(a.ETag)
	if err != nil {
		c.Fail(err)
		return
	}
	if a.Type != "" {
		c.Header("Content-Type", a.Type)
	}
	if tag != "" {
		c.Header("ETag", tag)
	}
	if a.Download {
		c.Header("Content-Disposition", httpfield.Attachment(a.Name))
	}
	err = files.Content(c.Writer, c.Request, a.Name, a.ModTime, a.Content)
	var refused *files.RefusedError
	if errors.As(err, &refused) {
		err = dram.NewProblem(refused.Status, refused.Error())
	}
	c.Fail(err)
}

// conditions describes what a client may ask of a File beside the whole: a part, and whether there is
// a newer one.
func conditions(responses map[string]responseObject) {
	text := &schema.Schema{Type: schema.Types{"string"}}
	responses[strconv.Itoa(http.StatusPartialContent)] = responseObject{
		Description: "The part that Range names", Content: map[string]mediaType{"*/*": {}},
		Headers: map[string]headerObject{"Content-Range": {Schema: text}},
	}
	responses[strconv.Itoa(http.StatusNotModified)] = responseObject{Description: "The file that the conditions name is the newest"}
}
