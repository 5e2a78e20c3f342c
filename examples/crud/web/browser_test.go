package web

// This file uses the pages as people do: in a browser, by what they see.

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser is a tab of headless Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
	url string
}

func openBrowser(t *testing.T, s *site) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("install chromium and put it on the PATH")
	}
	server := httptest.NewServer(s.engine)
	t.Cleanup(server.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	for _, flag := range []string{"no-sandbox", "disable-gpu", "disable-quic", "disable-component-update", "disable-sync", "disable-background-networking"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancelTime := context.WithTimeout(context.Background(), 2*time.Minute) // a page may never come
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // ends the browser and waits for it
		cancelTab()
		cancelAllocator()
		cancelTime()
	})
	b := &browser{t, ctx, server.URL}
	b.do() // starts it
	return b
}

// tab opens another tab with the same cookies.
func (b *browser) tab() *browser {
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	tab := &browser{b.t, ctx, b.url}
	tab.do()
	return tab
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

func (b *browser) open(path string) { b.t.Helper(); b.do(chromedp.Navigate(b.url + path)) }

// then does a step, and waits for the page to which it leads.
func (b *browser) then(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	_, err := chromedp.RunResponse(b.ctx, step)
	require.NoError(b.t, err)
}

// press submits a form by its button.
func (b *browser) press(button string) {
	b.t.Helper()
	b.then(chromedp.Click(`//button[normalize-space()="` + button + `"]`))
}

func (b *browser) fill(pairs ...string) {
	b.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		look[string](b, fmt.Sprintf("document.getElementById(%q).value = %q", pairs[i], pairs[i+1]))
	}
}

func (b *browser) value(field string) string {
	b.t.Helper()
	return look[string](b, `document.getElementById("`+field+`").value`)
}

// sees demands texts of the page.
func (b *browser) sees(texts ...string) {
	b.t.Helper()
	page := look[string](b, "document.body.innerText")
	for _, text := range texts {
		require.Contains(b.t, page, text)
	}
}

func (b *browser) path() string {
	b.t.Helper()
	return look[string](b, "location.pathname + location.search")
}

// focus is the id, or else the text, of what the keyboard acts on. A new page gives the focus
// to it a moment after it has loaded.
func (b *browser) focus() (name string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		name = look[string](b, `document.activeElement == document.body ? "" : document.activeElement.id || document.activeElement.innerText`)
		return name != ""
	}, 10*time.Second, 20*time.Millisecond)
	return name
}

// look evaluates an expression in the page.
func look[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err)
	return value
}

func (b *browser) login(a account) {
	b.t.Helper()
	b.fill("email", string(a), "password", "dram-demo")
	b.press("Log in")
}

func TestALibrariansDay(t *testing.T) {
	b := openBrowser(t, open(t, sqlite(t)))
	b.open("/books/new")
	require.Equal(t, "/login?next=%2Fbooks%2Fnew", b.path(), "first log in")
	b.sees("Please log in first.")
	require.Equal(t, "email", b.focus())
	b.fill("email", "editor@example.com", "password", "wrong")
	b.press("Log in")
	b.sees("Wrong email address or password.")
	require.Equal(t, "editor@example.com", b.value("email"))
	b.login(editor)
	require.Equal(t, "/books/new", b.path(), "where the reader was going")
	b.sees("Welcome, Ed Editor.")

	b.fill("title", "Learning <Go>", "author", " ", "isbn", "978-1-491-94195-0", "year", "soon")
	b.press("Save")
	b.sees("Some fields are not valid.", "Author is required", "ISBN must be an ISBN", "Year must be an integer")
	require.Equal(t, "author", b.focus(), "the first fault")
	require.Equal(t, []string{"Learning <Go>", "soon"}, []string{b.value("title"), b.value("year")}, "what was typed is kept")
	require.Equal(t, "isbn-error", look[string](b, `document.getElementById("isbn").getAttribute("aria-describedby")`))

	b.fill("author", "Jon Bodner", "isbn", store.Demo().Books[0].ISBN, "year", "2021")
	b.press("Save")
	b.sees("ISBN belongs to another book")
	require.Equal(t, "isbn", b.focus())
	b.fill("isbn", "978-1-491-94195-9")
	b.press("Save")
	b.sees("The book is added.", "Learning <Go>")
	at := b.path()
	b.open(at)
	require.NotContains(t, look[string](b, "document.body.innerText"), "The book is added.", "a message is shown once")

	b.open(at + "/edit")
	b.fill("title", "Learning Go")
	b.press("Save")
	require.Equal(t, at, b.path())
	b.sees("Your changes are saved.")
	b.press("Borrow it")
	b.sees("The book is yours")
	b.open("/loans")
	b.sees("Learning Go")
	b.press("Return")
	b.sees("“Learning Go” is back.")
	b.open(at)
	b.do(chromedp.Click(chromedp.CSS("summary")))
	b.press("Delete it")
	require.Equal(t, "/books", b.path())
	b.sees("The book is deleted.")
	b.fill("q", "no such book")
	b.press("Search")
	b.sees("No book matches.")
	b.press("Log out")
	b.sees("Log in")
	b.open("/loans")
	require.Equal(t, "/login?next=%2Floans", b.path())
}

