package middleware

import (
	"crypto/sha256"
	"io"
	"maps"
	"mime/multipart"
	"slices"

	"github.com/dram-go/dram"
)

// This file says what a body was that a layer outside has read already: Idempotency and
// Cache tell requests apart by their bodies, and an empty one would be that of all.

// contentOf returns what tells a body from other ones: the bytes that were read of it or, if
// there were none left, those that ShouldBindBodyWith keeps, or what a form that was parsed
// holds. It is false if nothing is left of a body that was sent; of one without a
// Content-Length that cannot be seen.
func contentOf(c *dram.Context, read []byte) (content []byte, ok bool) {
	if len(read) > 0 {
		return read, true
	}
	kept, _ := c.Get(dram.BodyBytesKey)
	if kept, _ := kept.([]byte); len(kept) > 0 {
		return kept, true
	}
	if form := c.Request.MultipartForm; form != nil {
		return contentOfForm(form)
	}
	if c.Request.PostForm != nil && c.ContentType() == dram.MIMEPOSTForm { // empty, if nothing in it is a pair
		return []byte(c.Request.PostForm.Encode()), true
	}
	return nil, c.Request.ContentLength <= 0
}

// contentOfForm returns a digest of all that a form holds; nothing of one that a layer reads part
// by part, or whose files are gone.
func contentOfForm(form *multipart.Form) (content []byte, ok bool) {
	digest := sha256.New()
	part := func(text string) { digest.Write(appendPart(nil, text)) } // it never fails
	for _, name := range slices.Sorted(maps.Keys(form.Value)) {
		for _, value := range form.Value[name] {
			part(name)
			part(value)
		}
	}
	part("") // no value is a file
	for _, name := range slices.Sorted(maps.Keys(form.File)) {
		for _, file := range form.File[name] {
			part(name)
			part(file.Filename)
			part(file.Header.Get("Content-Type"))
			content := sha256.New()
			if !copyFile(content, file) {
				return nil, false
			}
			digest.Write(content.Sum(nil))
		}
	}
	return digest.Sum(nil), len(form.Value)+len(form.File) > 0
}

// copyFile copies what a client has sent as a file.
func copyFile(w io.Writer, header *multipart.FileHeader) bool {
	file, err := header.Open()
	if err != nil {
		return false
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err == nil
}
