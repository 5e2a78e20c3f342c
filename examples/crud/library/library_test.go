package library

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) {
	PasswordCost = bcrypt.MinCost
	os.Exit(m.Run())
}

func TestTextFitsOneLineOfEveryDatabase(t *testing.T) {
	for in, want := range map[string]string{
		"  a \t b\n": "a b", "a\x00b": "ab", "\xffa": "a", "\u0085a\u00a0b": "a b", "": "", "😀": "😀",
	} {
		assert.Equal(t, want, line(in), "%q", in)
	}
}

// broken maps the fields that break a rule to the rule.
func broken(err error) map[string]string {
	rules := map[string]string{}
	for _, e := range binding.FieldErrors(err) {
		rules[e.Field[strings.LastIndex(e.Field, ".")+1:]] = e.Rule
	}
	if fault, ok := errors.AsType[*Fault](err); ok {
		rules[fault.Field] = fault.Rule
	}
	return rules
}

func TestBooksAreCleanBeforeTheyAreJudged(t *testing.T) {
	f := BookFields{ISBN: " 978-0-14-044913-6 ", Title: " Crime\nand  Punishment", Author: "Fyodor\x00 Dostoevsky "}
	require.NoError(t, f.Clean())
	assert.Equal(t, BookFields{ISBN: "9780140449136", Title: "Crime and Punishment", Author: "Fyodor Dostoevsky"}, f)
	f.ISBN = "0-8044-2957-x"
	require.NoError(t, f.Clean())
	assert.Equal(t, "080442957X", f.ISBN)

	tests := []struct {
		name string
		book BookFields
		want map[string]string
	}{
		{"nothing there", BookFields{}, map[string]string{"isbn": "required", "title": "required", "author": "required"}},
		{"nothing but space", BookFields{ISBN: "9780140449136", Title: " \x00", Author: "\t"}, map[string]string{"title": "required", "author": "required"}},
		{"too much", BookFields{ISBN: "9780140449137", Title: strings.Repeat("ä", 201), Author: "a", Year: 2101, Copies: 1001},
			map[string]string{"isbn": "isbn", "title": "max", "year": "max", "copies": "max"}},
		{"too little", BookFields{ISBN: "9780140449136", Title: strings.Repeat("ä", 200), Author: "a", Year: -1, Copies: -1},
			map[string]string{"year": "min", "copies": "min"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, broken(tt.book.Clean())) })
	}
}

func TestWhatIsLentStays(t *testing.T) {
	b := Book{BookFields: BookFields{Title: "t", Copies: 3}, Available: 1}
	err := b.Change(BookFields{Title: "u", Copies: 1})
	require.ErrorIs(t, err, Conflict)
	assert.Equal(t, map[string]string{"copies": "min"}, broken(err))
	assert.Equal(t, "t", b.Title, "nothing has changed")
	require.NoError(t, b.Change(BookFields{Title: "u", Copies: 2}))
	assert.Equal(t, BookFields{Title: "u", Copies: 2}, b.BookFields)

	require.ErrorIs(t, b.MayGo(), Conflict)
	require.NoError(t, b.MayBeLent())
	require.NoError(t, Book{BookFields: BookFields{Copies: 1}, Available: 1}.MayGo())
	err = Book{BookFields: BookFields{Copies: 2}}.MayBeLent()
	require.ErrorIs(t, err, Conflict)
	assert.EqualError(t, err, "All 2 copies are lent.")
}

func TestALoanIsOverdueUntilItIsBack(t *testing.T) {
	before, after := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	assert.True(t, Loan{DueAt: before}.Overdue())
	assert.False(t, Loan{DueAt: after}.Overdue())
	assert.False(t, Loan{DueAt: before, ReturnedAt: &after}.Overdue())
}

