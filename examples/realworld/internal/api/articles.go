package api

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/article"
)

// maxLimit is how many articles a list has at most, whatever the request says.
const maxLimit = 100

// paging is what every list reads of the query.
type paging struct {
	Limit  int `query:"limit,default=20" binding:"min=1"`
	Offset int `query:"offset" binding:"min=0"`
}

// listArticles answers GET /articles.
func (a *API) listArticles(c *dram.Context) error {
	return a.list(c, article.Filter{Tag: c.Query("tag"), Author: c.Query("author"), FavoritedBy: c.Query("favorited")})
}

// feed answers GET /articles/feed.
func (a *API) feed(c *dram.Context) error {
	return a.list(c, article.Filter{FollowedBy: who(c).ID})
}

func (a *API) list(c *dram.Context, f article.Filter) error {
	var in paging
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	f.Limit, f.Offset = min(in.Limit, maxLimit), in.Offset
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
	if err := bind(c, &in, in.Article.Check); err != nil {
		return err
	}
	v, err := a.articles.Create(c.Request.Context(), in.Article, who(c).ID)
	return a.showArticle(c, http.StatusCreated, v, err)
}

// updateArticle answers PUT /articles/{slug}.
func (a *API) updateArticle(c *dram.Context) error {
	var in struct {
		Article *article.Change `json:"article" binding:"required"`
	}
	if err := c.ShouldBindJSON(&in); err != nil {
		return err
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
