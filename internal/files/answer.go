package files

import (
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is what stands between net/http and the writer when an answer may
// have to be changed. All other files go past it.

// RefusedError is the error for a request whose conditions or ranges do not fit
// the file. Nothing is written; for a range that the file does not have, the
// header Content-Range is set.
type RefusedError struct {
	// Status is 412 (RFC 9110 section 15.5.13) or 416 (section 15.5.17).
	Status int
}

// Error says what does not fit.
func (e *RefusedError) Error() string {
	if e.Status == http.StatusPreconditionFailed {
		return "the file is not in the state that the request's conditions name"
	}
	return "the file does not have the range that the request asks for"
}

// mayBeRefused reports whether a request could be answered with 412 or 416.
func mayBeRefused(req *http.Request) bool {
	for _, name := range [...]string{"Range", "If-Match", "If-Unmodified-Since"} {
		if len(req.Header[name]) > 0 {
			return true
		}
	}
	return false
}

// answer keeps back net/http's texts for 412 and 416, and gives coded files
// their length, which net/http leaves out.
type answer struct {
	http.ResponseWriter
	encoded bool
	stream  bool // the file cannot go back: no ranges
	size    int64
	refused int
}

func (a *answer) WriteHeader(status int) {
	h := a.Header()
	switch {
	case status == http.StatusPreconditionFailed, status == http.StatusRequestedRangeNotSatisfiable:
		a.refused = status
		return
	case status == http.StatusOK && a.encoded:
		h["Content-Length"] = []string{strconv.FormatInt(a.size, 10)}
	}
	if a.stream {
		delete(h, "Accept-Ranges")
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(data []byte) (int, error) {
	if a.refused != 0 {
		return len(data), nil
	}
	return a.ResponseWriter.Write(data)
}

// ReadFrom hands the file on, for the kernel to send.
func (a *answer) ReadFrom(src io.Reader) (int64, error) { return io.Copy(a.ResponseWriter, src) }

// Content answers with content that stands alone: ranges and conditions are those of
// http.ServeContent. If the error is not nil, nothing is written: a RefusedError, or that of Seek.
func Content(w http.ResponseWriter, req *http.Request, name string, modified time.Time, content io.ReadSeeker) error {
	if _, err := content.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	req = FewRanges(req)
	if !mayBeRefused(req) {
		http.ServeContent(w, req, name, modified, content)
		return nil
	}
	a := &answer{ResponseWriter: w}
	http.ServeContent(a, req, name, modified, content)
	return a.err()
}

// err is the refusal, without the headers that spoke of the file.
func (a *answer) err() error {
	if a.refused == 0 {
		return nil
	}
	httpfield.DropEntity(a.Header())
	return &RefusedError{a.refused}
}

// stream is a file that cannot seek, such as a zip archive's, for net/http, which
// reads it once from the start if there are no ranges and the type is known.
type stream struct{ opened }

func (s *stream) Seek(_ int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return s.info.Size(), nil
	}
	return 0, nil
}

// maxRanges is how many ranges a request may ask for. Each one that is sent has a header of
// some 150 bytes and takes a read, so that a request of 1 MiB could ask for seconds of work
// and for 35 times its size.
const maxRanges = 100

// FewRanges returns the request, without its Range if that lists more than maxRanges (RFC 9110
// section 17.15).
func FewRanges(req *http.Request) *http.Request {
	if lines := req.Header["Range"]; len(lines) > 0 && strings.Count(lines[0], ",") >= maxRanges {
		return withoutRange(req)
	}
	return req
}

// withoutRange is the request without its Range, which a server may ignore (RFC
// 9110 section 14.2).
func withoutRange(req *http.Request) *http.Request {
	if len(req.Header["Range"]) == 0 {
		return req
	}
	whole := *req
	whole.Header = req.Header.Clone()
	whole.Header.Del("Range")
	return &whole
}

// sniff is the media type of a file by its first bytes, which of a compressed
// variant would say the wrong thing.
func sniff(fsys fs.FS, name string) string {
	file, err := fsys.Open(name)
	if err != nil {
		return "application/octet-stream"
	}
	defer file.Close()
	var head [512]byte
	n, _ := io.ReadFull(file, head[:]) // a short file is fine
	return http.DetectContentType(head[:n])
}
