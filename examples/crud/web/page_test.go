package web

import (
	"database/sql"
	"html"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file is the pages without a browser; browser_test.go uses them as people do.

func TestNobodyIsSentElsewhereByALogIn(t *testing.T) {
	s := open(t, sqlite(t))
	for next, want := range map[string]string{
		"/loans?open=true": "/loans?open=true", "": "/books", "//evil.example": "/books", `/\evil.example`: "/books",
		"https://evil.example": "/books", "/\t/evil.example": "/books", "javascript:alert(1)": "/books",
	} {
		assert.Equal(t, want, localPath(next), next)
	}
	s.POST("/login", dramtest.Form("email", "reader@example.com", "password", "dram-demo", "next", "//evil.example")).Redirect("/books")
	s.POST("/books/1/borrow").Redirect("/books/1")
	s.POST("/loans/1/return", dramtest.Form("back", "https://evil.example")).Redirect("/books")
}

func TestPagesOfErrorsAreForPeople(t *testing.T) {
	editor := open(t, sqlite(t)).As(editor)
	for path, status := range map[string]int{"/nothing": 404, "/books/999": 404, "/books/999/edit": 404, "/books/x/edit": 404, "/books?sort=isbn": 400, "/loans?limit=0": 400} {
		editor.GET(path).Want(status).Header("Content-Type", "text/html; charset=utf-8").Contains("Back to the books", "Ed Editor")
	}
	for path, status := range map[string]int{"/books/999/edit": 404, "/books/x/edit": 404, "/books/999/delete": 404, "/books/x/delete": 404, "/books/x/borrow": 404, "/books/999/borrow": 404, "/loans/999/return": 404, "/loans/x/return": 404} {
		book := dramtest.Form("version", "1", "title", "t", "author", "a", "isbn", "9780596520687", "copies", "1")
		for _, form := range []dramtest.Option{book, dramtest.Form("version", "1")} { // the second has faults of its own
			page := editor.POST(path, form).Want(status).Contains("Back to the books")
			assert.NotContains(t, page.Text(), "must be an integer")
		}
	}
	for _, path := range []string{"/books/1/delete", "/loans/1/return"} {
		asked := open(t, sqlite(t)).POST(path, dramtest.Form("version", "1", "back", "/loans")).Want(http.StatusUnauthorized)
		assert.NotContains(t, asked.Text(), "What you typed is kept.", path)
	}
}

// A form of which a part has come was said to have wrong fields, and the page named none.
func TestAFormThatDoesNotComeWholeIsNotOneWithWrongFields(t *testing.T) {
	admin := open(t, sqlite(t)).As(admin)
	for _, path := range []string{"/login", "/account", "/books", "/books/1/edit", "/users", "/users/2/role"} {
		page := admin.POST(path, dramtest.Body("application/x-www-form-urlencoded", []byte("title=t&role=%zz"))).Want(http.StatusBadRequest)
		assert.NotContains(t, page.Text(), "Some fields are not valid.", path)
		assert.NotContains(t, page.Text(), "The role", path)
	}
}

func TestWhatAPageRefuses(t *testing.T) {
	s := open(t, sqlite(t))
	reader, editor := s.As(reader), s.As(editor)
	reader.POST("/books/5/borrow").Redirect("/books/5").Follow().Contains("The book is yours for four weeks.", "Return it")
	reader.POST("/books/5/borrow").Want(http.StatusConflict).Contains("All 1 copies are lent.", "Return it")
	reader.POST("/books/1/borrow").Redirect("/books/1")
	reader.POST("/books/1/borrow").Want(http.StatusConflict).Contains("You already have this book.")
	editor.POST("/books/5/delete", dramtest.Form("version", "1")).Want(http.StatusConflict).Contains("The book is on loan.")
	editor.POST("/books/2/delete", dramtest.Form("version", "0")).Want(http.StatusConflict).Contains("Somebody else has changed this book.")
	editor.POST("/books/2/delete").Want(http.StatusConflict)
	fewer := dramtest.Form("version", "1", "title", "t", "author", "a", "isbn", "9780201835953", "copies", "0")
	editor.POST("/books/5/edit", fewer).Want(http.StatusConflict).Contains("1 of the copies are lent.", `id="copies-error"`, `name="version" value="1"`)
	editor.GET("/books/5").Contains("0 of 1")
	reader.POST("/loans/1/return", dramtest.Form("back", "/loans")).Redirect("/loans").Follow().Contains("“The Mythical Man-Month” is back.")
	s.GET("/books/1").Contains("/login?next=%2Fbooks%2F1")
	s.As(admin).POST("/users/3/role", dramtest.Form("role", "reader")).Want(http.StatusConflict).Contains("Somebody has to manage the accounts", "Ed Editor", "Add</button>")
}

func TestTextOfUsersIsText(t *testing.T) {
	s := open(t, sqlite(t))
	const evil = `<script>alert("x")</script>`
	s.As(editor).POST("/books", dramtest.Form("title", evil, "author", evil, "isbn", "9780596520687", "copies", "1")).Redirect("/books/13")
	s.As(editor).POST("/books/13/borrow").Redirect("/books/13")
	for _, path := range []string{"/books", "/books/13", "/books/13/edit", "/loans", "/books?q=%3Cscript%3E", "/login?next=/%22%3E%3Cscript%3E", "/%3Cscript%3E"} {
		res := s.As(editor).GET(path)
		assert.NotContains(t, res.Text(), "<script", path)
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// hiddenOf reads the hidden fields of the form in a page.
func hiddenOf(res *dramtest.Response) (pairs []string) {
	for _, m := range hidden.FindAllStringSubmatch(res.Text(), -1) {
		pairs = append(pairs, html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return pairs
}

// TestWhatWasTypedSurvivesALogIn: the session ends while somebody fills in a form.
func TestWhatWasTypedSurvivesALogIn(t *testing.T) {
	s := open(t, sqlite(t))
	editor := s.As(editor)
	editor.DELETE("/api/session").Want(http.StatusNoContent)
	typed := []string{"title", `"Typed" & kept`, "author", "An Author", "isbn", "9780596520687", "copies", "3", "year", ""}
	asked := editor.POST("/books", dramtest.Form(typed...)).Want(http.StatusUnauthorized).Contains("What you typed is kept.", `name="email"`)

	logIn := func(password string, from *dramtest.Response) dramtest.Option {
		return dramtest.Form(append(hiddenOf(from), "email", "editor@example.com", "password", password)...)
	}
	wrong := editor.POST("/login", logIn("wrong", asked)).Want(http.StatusUnauthorized).Contains("Wrong email address or password.")
	again := editor.POST("/login", logIn("dram-demo", wrong)).Want(http.StatusOK).
		Contains("Send it now", `action="/books"`, "&#34;Typed&#34; &amp; kept", "has not been done yet")
	s.GET("/api/books?q=kept").JSON(`{"items": []}`)
	editor.POST("/books", dramtest.Form(hiddenOf(again)...)).Redirect("/books/13").Follow().Contains("The book is added.")
	s.GET("/api/books/13").JSON(`{"title": "\"Typed\" & kept", "copies": 3}`)

	// Passwords are not among what is kept.
	editor.DELETE("/api/session").Want(http.StatusNoContent)
	asked = editor.POST("/account", dramtest.Form("current", "dram-demo", "password", "another one")).Want(http.StatusUnauthorized)
	assert.NotContains(t, asked.Text(), "another one")
	assert.NotContains(t, asked.Text(), `value="dram-demo"`)

	// Nor is a log-in that another site has sent, with text of its own.
	planted := dramtest.Form("email", "editor@example.com", "password", "dram-demo", "next", "/books/1/delete", "again", "version=1")
	editor.POST("/login", planted, dramtest.CrossSite("https://evil.example")).Want(http.StatusForbidden)

	// A limit on log-ins does not cost it either.
	asked = editor.POST("/books", dramtest.Form(typed...)).Want(http.StatusUnauthorized)
	for range 12 {
		wrong = editor.POST("/login", logIn("wrong", asked), dramtest.From("203.0.113.7"))
	}
	wrong.Want(http.StatusTooManyRequests)
	require.Equal(t, hiddenOf(asked), hiddenOf(wrong))
	editor.POST("/login", logIn("dram-demo", wrong), dramtest.From("203.0.113.8")).Want(http.StatusOK).Contains("Send it now")
}

// TestWhatCannotBeKeptIsNotSaidToBe: nor is it offered to be sent again.
func TestWhatCannotBeKeptIsNotSaidToBe(t *testing.T) {
	s := open(t, sqlite(t))
	for name, body := range map[string]dramtest.Option{
		"too long":     dramtest.Form("title", strings.Repeat("a", middleware.DefaultMaxBody)),
		"not our form": dramtest.Body("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nt\r\n--x--\r\n")),
		"nothing":      dramtest.Header("X-Nothing", "sent"),
		"passwords":    dramtest.Form("current", "a", "password", "b"),
	} {
		asked := s.POST("/books", body)
		assert.NotContains(t, asked.Text(), "kept", name)
		if name == "not our form" {
			assert.Equal(t, []string{"next", "/books"}, hiddenOf(asked))
		}
	}
}

// TestNobodyElsesLogInCostsWhatWasTyped: somebody without the role logs in meanwhile, in
// another tab.
func TestNobodyElsesLogInCostsWhatWasTyped(t *testing.T) {
	s := open(t, sqlite(t))
	reader, typed := s.As(reader), []string{"title", "Kept", "author", "a", "isbn", "9780596520687", "copies", "1"}
	asked := reader.POST("/books", dramtest.Form(typed...)).Want(http.StatusForbidden).
		Contains("This needs the role editor, and yours is reader. What you typed is kept.")
	again := reader.POST("/login", dramtest.Form(append(hiddenOf(asked), "email", "editor@example.com", "password", "dram-demo")...)).Contains("Send it now")
	reader.POST("/books", dramtest.Form(hiddenOf(again)...)).Redirect("/books/13")
	// What another site sends is not handed on.
	planted := s.As(admin).POST("/books", dramtest.Form(typed...), dramtest.CrossSite("https://evil.example")).Want(http.StatusForbidden)
	assert.Empty(t, hiddenOf(planted))
}

// TestWhatAForeignKeyRefusesIsShownAgain: no rule has a sentence for it.
func TestWhatAForeignKeyRefusesIsShownAgain(t *testing.T) {
	location := sqlite(t)
	s := open(t, location)
	db, err := sql.Open("sqlite", strings.TrimPrefix(location, "sqlite:"))
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec("CREATE TABLE shelves (isbn TEXT REFERENCES books (isbn)); INSERT INTO shelves SELECT isbn FROM books WHERE id = 1")
	require.NoError(t, err)
	s.As(editor).POST("/books/1/edit", dramtest.Form("version", "1", "title", "Typed", "author", "a", "isbn", "9780596520687", "copies", "2")).
		Want(http.StatusConflict).Contains("It does not go with what is there.", `value="Typed"`)
}

// On a phone a row of a list is a block: its numbers have their names beside them.
func TestNumbersInListsHaveNames(t *testing.T) {
	s := open(t, sqlite(t))
	s.GET("/books").Contains(`<td class="number" data-label="Available">`)
}

func TestTheLinkToTheLogInLeadsBackToAPage(t *testing.T) {
	s := open(t, sqlite(t))
	assert.NotContains(t, s.GET("/login?next=/loans").Text(), `href="/login`)
	assert.NotContains(t, s.POST("/books").Text(), `href="/login`)
	s.POST("/nothing").Want(http.StatusNotFound).Contains(`<a href="/login">Log in</a>`)
	s.GET("/books?q=%22%26").Contains(`<a href="/login?next=%2Fbooks%3Fq%3D%2522%2526">`)
	s.HEAD("/loans").Want(http.StatusSeeOther).Header("Location", "/login?next=%2Floans")
}

// A link to the log-in fills no form: what comes after it was never typed by who logs in.
func TestALinkToTheLogInPlantsNothing(t *testing.T) {
	s := open(t, sqlite(t))
	page := s.GET("/login?next=/users/1/role&again=yes&again.role=admin").Want(http.StatusOK).Text()
	assert.NotContains(t, page, `name="again`)
}

// TestWhatWasTypedSurvivesAnOutage that begins while somebody fills in a form.
func TestWhatWasTypedSurvivesAnOutage(t *testing.T) {
	location := sqlite(t)
	file := strings.TrimPrefix(location, "sqlite:")
	s := open(t, location)
	editor, admin := s.As(editor), s.As(admin)
	require.NoError(t, os.Rename(file, file+".gone"))
	typed := dramtest.Form("title", "Typed & kept", "author", "An Author", "isbn", "9780596520687", "copies", "3")
	refused := editor.POST("/books", typed).Want(http.StatusServiceUnavailable).Contains("What you sent is kept.", "Send it again")
	account := dramtest.Form("email", "new@example.com", "name", "New", "role", "editor", "password", "correct horse")
	assert.NotContains(t, admin.POST("/users", account).Want(http.StatusServiceUnavailable).Contains("new@example.com").Text(), "correct horse")
	borrowed := editor.POST("/books/1/borrow").Want(http.StatusServiceUnavailable)
	assert.NotContains(t, borrowed.Text(), "Send it again", "there is nothing typed")
	require.NoError(t, os.Rename(file+".gone", file))
	editor.POST("/books", dramtest.Form(hiddenOf(refused)...)).Redirect("/books/13").Follow().Contains("Typed &amp; kept")
}
