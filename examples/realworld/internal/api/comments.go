package api

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/comment"
)

// listComments answers GET /articles/{slug}/comments.
func (a *API) listComments(c *dram.Context) error {
	articleID, err := a.articles.ID(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	comments, err := a.comments.List(c.Request.Context(), articleID, who(c).ID)
	if err != nil {
		return err
	}
	out := commentsResponse{Comments: make([]commentJSON, len(comments))}
	for i, v := range comments {
		out.Comments[i] = a.commentJSON(v)
	}
	c.JSON(http.StatusOK, out)
	return nil
}

// createComment answers POST /articles/{slug}/comments.
func (a *API) createComment(c *dram.Context) error {
	var in struct {
		Comment comment.Draft `json:"comment"`
	}
	if err := bind(c, &in, in.Comment.Check); err != nil {
		return err
	}
	articleID, err := a.articles.ID(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	v, err := a.comments.Create(c.Request.Context(), in.Comment, articleID, who(c).ID)
	if err != nil {
		return err
	}
	c.JSON(a.dialect.CommentCreated, commentResponse{a.commentJSON(v)})
	return nil
}

// deleteComment answers DELETE /articles/{slug}/comments/{id}.
func (a *API) deleteComment(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	articleID, err := a.articles.ID(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	if err := a.comments.Delete(c.Request.Context(), articleID, id, who(c).ID); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
