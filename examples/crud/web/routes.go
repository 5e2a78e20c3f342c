// Package web shows the library to the world: pages for people, and a JSON API. This file is
// the map: what the application is made of, and which route runs through which layers to
// which handler. api_*.go and page_*.go have the handlers.
package web

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/pagination"
	"github.com/dram-go/dram/typed"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed style.css
var styleSheet []byte

// Config is what New needs besides the store.
type Config struct {
	Log            *slog.Logger
	Secret         []byte          // signs the cursors of lists: 32 random bytes
	Origin         string          // "https://library.example", as browsers see it behind a proxy; "" as it comes
	Secure         bool            // browsers come by https
	TrustedProxies []string        // see dram.Engine.SetTrustedProxies
	SessionTTL     time.Duration   // how long a log-in lasts
	Timeout        time.Duration   // how long a request may take
	Stopping       context.Context // ends when /readyz is to say no
	Demo           bool            // the log-in page names the accounts of the demo
}

// Web is what the handlers share.
type Web struct {
	Config
	store *store.Store
	pages *pagination.Pages[library.Position]
	once  dram.HandlerFunc // has a POST that is repeated with its key done once
}

// New returns the application as an Engine, and its API.
func New(cfg Config, s *store.Store) (*dram.Engine, *typed.API, error) {
	w := &Web{Config: cfg, store: s, pages: pagination.New[library.Position](pagination.Config{Keys: [][]byte{cfg.Secret}})}
	w.once = middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByUser, Store: s.Idempotency(), Methods: []string{http.MethodPost}})
	e := dram.New()
	e.HandleMethodNotAllowed = true
	e.RemoteIPHeaders = []string{"X-Forwarded-For"} // no other: a proxy may pass a client's X-Real-IP on
	if err := e.SetTrustedProxies(cfg.TrustedProxies); err != nil {
		return nil, nil, err
	}
	e.SetHTMLTemplate(template.Must(template.New("").Funcs(pageFuncs).ParseFS(templates, "templates/*.html")))

	// The onion, from the outside in, and the one who answers for whatever fails in it.
	e.Use(
		middleware.RequestID(middleware.RequestIDConfig{}),
		dram.LoggerWithSlog(cfg.Log),
		dram.Recovery(),
		middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: contentPolicy, ReferrerPolicy: "same-origin"}),
		middleware.Health(middleware.HealthConfig{Path: "/healthz"}),
		middleware.Readiness(middleware.ReadinessConfig{
			Checks:   map[string]func(context.Context) error{"database": s.Ready},
			Stopping: cfg.Stopping,
		}),
		middleware.Timeout(middleware.TimeoutConfig{After: cfg.Timeout}),
		middleware.Compress(middleware.CompressConfig{}),
		middleware.CSRF(middleware.CSRFConfig{TrustedOrigins: strings.Fields(cfg.Origin), OnError: func(c *dram.Context, _ middleware.Problem) {
			c.Fail(&library.Fault{Kind: library.Forbidden, Reason: "A page of another site has sent this, so nothing was done. If you meant it, do it here."})
		}}),
		middleware.BodyLimit(middleware.BodyLimitConfig{}),
	)
	e.OnError(w.onError)

	e.GET("/style.css", func(c *dram.Context) {
		c.Header("Cache-Control", "public, max-age=31536000, immutable") // its URL changes with it
		c.Data(http.StatusOK, "text/css; charset=utf-8", styleSheet)
	})
	visitor := []dram.HandlerFunc{
		func(c *dram.Context) {
			c.Header("Cache-Control", "private, no-cache") // nobody gets another's answer
			c.Fail(s.Replaced())
		},
		session.Sessions(session.Config{Store: s.Sessions(), Lifetime: cfg.SessionTTL, Insecure: !cfg.Secure, OnError: func(c *dram.Context, _ middleware.Problem) {
			c.Writer.Header().Del("Set-Cookie") // the message of a log-in that is none
			c.Fail(library.Gone)
		}}),
		w.identify,
	}
	e.NoRoute(visitor...) // the page of the error shows who is logged in
	e.NoMethod(visitor...)

	logIn := middleware.RateLimit(middleware.RateLimitConfig{Limit: 10, Name: "log-in"})
	api := w.apiRoutes(e.Group("/api", visitor...), logIn)
	w.pageRoutes(e.Group("", visitor...), logIn)
	return e, api, nil
}

