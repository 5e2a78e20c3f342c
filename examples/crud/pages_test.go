package main

// This file uses the pages as people do: in a browser, by what they see.

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser is a tab of headless Chromium at a running application.
type browser struct {
	t    *testing.T
	ctx  context.Context
	site *site
}

func openBrowser(t *testing.T, s *site) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("install chromium and put it on the PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	for _, flag := range []string{"no-sandbox", "disable-gpu", "disable-quic", "disable-component-update", "disable-sync", "disable-background-networking"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancelAllocator)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx)) // starts it; a timeout here would end it
	return limited(t, s, ctx)
}

// limited keeps a page that never comes from stopping the tests.
func limited(t *testing.T, s *site, ctx context.Context) *browser {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return &browser{t, ctx, s}
}

// tab opens another tab with the same cookies.
func (b *browser) tab() *browser {
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	require.NoError(b.t, chromedp.Do(ctx))
	return limited(b.t, b.site, ctx)
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

func (b *browser) open(path string) { b.t.Helper(); b.do(chromedp.Navigate(b.site.url + path)) }

// press submits a form by its button and waits for the page that answers.
func (b *browser) press(button string) {
	b.t.Helper()
	_, err := chromedp.RunResponse(b.ctx, chromedp.Click(`//button[normalize-space()="`+button+`"]`))
	require.NoError(b.t, err)
}

func (b *browser) fill(field, value string) {
	b.t.Helper()
	look[string](b, fmt.Sprintf("document.getElementById(%q).value = %q", field, value))
}

func (b *browser) value(field string) string {
	b.t.Helper()
	return look[string](b, `document.getElementById("`+field+`").value`)
}

func (b *browser) text() string { b.t.Helper(); return look[string](b, "document.body.innerText") }

func (b *browser) path() string {
	b.t.Helper()
	return look[string](b, "location.pathname + location.search")
}

// look evaluates an expression in the page.
func look[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	require.NoError(b.t, err)
	return value
}

func (b *browser) login(name string) {
	b.t.Helper()
	b.fill("email", name+"@example.com")
	b.fill("password", demoPassword)
	b.press("Log in")
}

func TestALibrariansDay(t *testing.T) {
	s := start(t, sqliteURL(t))
	b := openBrowser(t, s)

	b.open("/books/new")
	assert.Equal(t, "/login?next=%2Fbooks%2Fnew", b.path(), "first log in")
	assert.Contains(t, b.text(), "Please log in first.")
	b.fill("email", "editor@example.com")
	b.fill("password", "wrong")
	b.press("Log in")
	assert.Contains(t, b.text(), "Wrong email address or password.")
	assert.Equal(t, "editor@example.com", b.value("email"))
	b.login("editor")
	assert.Equal(t, "/books/new", b.path(), "where the reader was going")
	assert.Contains(t, b.text(), "Welcome, Ed Editor.")

	b.fill("title", "Learning <Go>")
	b.fill("isbn", "978-1-491-94195-0")
	b.fill("year", "soon")
	b.press("Save")
	text := b.text()
	for _, want := range []string{"Some fields are not valid.", "Author is required", "ISBN must be 10 or 13 digits", "Year must be a whole number"} {
		assert.Contains(t, text, want)
	}
	assert.Equal(t, "Learning <Go>", b.value("title"), "what was typed is kept")
	assert.Equal(t, "soon", b.value("year"))
	assert.Equal(t, "author-error", look[string](b, `document.getElementById("author").getAttribute("aria-describedby")`))

	b.fill("author", "Jon Bodner")
	b.fill("isbn", demoBooks[0].ISBN)
	b.fill("year", "2021")
	b.press("Save")
	assert.Contains(t, b.text(), "ISBN belongs to another book")
	b.fill("isbn", "978-1-491-94195-9")
	b.press("Save")
	assert.Contains(t, b.text(), "The book is added.")
	assert.Contains(t, b.text(), "Learning <Go>")
	at := b.path()
	b.open(at)
	assert.NotContains(t, b.text(), "The book is added.", "a message is shown once")

	b.open(at + "/edit")
	b.fill("title", "Learning Go")
	b.press("Save")
	assert.Equal(t, at, b.path())
	assert.Contains(t, b.text(), "Your changes are saved.")

	b.press("Borrow it")
	assert.Contains(t, b.text(), "The book is yours")
	b.open("/loans")
	assert.Contains(t, b.text(), "Learning Go")
	b.press("Return")
	assert.Contains(t, b.text(), "“Learning Go” is back.")

	b.open(at)
	b.do(chromedp.Click(chromedp.CSS("summary")))
	b.press("Delete it")
	assert.Equal(t, "/books", b.path())
	assert.Contains(t, b.text(), "The book is deleted.")

	b.fill("q", "no such book")
	b.press("Search")
	assert.Contains(t, b.text(), "No book matches.")
	b.press("Log out")
	assert.Contains(t, b.text(), "You are logged out.")
	b.open("/loans")
	assert.Equal(t, "/login?next=%2Floans", b.path())
}

func TestAStaleEditIsRefused(t *testing.T) {
	s := start(t, sqliteURL(t))
	mine := openBrowser(t, s)
	mine.open("/login")
	mine.login("editor")
	mine.open("/books/6/edit")
	mine.fill("title", "Mine")

	theirs := mine.tab()
	theirs.open("/books/6/edit")
	theirs.fill("title", "Theirs")
	theirs.fill("year", "")
	theirs.press("Save")
	require.Contains(t, theirs.text(), "Your changes are saved.")

	mine.press("Save")
	text := mine.text()
	assert.Contains(t, text, "Somebody else saved this book while you were editing it.")
	assert.Contains(t, text, "Theirs")
	assert.Equal(t, "Mine", mine.value("title"), "the input is kept")
	assert.Equal(t, "Theirs", into[Book](s.anyone(t).do("GET", "/api/books/6", nil)).Title, "nothing was overwritten")

	mine.press("Save mine over it")
	assert.Contains(t, mine.text(), "Your changes are saved.")
	assert.Equal(t, "Mine", into[Book](s.anyone(t).do("GET", "/api/books/6", nil)).Title)

	theirs.open("/books/6")
	mine.open("/books/6/edit")
	mine.fill("copies", "9")
	mine.press("Save")
	theirs.do(chromedp.Click(chromedp.CSS("summary")))
	theirs.press("Delete it")
	assert.Contains(t, theirs.text(), "Somebody else has changed this book.")
	s.anyone(t).do("GET", "/api/books/6", nil).is(http.StatusOK)
}

func TestPagesFitPhonesAndNameTheirFields(t *testing.T) {
	s := start(t, sqliteURL(t))
	b := openBrowser(t, s)
	b.do(chromedp.EmulateViewport(360, 740))
	check := func(path string) {
		b.open(path)
		assert.LessOrEqual(t, look[int](b, "document.documentElement.scrollWidth"), 360, path)
		assert.Zero(t, look[int](b, `[...document.querySelectorAll("input:not([type=hidden]), select")].filter(e => e.labels.length != 1).length`), path)
		assert.Equal(t, 1, look[int](b, `document.querySelectorAll("h1").length`), path)
	}
	for _, path := range []string{"/login", "/books", "/books/1", "/nothing"} {
		check(path)
	}
	b.open("/login")
	b.login("editor")
	s.as(t, "editor").do("POST", "/api/books/1/loans", nil).is(http.StatusCreated)
	for _, path := range []string{"/books", "/books/1", "/books/1/edit", "/books/new", "/loans"} {
		check(path)
	}
}

func TestPagesOfErrorsAreForPeople(t *testing.T) {
	s := start(t, sqliteURL(t))
	for _, path := range []string{"/nothing", "/books/999", "/books/x/edit", "/books?sort=isbn"} {
		a := s.as(t, "editor").do("GET", path, nil)
		assert.True(t, strings.HasPrefix(a.Header.Get("Content-Type"), "text/html"), path)
		assert.Contains(t, []int{404, 422}, a.StatusCode, path)
		assert.Contains(t, string(a.body), "Back to the books", path)
	}
}