func TestEachRoleMayWhatTheOnesBeforeItMay(t *testing.T) {
	for i, have := range Roles {
		for j, want := range Roles {
			u := User{ID: 1, Role: have}
			assert.Equal(t, i >= j, u.Can(want), "%s as %s", have, want)
			if i < j {
				require.ErrorIs(t, u.Needs(want), Forbidden)
			} else {
				require.NoError(t, u.Needs(want))
			}
		}
	}
	assert.False(t, User{}.Can(Reader))
	assert.False(t, User{ID: 1, Role: "king"}.Can(Reader), "an unknown role is none")
	require.ErrorIs(t, User{}.Needs(Reader), LoggedOut)
}

func TestAccounts(t *testing.T) {
	u := NewUser{Email: " New@Example.com", Name: " A\tB ", Role: Editor, Password: "long enough"}
	require.NoError(t, u.Clean())
	assert.Equal(t, "new@example.com", u.Email)
	assert.Equal(t, "A B", u.Name)

	bad := NewUser{Email: "x", Role: "king", Password: "short"}
	assert.Equal(t, map[string]string{"email": "email", "name": "required", "role": "enum", "password": "min"}, broken(bad.Clean()))
	u.Password = strings.Repeat("ä", 40)
	assert.Equal(t, map[string]string{"password": "max"}, broken(u.Clean()), "80 bytes, of which bcrypt would not read all")
	u.Password = "a\x00a\x00a\x00a\x00"
	assert.Equal(t, map[string]string{"password": "max"}, broken(u.Clean()), "which is a to bcrypt")
}

func TestPasswords(t *testing.T) {
	hash, err := HashPassword("dram-demo")
	require.NoError(t, err)
	u := User{ID: 1, PasswordHash: hash}
	has := func(u User, password string) bool {
		ok, err := u.HasPassword(t.Context(), password)
		require.NoError(t, err)
		return ok
	}
	assert.True(t, has(u, "dram-demo"))
	assert.False(t, has(u, "wrong"))
	assert.False(t, has(User{PasswordHash: hash}, "dram-demo"), "nobody has no password")
	assert.False(t, has(u, "dram-demo\x00dram-demo"), "which is the same to bcrypt")
	u.PasswordHash, err = HashPassword(strings.Repeat("x", 72))
	require.NoError(t, err)
	assert.True(t, has(u, strings.Repeat("x", 72)))
	assert.False(t, has(u, strings.Repeat("x", 73)), "of which bcrypt reads 72")
	cost, err := bcrypt.Cost([]byte(nobodysHash()))
	require.NoError(t, err)
	assert.Equal(t, PasswordCost, cost, "it takes as long for nobody")
}

// Of a flood of log-ins only those are checked that are still waited for, and not all at once.
func TestAPasswordIsCheckedInItsTurn(t *testing.T) {
	for range cap(checking) {
		checking <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := User{}.HasPassword(ctx, "dram-demo")
	require.ErrorIs(t, err, Busy)
	for range cap(checking) {
		<-checking
	}
}

func TestFilters(t *testing.T) {
	f := BookFilter{Search: " a\x00 ", Author: "\xffb", Sort: "-author"}
	f.Clean()
	assert.Equal(t, BookFilter{Search: "a", Author: "b", Sort: "-author"}, f)
	key, descending := f.Order()
	assert.Equal(t, "author", key)
	assert.True(t, descending)
	b := Book{ID: 7, BookFields: BookFields{Title: "t", Author: "a"}}
	for sort, want := range map[string]Position{"-author": {"a", 7}, "title": {"t", 7}, "added": {"", 7}} {
		assert.Equal(t, want, BookFilter{Sort: sort}.Position(b), sort)
	}
}

// TestRulesKnowNeitherHTTPNorSQL reads the imports of the package.
func TestRulesKnowNeitherHTTPNorSQL(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	require.Greater(t, len(files), 3)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			assert.NotRegexp(t, `net/http|database/sql|/store|/web`, spec.Path.Value, name)
		}
	}
}
