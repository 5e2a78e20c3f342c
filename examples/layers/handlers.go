package main

// This file is what the layers stand around: a page, a list of notes, and the
// small functions that layers ask.

import (
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/contrib/session"
	mw "github.com/dram-go/dram/middleware"
)

const (
	issuer, audience = "layers", "layers-api"
	// contentPolicy lets in what comes from here, and the one inline script that
	// has the request's nonce.
	contentPolicy = "default-src 'none'; script-src 'self' {nonce}; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// permissions: machines may read metrics, operators everything.
	permissions = "p, scraper, /metrics, GET\np, operator, /metrics, GET\np, operator, /admin/*, *"
	keptNotes   = 100
)

//go:embed web
var web embed.FS

var homePage = template.Must(template.ParseFS(web, "web/pages/home.html"))

// files is a folder of the program's own files.
func files(dir string) fs.FS {
	sub, err := fs.Sub(web, dir)
	if err != nil {
		panic(err) // the name is wrong, and that of a constant
	}
	return sub
}

func (s *service) home(c *dram.Context) error {
	visitor := session.From(c)
	visitor.Put("visits", visitor.GetInt("visits")+1)
	c.Status(http.StatusOK)
	c.Header("Content-Type", "text/html; charset=utf-8")
	return homePage.Execute(c.Writer, dram.H{"User": visitor.User(), "Visits": visitor.GetInt("visits"), "Nonce": mw.CSPNonce(c)})
}

func (s *service) login(c *dram.Context) error {
	var form struct {
		Name     string `form:"name" binding:"required"`
		Password string `form:"password" binding:"required"`
	}
	if err := c.ShouldBindWith(&form, binding.FormPost); err != nil {
		return err
	}
	if ok, _ := s.verify(c, form.Name, form.Password); !ok {
		return dram.NewProblem(http.StatusUnauthorized, "the name or the password is wrong")
	}
	if err := session.From(c).LogIn(form.Name); err != nil {
		return dram.NewProblem(http.StatusServiceUnavailable, "").Because(err)
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

func (s *service) logout(c *dram.Context) error {
	if err := session.From(c).LogOut(); err != nil {
		return dram.NewProblem(http.StatusServiceUnavailable, "").Because(err)
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// verify knows the passwords of the configuration. Digests have one length,
// whatever was sent. Passwords that people choose need a slow hash (argon2).
func (s *service) verify(_ *dram.Context, name, password string) (bool, error) {
	kept, known := s.cfg.Accounts[name]
	want, got := sha256.Sum256([]byte(kept)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && known, nil
}

// notes are the last notes of each user.
type notes struct {
	mu     sync.Mutex
	byUser map[string][]note
}

type note struct {
	Text string    `json:"text" binding:"required,max=1000"`
	At   time.Time `json:"at"`
}

func (s *service) listNotes(c *dram.Context) {
	s.notes.mu.Lock()
	kept := append([]note{}, s.notes.byUser[mw.ByUser(c)]...)
	s.notes.mu.Unlock()
	c.JSON(http.StatusOK, dram.H{"notes": kept})
}

func (s *service) addNote(c *dram.Context) error {
	var added note
	if err := c.ShouldBindJSON(&added); err != nil {
		return err
	}
	added.At = time.Now().UTC()
	user := mw.ByUser(c)
	s.notes.mu.Lock()
	if s.notes.byUser == nil {
		s.notes.byUser = map[string][]note{}
	}
	all := append(s.notes.byUser[user], added)
	s.notes.byUser[user] = all[max(0, len(all)-keptNotes):]
	s.notes.mu.Unlock()
	c.Header("Location", c.URL("/api/notes"))
	c.JSON(http.StatusCreated, added)
	return nil
}

// newToken is a token of the API, as the log-in server would give it out.
func newToken(key, user string) string {
	claims := jwt.MapClaims{"iss": issuer, "aud": audience, "sub": user, "exp": time.Now().Add(time.Hour).Unix()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
	if err != nil {
		panic(err) // HS256 takes any key
	}
	return token
}

// sayFault answers whatever fails. The id leads to the log.
func sayFault(c *dram.Context, err error) {
	c.WriteProblem(dram.ProblemOf(err).With("request_id", mw.RequestIDFrom(c)))
}

// userOf is what the log says beside the usual.
func userOf(c *dram.Context) []slog.Attr { return []slog.Attr{slog.String("user", mw.ByUser(c))} }

// toShop keeps what was meant for this service from the one behind it, and gives
// the request the same name in both logs.
func toShop(c *dram.Context, out *http.Request) {
	out.Header.Del("Cookie")
	out.Header.Del("Authorization")
	out.Header.Set("X-Request-Id", mw.RequestIDFrom(c))
}

func anybody(*dram.Context) bool { return true }
