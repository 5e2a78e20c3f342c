package files

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"

	"github.com/dram-go/dram/internal/pathspell"
)

// This file answers with files. Ranges, conditions (RFC 9110 sections 13 and 14)
// and the copying are net/http's.

// ErrDirectory is the error for a directory without an index page.
var ErrDirectory = errors.New("dram: a directory without an index page")

// Sender answers with the files of one file system.
type Sender struct {
	FS fs.FS
	// Index is the page of a directory; "" is none.
	Index string
	// Canonical gives each file one path, as net/http does: no slash follows a
	// file's, and an index page's is its directory's.
	Canonical bool
	// Tags sets entity tags, of a file's time and size.
	Tags bool
	// Prepare, if set, is called before a file is sent. It may set headers, and
	// choose a file beside it, at name+suffix, that is the same in a coding.
	Prepare func(h http.Header, req *http.Request, name string, info fs.FileInfo) (suffix, coding string)
}

// Serve answers with what is called name, "" for the root: with a file, a
// directory's page, or a redirect between "dir" and "dir/", so that relative
// links in the page work; slash says that the request's path ended in one. On an
// error nothing is written. It is a *RefusedError if the file is there.
func (s *Sender) Serve(w http.ResponseWriter, req *http.Request, name string, slash bool) error {
	if name == "" {
		name = "."
	}
	asked := pathspell.Escape(path.Base(req.URL.Path))
	found, err := open(s.FS, name)
	switch {
	case err != nil:
		return err
	case !found.info.IsDir():
		defer found.Close()
		switch {
		case slash && s.Canonical:
			redirect(w, req, "../"+asked)
		case slash:
			return notFound(name)
		case s.Canonical && path.Base(name) == s.Index:
			redirect(w, req, "./")
		default:
			return s.send(w, req, name, found)
		}
	case slash:
		return s.sendIndex(w, req, name)
	case s.Canonical:
		redirect(w, req, "./"+asked+"/")
	default:
		if err := s.findIndex(name); err != nil {
			return err
		}
		redirect(w, req, "./"+asked+"/")
	}
	return nil
}

// Send answers with the file called name, or with the page of the directory,
// whatever path was asked for.
func (s *Sender) Send(w http.ResponseWriter, req *http.Request, name string) error {
	found, err := open(s.FS, name)
	if err != nil {
		return err
	}
	if found.info.IsDir() {
		return s.sendIndex(w, req, name)
	}
	defer found.Close()
	return s.send(w, req, name, found)
}

// Stat finds a file without sending it.
func (s *Sender) Stat(name string) (fs.FileInfo, error) {
	found, err := open(s.FS, name)
	if err != nil {
		return nil, err
	}
	if !found.info.IsDir() {
		_ = found.Close()
	}
	return found.info, nil
}

// findIndex returns nil if a directory has an index page.
func (s *Sender) findIndex(dir string) error {
	if s.Index == "" {
		return ErrDirectory
	}
	info, err := s.Stat(path.Join(dir, s.Index))
	if IsFault(err) {
		return err
	}
	if err != nil || info.IsDir() {
		return ErrDirectory
	}
	return nil
}

func (s *Sender) sendIndex(w http.ResponseWriter, req *http.Request, dir string) error {
	if s.Index == "" {
		return ErrDirectory
	}
	page := path.Join(dir, s.Index)
	found, err := open(s.FS, page)
	if IsFault(err) {
		return err
	}
	if err != nil || found.info.IsDir() {
		return ErrDirectory
	}
	defer found.Close()
	return s.send(w, req, page, found)
}

// redirect sends the client to a location that is relative to the request's
// path: it cannot lead to another host.
func redirect(w http.ResponseWriter, req *http.Request, location string) {
	if query := req.URL.RawQuery; query != "" {
		location += "?" + query
	}
	w.Header()["Location"] = []string{location}
	w.WriteHeader(http.StatusMovedPermanently)
}

// send answers with an open file, or with its variant in a coding.
func (s *Sender) send(w http.ResponseWriter, req *http.Request, name string, plain opened) error {
	h := w.Header()
	sent, coding := plain, ""
	if s.Prepare != nil {
		var suffix string
		if suffix, coding = s.Prepare(h, req, name, plain.info); coding != "" {
			variant, err := open(s.FS, name+suffix)
			if err == nil && !variant.info.IsDir() {
				defer variant.Close()
				sent = variant
				s.setType(h, name)
				h["Content-Encoding"] = []string{coding}
			} else {
				coding = ""
			}
		}
	}
	if s.Tags && len(h["Etag"]) == 0 && !sent.info.ModTime().IsZero() {
		h["Etag"] = []string{tag(sent.info, coding)}
	}
	req = FewRanges(req)
	content, ok := sent.File.(io.ReadSeeker)
	if ok {
		_, err := content.Seek(0, io.SeekStart) // http.FS makes seekers of all files
		ok = err == nil
	}
	if ok && coding == "" && !mayBeRefused(req) {
		http.ServeContent(w, req, name, sent.info.ModTime(), content)
		return nil
	}
	a := &answer{ResponseWriter: w, encoded: coding != "", size: sent.info.Size()}
	if !ok {
		s.setType(h, name)
		content, a.stream = &stream{sent}, true
		req = withoutRange(req)
	}
	http.ServeContent(a, req, name, sent.info.ModTime(), content)
	return a.err()
}

// setType sets the media type of a file by its name, or else by its first bytes.
func (s *Sender) setType(h http.Header, name string) {
	if len(h["Content-Type"]) > 0 {
		return
	}
	byName := mime.TypeByExtension(path.Ext(name))
	if byName == "" {
		byName = sniff(s.FS, name)
	}
	h["Content-Type"] = []string{byName}
}

// tag is the entity tag of a file, by its time and size; each variant has its own.
func tag(info fs.FileInfo, coding string) string {
	tag := `"` + strconv.FormatInt(info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(info.Size(), 36)
	if coding != "" {
		tag += "-" + coding
	}
	return tag + `"`
}
