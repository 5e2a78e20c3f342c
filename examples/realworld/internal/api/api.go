// Package api is the HTTP side of Conduit: routes, handlers, and the JSON of the
// specification. A handler reads the request, asks one store, and shapes the answer;
// rules live with the things that they are about, SQL with the stores.
//
// The way of a request: the layers of New, from the outside in; the
// session (who asks?); the handler; and, when it returns an error, fail.
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

// API serves Conduit.
type API struct {
	users    *user.Store
	profiles *profile.Store
	articles *article.Store
	comments *comment.Store
	hasher   *auth.Hasher
	tokens   *auth.Tokens
	log      *slog.Logger
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
		log:      o.Log,
		dialect:  o.Dialect,
	}
	e := dram.New()
	e.HandleMethodNotAllowed = true
	e.Use(
		middleware.Health(middleware.HealthConfig{}),
		middleware.Readiness(middleware.ReadinessConfig{
			Checks:   map[string]func(context.Context) error{"database": o.DB.Ping},
			Stopping: o.Stopping,
		}),
		middleware.RequestID(middleware.RequestIDConfig{}),
		dram.LoggerWithSlog(o.Log),
		dram.CustomRecovery(a.recovered),
		middleware.Secure(middleware.SecureConfig{}),
		middleware.CORS(middleware.CORSConfig{
			AllowOrigins: o.Origins,
			AllowMethods: []string{http.MethodPut, http.MethodDelete},
			AllowHeaders: []string{"Authorization", "Content-Type", "X-Requested-With"},
			MaxAge:       2 * time.Hour,
		}),
		middleware.BodyLimit(middleware.BodyLimitConfig{Max: maxBody}),
	)
	e.NoRoute(a.do(noRoute))
	e.NoMethod(a.do(noMethod))
	a.routes(e.Group("/api"))
	return e
}

// routes registers every operation of the OpenAPI document, grouped by who may ask.
func (a *API) routes(r *dram.RouterGroup) {
	// Anyone; a token that does not hold is refused all the same, as the document says.
	open := r.Group("", a.session(optional))
	open.GET("/profiles/:username", a.do(a.getProfile))
	open.GET("/articles", a.do(a.listArticles))
	open.GET("/articles/:slug/comments", a.do(a.listComments))

	// Anyone; the document knows no 401 here, so a token that does not hold is none.
	public := r.Group("", a.session(ignored))
	public.POST("/users", a.do(a.register))
	public.POST("/users/login", a.do(a.login))
	public.GET("/articles/:slug", a.do(a.getArticle))
	public.GET("/tags", a.do(a.listTags))

	member := r.Group("", a.session(required))
	long := middleware.BodyLimit(middleware.BodyLimitConfig{Max: maxArticleBody})
	member.GET("/user", a.do(a.currentUser))
	member.PUT("/user", a.do(a.updateUser))
	member.POST("/profiles/:username/follow", a.do(a.follow))
	member.DELETE("/profiles/:username/follow", a.do(a.unfollow))
	member.GET("/articles/feed", a.do(a.feed))
	member.POST("/articles", long, a.do(a.createArticle))
	member.PUT("/articles/:slug", long, a.do(a.updateArticle))
	member.DELETE("/articles/:slug", a.do(a.deleteArticle))
	member.POST("/articles/:slug/favorite", a.do(a.favorite))
	member.DELETE("/articles/:slug/favorite", a.do(a.unfavorite))
	member.POST("/articles/:slug/comments", a.do(a.createComment))
	member.DELETE("/articles/:slug/comments/:id", a.do(a.deleteComment))

	r.GET("/openapi.json", document)
	r.GET("/docs", docsPage)
	r.GET("/docs/:file", a.do(docsScript))
}

// handler is a handler that may fail. do gives it the shape that the engine wants.
//
// Handlers hand c.Request.Context() to the stores, not c itself: database/sql looks at a
// context a moment after the rows are closed, when c may serve another request already.
type handler func(c *dram.Context) error

func (a *API) do(h handler) dram.HandlerFunc {
	return func(c *dram.Context) {
		if err := h(c); err != nil {
			a.fail(c, err)
		}
	}
}
