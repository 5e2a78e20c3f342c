package body_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/body"
)

const wholeForm = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\ntext\r\n--b--"

func formRequest(text string) *http.Request {
	req := httptest.NewRequest("POST", "/?q=1", strings.NewReader(text))
	req.Header.Set("Content-Type", `multipart/form-data; boundary="b"`)
	return req
}

// package mime/multipart takes some of these for whole ones.
func TestNoPartOfAMultipartFormPassesForTheWhole(t *testing.T) {
	for i := 1; i < len(wholeForm); i++ {
		req := formRequest(wholeForm[:i])
		before := req.Body
		require.Error(t, body.ParseMultipart(req, 1<<10), "%q", wholeForm[:i])
		assert.True(t, before == req.Body)
		assert.Nil(t, req.MultipartForm)
		assert.Empty(t, req.PostForm, "%q", wholeForm[:i])
		assert.Equal(t, "1", req.FormValue("q"), "%q", wholeForm[:i])
	}
	err := body.ParseMultipart(formRequest(wholeForm[:len(wholeForm)-10]+"\r\n--b\r\n"), 1<<10)
	assert.ErrorContains(t, err, "its last boundary is missing")
	assert.True(t, body.IsBroken(err), "it is the client's fault")
}

func TestAMultipartFormThatIsWhole(t *testing.T) {
	large := strings.Replace(wholeForm, "text", strings.Repeat("0123456789abcdef\r\n--", 1<<14), 1)
	for name, text := range map[string]string{
		"as it is": wholeForm, "a line break": wholeForm + "\r\n", "spaces": wholeForm + " \t\r\n", "an epilogue": wholeForm + "\r\nlater",
		"a long epilogue": wholeForm + "\r\n" + strings.Repeat("later ", 1<<16), "a preamble": "before\r\n" + wholeForm, "large": large, "large, with an epilogue": large + "\r\n" + strings.Repeat("later ", 1<<16),
	} {
		req := formRequest(text)
		require.NoError(t, body.ParseMultipart(req, 1<<10), name)
		assert.Equal(t, "1", req.PostForm.Get("a"), name)
		assert.Len(t, req.MultipartForm.File["f"], 1, name)
		require.NoError(t, body.ParseMultipart(req, 1<<10), "%s, again", name)
		require.NoError(t, req.MultipartForm.RemoveAll())
	}
	require.NoError(t, body.ParseMultipart(formRequest("--b--\r\n"), 1<<10), "nothing in it")
	req := formRequest("a=1")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.ErrorIs(t, body.ParseMultipart(req, 1<<10), http.ErrNotMultipart)
	assert.Equal(t, "1", req.PostForm.Get("a"))
	assert.Error(t, body.ParseMultipart(formRequest(""), 1<<10))
}

// What is too much of such a form is not its bytes, and no limit of bytes lets it through.
func TestAMultipartFormOfTooManyPartsIsNotSaidToHaveTooManyBytes(t *testing.T) {
	const part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n"
	for name, text := range map[string]string{
		"parts": strings.Repeat(part+"\r\n\r\n", 1001),
		"lines": part + strings.Repeat("X: y\r\n", 10_001) + "\r\n\r\n",
	} {
		req := formRequest(text + "--b--")
		bound := body.Bound(req, 1<<20, false)
		err := bound.ParseMultipart(req)
		require.True(t, body.IsTooLarge(err), name)
		assert.ErrorContains(t, err, "1,000 parts, 10,000 lines of header", name)
		bound.Release(req)
	}
}
