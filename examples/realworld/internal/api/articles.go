package api

import (
	"net/http"
	"strconv"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
)

// A page has defaultLimit articles unless the request says otherwise, and never more than maxLimit.
const (
	defaultLimit = 20
	maxLimit     = 100
)

// listArticles answers GET /articles.
func (a *API) listArticles(c *dram.Context) error {
	return a.list(c, article.Filter{Tag: c.Query("tag"), Author: c.Query("author"), FavoritedBy: c.Query("favorited")})
}

// feed answers GET /articles/feed.
func (a *API) feed(c *dram.Context) error {
	return a.list(c, article.Filter{FollowedBy: who(c).ID})
}

func (a *API) list(c *dram.Context, f article.Filter) error {
	var wrong fault.List
	f.Limit = min(number(c, &wrong, "limit", defaultLimit, 1), maxLimit)
	f.Offset = number(c, &wrong, "offset", 0, 0)
	if err := wrong.Err(); err != nil {
		return err
	}
	page, err := a.articles.List(c.Request.Context(), f, who(c).ID)
	if err != nil {
		return err
	}
	out := articlesResponse{Articles: make([]articleJSON, len(page.Articles)), Count: page.Total}
	for i, v := range page.Articles {
		out.Articles[i] = a.articleJSON(v)
	}
	c.JSON(http.StatusOK, out)
	return nil
}

// number reads a whole number of the query.
func number(c *dram.Context, wrong *fault.List, name string, fallback, least int) int {
	text := c.Query(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 32)
	wrong.Add(err != nil || int(n) < least, name, "must be a whole number of at least "+strconv.Itoa(least))
	return int(n)
}

// getArticle answers GET /articles/{slug}.
func (a *API) getArticle(c *dram.Context) error {
	v, err := a.articles.Get(c.Request.Context(), c.Param("slug"), who(c).ID)
	return a.showArticle(c, http.StatusOK, v, err)
}

// createArticle answers POST /articles.
func (a *API) createArticle(c *dram.Context) error {
	var in struct {
		Article article.Draft `json:"article"`
	}
	if err := c.ShouldBindJSON(&in); err != nil {
		return err
	}
	if err := in.Article.Check(); err != nil {
		return err
	}
	v, err := a.articles.Create(c.Request.Context(), in.Article, who(c).ID)
	return a.showArticle(c, http.StatusCreated, v, err)
}

// updateArticle answers PUT /articles/{slug}.
func (a *API) updateArticle(c *dram.Context) error {
	var in struct {
		Article *article.Change `json:"article"`
	}
	if err := c.ShouldBindJSON(&in); err != nil {
		return err
	}
	if in.Article == nil {
		return fault.New(fault.Invalid, "article", "can't be blank")
	}
	if err := in.Article.Check(); err != nil {
		return err
	}
	v, err := a.articles.Update(c.Request.Context(), c.Param("slug"), *in.Article, who(c).ID)
	return a.showArticle(c, http.StatusOK, v, err)
}

// deleteArticle answers DELETE /articles/{slug}.
func (a *API) deleteArticle(c *dram.Context) error {
	if err := a.articles.Delete(c.Request.Context(), c.Param("slug"), who(c).ID); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// favorite answers POST /articles/{slug}/favorite.
func (a *API) favorite(c *dram.Context) error {
	v, err := a.articles.Favorite(c.Request.Context(), c.Param("slug"), who(c).ID)
	return a.showArticle(c, http.StatusOK, v, err)
}

// unfavorite answers DELETE /articles/{slug}/favorite.
func (a *API) unfavorite(c *dram.Context) error {
	v, err := a.articles.Unfavorite(c.Request.Context(), c.Param("slug"), who(c).ID)
	return a.showArticle(c, http.StatusOK, v, err)
}

func (a *API) showArticle(c *dram.Context, status int, v article.Article, err error) error {
	if err != nil {
		return err
	}
	c.JSON(status, a.singleJSON(v))
	return nil
}

// listTags answers GET /tags.
func (a *API) listTags(c *dram.Context) error {
	tags, err := a.articles.Tags(c.Request.Context())
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, tagsResponse{tags})
	return nil
}