func (w *Web) apiRoutes(group *dram.RouterGroup, logIn dram.HandlerFunc) *typed.API {
	group.Use(middleware.ETag(middleware.ETagConfig{}))
	api := typed.New(group, typed.Info{Title: "Library", Version: "2", Description: apiDescription}, answers(library.Busy))
	api.Spec("/openapi.json")
	api.Docs("/docs")

	linked := typed.Header("Link", "the other pages of the list (RFC 8288)")
	typed.GET(api, "/books", w.listBooks, typed.Summary("lists books"), typed.Tags("books"), linked)
	typed.GET(api, "/books/:id", w.getBook, typed.Summary("shows a book"), typed.Tags("books"), answers(library.NotFound))
	session := api.Group("", typed.Tags("session"), typed.Errors(typed.ByLayer(dram.NewProblem(http.StatusTooManyRequests, ""))))
	session.Use(logIn)
	typed.POST(session, "/session", w.createSession, typed.Summary("logs in"), answers(library.Unknown))

	reader := w.only(api, library.Reader)
	typed.GET(reader, "/session", w.getSession, typed.Summary("shows who is logged in"), typed.Tags("session"))
	typed.DELETE(reader, "/session", w.deleteSession, typed.Summary("logs out"), typed.Tags("session"))
	password := w.only(api, library.Reader)
	password.Use(logIn)
	typed.PUT(password, "/session/password", w.setPassword, typed.Summary("changes one's password"), typed.Tags("session"), answers(library.Conflict))
	typed.POST(reader, "/books/:id/loans", w.borrowBook, typed.Summary("borrows a book"), typed.Tags("loans"), answers(library.NotFound, library.Conflict))
	typed.GET(reader, "/loans", w.listLoans, typed.Summary("lists one's loans, for editors all"), typed.Tags("loans"), linked)
	typed.GET(reader, "/loans/:id", w.getLoan, typed.Summary("shows a loan"), typed.Tags("loans"), answers(library.NotFound))
	typed.POST(reader, "/loans/:id/return", w.returnLoan, typed.Summary("takes a book back"), typed.Tags("loans"), answers(library.NotFound))

	editor := w.only(api, library.Editor)
	changes := answers(library.NotFound, library.Conflict)
	typed.POST(editor, "/books", w.createBook, typed.Summary("adds a book"), typed.Tags("books"), answers(library.Conflict), typed.Header("ETag", "that of the new book"))
	typed.PATCH(editor, "/books/:id", w.patchBook, typed.Summary("changes a book"), typed.Tags("books"), changes)
	typed.DELETE(editor, "/books/:id", w.deleteBook, typed.Summary("deletes a book"), typed.Tags("books"), changes)

	admin := w.only(api, library.Admin)
	typed.GET(admin, "/users", w.listUsers, typed.Summary("lists the accounts"), typed.Tags("users"))
	typed.POST(admin, "/users", w.createUser, typed.Status(http.StatusCreated), typed.Summary("makes an account"), typed.Tags("users"), answers(library.Conflict))
	typed.PUT(admin, "/users/:id/role", w.setRole, typed.Summary("changes a role"), typed.Tags("users"), answers(library.NotFound, library.Conflict))
	return api
}

func (w *Web) pageRoutes(pages *dram.RouterGroup, logIn dram.HandlerFunc) {
	pages.GET("/", func(c *dram.Context) { c.Redirect(http.StatusFound, "/books") })
	pages.GET("/login", dram.Try(w.loginPage))
	pages.POST("/login", logIn, dram.Try(w.logInForm))
	pages.GET("/books", dram.Try(w.booksPage))
	pages.GET("/books/:id", dram.Try(w.bookPage))
	pages.POST("/logout", dram.Try(w.logoutForm))

	reader := pages.Group("", needs(library.Reader))
	reader.GET("/account", dram.Try(w.accountPage))
	reader.POST("/account", logIn, dram.Try(w.passwordForm))
	reader.POST("/books/:id/borrow", dram.Try(w.borrowForm))
	reader.GET("/loans", dram.Try(w.loansPage))
	reader.POST("/loans/:id/return", dram.Try(w.returnForm))

	editor := pages.Group("", needs(library.Editor))
	editor.GET("/books/new", dram.Try(w.newBookPage))
	editor.POST("/books", dram.Try(w.createBookForm))
	editor.GET("/books/:id/edit", dram.Try(w.editBookPage))
	editor.POST("/books/:id/edit", dram.Try(w.editBookForm))
	editor.POST("/books/:id/delete", dram.Try(w.deleteBookForm))

	admin := pages.Group("", needs(library.Admin))
	admin.GET("/users", dram.Try(w.usersPage))
	admin.POST("/users", dram.Try(w.createUserForm))
	admin.POST("/users/:id/role", dram.Try(w.roleForm))
}

// menu is what stands at the top of each page, for those who have the role.
var menu = []struct {
	Path, Name string
	Role       library.Role
}{
	{"/books", "Books", ""},
	{"/loans", "Loans", library.Reader},
	{"/users", "Accounts", library.Admin},
}

// forms are the fields that people fill in below a path, in their order.
var forms = map[string][]field{"books": bookFields, "users": userForm.Fields}

// contentPolicy is what the pages may load, run and send forms to: ours only.
const contentPolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const apiDescription = "Log in with POST /session; the cookie that it sets is for the other requests. " +
	"A POST with an Idempotency-Key can be repeated: it is done once. Errors are problem details (RFC 9457)."
