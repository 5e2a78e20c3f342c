package typed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"reflect"
	"strings"
	"unicode"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file writes the body of a request: JSON, or a form, with files.

func (w *requestWriter) writeFiles(name string, value reflect.Value) error {
	var files []*multipart.FileHeader
	switch file := value.Interface().(type) {
	case *multipart.FileHeader:
		files = append(files, file)
	case []*multipart.FileHeader:
		files = file
	case multipart.FileHeader:
		files = append(files, &file)
	default:
		return fmt.Errorf("a %T cannot be sent: use *multipart.FileHeader or a slice of them", file)
	}
	for _, file := range files {
		if file == nil {
			continue
		}
		header, err := headerOf(name, file)
		if err != nil {
			return err
		}
		w.files = append(w.files, sentFile{file, header})
	}
	return nil
}

// sentFile is a file, and its header in a form.
type sentFile struct {
	*multipart.FileHeader
	header textproto.MIMEHeader
}

func headerOf(name string, file *multipart.FileHeader) (textproto.MIMEHeader, error) {
	switch {
	case file.Filename == "":
		return nil, errors.New("a file without a name is read as a text: set Filename")
	case strings.ContainsFunc(file.Filename, unicode.IsControl) || strings.ContainsAny(file.Filename, `/\`):
		return nil, fmt.Errorf("the file's name %q is not read as it is: leave out directories and control characters", file.Filename)
	}
	header := textproto.MIMEHeader{}
	for key, values := range file.Header {
		for _, value := range values {
			if !httpfield.IsToken(key) || strings.ContainsFunc(value, unicode.IsControl) || strings.TrimSpace(value) != value ||
				textproto.CanonicalMIMEHeaderKey(key) == "Content-Transfer-Encoding" {
				return nil, fmt.Errorf("the file's header has %q, which cannot be sent: correct it", key+": "+value)
			}
			header.Add(key, value)
		}
	}
	header.Set("Content-Disposition", multipart.FileContentDisposition(name, file.Filename))
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/octet-stream")
	}
	return header, nil
}

// content returns the body and its media type. A route with files reads forms as multipart alone.
func (w *requestWriter) content(multi bool) (body io.Reader, media string, err error) {
	switch {
	case multi && len(w.files)+len(w.form) > 0:
		var buffer bytes.Buffer
		form := multipart.NewWriter(&buffer)
		for name, values := range w.form {
			for _, value := range values {
				_ = form.WriteField(name, value) // a Buffer takes all
			}
		}
		for _, file := range w.files {
			if err := file.copyTo(form); err != nil {
				return nil, "", err
			}
		}
		return &buffer, form.FormDataContentType(), form.Close()
	case len(w.form) > 0:
		return strings.NewReader(w.form.Encode()), "application/x-www-form-urlencoded", nil
	case len(w.body) > 0:
		text, err := json.Marshal(w.body)
		return bytes.NewReader(text), "application/json", err
	}
	return nil, "", nil
}

func (f sentFile) copyTo(form *multipart.Writer) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := form.CreatePart(f.header)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	return err
}