func TestAStaleEditIsRefused(t *testing.T) {
	s := open(t, sqlite(t))
	mine := openBrowser(t, s)
	mine.open("/login")
	mine.login(editor)
	mine.open("/books/6/edit")
	mine.fill("title", "Mine")

	theirs := mine.tab()
	theirs.open("/books/6/edit")
	theirs.fill("title", "Theirs", "year", "")
	theirs.press("Save")
	theirs.sees("Your changes are saved.")

	mine.press("Save")
	mine.sees("Edit Theirs", "Somebody else saved this book while you were editing it.")
	require.Equal(t, "Mine", mine.value("title"), "the input is kept")
	s.GET("/api/books/6").JSON(`{"title": "Theirs"}`)
	mine.press("Save mine over it")
	mine.sees("Your changes are saved.")
	s.GET("/api/books/6").JSON(`{"title": "Mine", "year": 1813}`)

	theirs.open("/books/6")
	mine.open("/books/6/edit")
	mine.fill("copies", "9")
	mine.press("Save")
	theirs.do(chromedp.Click(chromedp.CSS("summary")))
	theirs.press("Delete it")
	theirs.sees("Somebody else has changed this book.")
	s.GET("/api/books/6").Want(200)
}

func TestTheSessionEndsWhileSomebodyTypes(t *testing.T) {
	s := open(t, sqlite(t))
	b := openBrowser(t, s)
	b.open("/login")
	b.login(editor)
	b.open("/books/6/edit")
	b.fill("title", "Typed & kept")
	require.Equal(t, 204, look[int](b, `fetch("/api/session", {method: "DELETE"}).then(r => r.status)`))
	b.press("Save")
	b.sees("What you typed is kept.")
	b.login(editor)
	b.sees("Welcome back, Ed Editor", "Title\nTyped & kept\nAuthor\n")
	b.press("Send it now")
	b.sees("Your changes are saved.", "Typed & kept")
}

func TestPagesFitPhonesAndNameTheirFields(t *testing.T) {
	s := open(t, sqlite(t))
	b := openBrowser(t, s)
	b.do(chromedp.EmulateViewport(360, 740))
	check := func(paths ...string) {
		for _, path := range paths {
			b.open(path)
			assert.LessOrEqual(t, look[int](b, "document.documentElement.scrollWidth"), 360, path)
			assert.Zero(t, look[int](b, `[...document.querySelectorAll("input:not([type=hidden]), select")].filter(e => e.labels.length != 1 && !e.ariaLabel).length`), path)
			assert.Zero(t, look[int](b, `[...document.querySelectorAll("button, a")].filter(e => !e.textContent.trim() && !e.ariaLabel).length`), path)
			assert.Equal(t, 1, look[int](b, `document.querySelectorAll("h1").length`), path)
			assert.Zero(t, look[int](b, `document.querySelectorAll("[id]").length - new Set([...document.querySelectorAll("[id]")].map(e => e.id)).size`), path)
		}
	}
	check("/login", "/books", "/books/1", "/nothing", "/books?sort=isbn")
	long := aBook(isbn("9780596520687"))
	s.As(editor).POST("/api/books", long).Want(201)
	s.As(editor).PATCH("/api/books/13", dramtest.JSON(map[string]string{"title": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"}), always).Want(200)
	s.As(reader).POST("/api/books/13/loans").Want(201)
	b.open("/login")
	b.login(admin)
	check("/books", "/books/13", "/books/13/edit", "/books/new", "/loans", "/users", "/account")
}

// TestWithTheKeyboardAlone logs in and borrows a book.
func TestWithTheKeyboardAlone(t *testing.T) {
	b := openBrowser(t, open(t, sqlite(t)))
	b.open("/books/1")
	b.do(chromedp.KeyEvent(kb.Tab))
	require.Equal(t, "Skip to the content", b.focus())
	require.LessOrEqual(t, 0, look[int](b, "Math.round(document.activeElement.getBoundingClientRect().top)"), "it shows when it has the focus")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	require.Equal(t, "Log in to borrow", b.focus())
	b.then(chromedp.KeyEvent(kb.Enter))
	require.Equal(t, "email", b.focus())
	b.do(chromedp.KeyEvent("reader@example.com"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("dram-demo"))
	b.then(chromedp.KeyEvent(kb.Enter))
	require.Equal(t, "/books/1", b.path())
	for b.do(chromedp.KeyEvent(kb.Tab)); b.focus() != "Borrow it"; {
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	require.NotEqual(t, "none", look[string](b, "getComputedStyle(document.activeElement).outlineStyle"), "the focus can be seen")
	b.then(chromedp.KeyEvent(kb.Enter))
	b.sees("The book is yours")
}
