// Package api is the HTTP side of Conduit: routes, handlers, and the JSON of the
// specification. A handler reads the request, asks one store, and shapes the answer;
// rules live with the things that they are about, SQL with the stores.
//
// The way of a request: the layers of New, from the outside in; the
// session (who asks?); the handler; and, when any of them fails, onError.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/comment"
	"github.com/dram-go/dram/examples/realworld/internal/profile"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/user"
	"github.com/dram-go/dram/middleware"
)

// How many bytes a request body may have. An article has at most 500,000 characters, of
// up to twelve bytes each when they are escaped; nothing else is near that long.
const (
	maxBody        = 256 << 10
	maxArticleBody = 8 << 20
)

// How many passwords an address may try in a minute, and have hashed as its own: a hash takes
// much of a processor, and those of others wait for it. They are counted in memory, so each
// process does so for itself.
const (
	logIns    = 30
	passwords = 60
)

// Options is what an API is made of.
type Options struct {
	DB      *store.DB
	Hasher  *auth.Hasher
	Tokens  *auth.Tokens
	Log     *slog.Logger
	Dialect Dialect
	Origins []string         // the origins that browsers may call from; "*" for all
	Now     func() time.Time // the clock; time.Now in a server

	// Stopping is done when the server is about to stop; /readyz says so from then on.
	Stopping context.Context
}

// API serves Conduit. Its handlers give the stores c.Request.Context(), not c: database/sql
// looks at a context a moment after the rows are closed, when c may serve another request.
type API struct {
	users    *user.Store
	profiles *profile.Store
	articles *article.Store
	comments *comment.Store
	hasher   *auth.Hasher
	tokens   *auth.Tokens
	dialect  Dialect
}

// New returns an engine that serves the API under /api, and the health of the server at
// /livez and /readyz.
func New(o Options) *dram.Engine {
	a := &API{
		users:    user.NewStore(o.DB, o.Now),
		profiles: profile.NewStore(o.DB),
		articles: article.NewStore(o.DB, o.Now),
		comments: comment.NewStore(o.DB, o.Now),
		hasher:   o.Hasher,
		tokens:   o.Tokens,
		dialect:  o.Dialect,
	}
	e := dram.New()
	e.HandleMethodNotAllowed = true
	e.Use(
		middleware.Health(middleware.HealthConfig{}),
		middleware.Readiness(middleware.ReadinessConfig{
			Checks:   map[string]func(context.Context) error{"database": o.DB.Ready},
			Stopping: o.Stopping,
		}),
		middleware.RequestID(middleware.RequestIDConfig{}),
		dram.LoggerWithSlog(o.Log),
		dram.Recovery(),
		middleware.Secure(middleware.SecureConfig{}),
		middleware.CORS(middleware.CORSConfig{
			AllowOrigins: o.Origins,
			AllowMethods: []string{http.MethodPut, http.MethodDelete},
			AllowHeaders: []string{"Authorization", "Content-Type", "X-Requested-With"},
			MaxAge:       2 * time.Hour,
		}),
		middleware.BodyLimit(middleware.BodyLimitConfig{Max: maxBody}),
	)
	e.OnError(a.onError)
	a.routes(e.Group("/api"))
	return e
}

// routes registers every operation of the OpenAPI document, grouped by who may ask.
func (a *API) routes(r *dram.RouterGroup) {
	// Anyone; a token that does not hold is refused all the same, as the document says.
	open := r.Group("", a.session(optional))
	open.GET("/profiles/:username", dram.Try(a.getProfile))
	open.GET("/articles", dram.Try(a.listArticles))
	open.GET("/articles/:slug/comments", dram.Try(a.listComments))

	// Anyone; the document knows no 401 here, so a token that does not hold is none.
	public := r.Group("", a.session(ignored))
	hashed := middleware.RateLimit(middleware.RateLimitConfig{Limit: passwords, Name: "password"})
	public.POST("/users", hashed, dram.Try(a.register))
	public.POST("/users/login", middleware.RateLimit(middleware.RateLimitConfig{Limit: logIns, Name: "log-in"}), dram.Try(a.login))
	public.GET("/articles/:slug", dram.Try(a.getArticle))
	public.GET("/tags", dram.Try(a.listTags))

	member := r.Group("", a.session(required))
	long := middleware.BodyLimit(middleware.BodyLimitConfig{Max: maxArticleBody})
	member.GET("/user", dram.Try(a.currentUser))
	member.PUT("/user", hashed, dram.Try(a.updateUser))
	member.POST("/profiles/:username/follow", dram.Try(a.follow))
	member.DELETE("/profiles/:username/follow", dram.Try(a.unfollow))
	member.GET("/articles/feed", dram.Try(a.feed))
	member.POST("/articles", long, dram.Try(a.createArticle))
	member.PUT("/articles/:slug", long, dram.Try(a.updateArticle))
	member.DELETE("/articles/:slug", dram.Try(a.deleteArticle))
	member.POST("/articles/:slug/favorite", dram.Try(a.favorite))
	member.DELETE("/articles/:slug/favorite", dram.Try(a.unfavorite))
	member.POST("/articles/:slug/comments", dram.Try(a.createComment))
	member.DELETE("/articles/:slug/comments/:id", dram.Try(a.deleteComment))

	r.GET("/openapi.json", document)
	r.GET("/docs", docsPage)
	r.GET("/docs/:file", middleware.Compress(middleware.CompressConfig{}), dram.Try(docsScript))
}

// bind reads the JSON of a body, and then has what it holds checked by its own rules.
func bind(c *dram.Context, in any, check func() error) error {
	if err := c.ShouldBindJSON(in); err != nil {
		return err
	}
	return check()
}
