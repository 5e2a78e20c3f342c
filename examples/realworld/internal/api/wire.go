package api

import (
	"time"

	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/comment"
	"github.com/dram-go/dram/examples/realworld/internal/profile"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// The types of this file are the JSON of the specification, and nothing else.

type userJSON struct {
	Email    string  `json:"email"`
	Token    string  `json:"token"`
	Username string  `json:"username"`
	Bio      *string `json:"bio"`
	Image    *string `json:"image"`
}

type profileJSON struct {
	Username  string  `json:"username"`
	Bio       *string `json:"bio"`
	Image     *string `json:"image"`
	Following bool    `json:"following"`
}

type articleJSON struct {
	Slug           string      `json:"slug"`
	Title          string      `json:"title"`
	Description    string      `json:"description"`
	Body           *string     `json:"body,omitempty"` // absent in lists
	TagList        []string    `json:"tagList"`
	CreatedAt      timestamp   `json:"createdAt"`
	UpdatedAt      timestamp   `json:"updatedAt"`
	Favorited      bool        `json:"favorited"`
	FavoritesCount int         `json:"favoritesCount"`
	Author         profileJSON `json:"author"`
}

type commentJSON struct {
	ID        int64       `json:"id"`
	CreatedAt timestamp   `json:"createdAt"`
	UpdatedAt timestamp   `json:"updatedAt"`
	Body      string      `json:"body"`
	Author    profileJSON `json:"author"`
}

type (
	userResponse struct {
		User userJSON `json:"user"`
	}
	profileResponse struct {
		Profile profileJSON `json:"profile"`
	}
	articleResponse struct {
		Article articleJSON `json:"article"`
	}
	articlesResponse struct {
		Articles []articleJSON `json:"articles"`
		Count    int           `json:"articlesCount"`
	}
	commentResponse struct {
		Comment commentJSON `json:"comment"`
	}
	commentsResponse struct {
		Comments []commentJSON `json:"comments"`
	}
	tagsResponse struct {
		Tags []string `json:"tags"`
	}
)

// timestamp is a time in ISO 8601, UTC, with milliseconds always: 2016-02-18T03:22:56.637Z.
type timestamp time.Time

// MarshalText implements encoding.TextMarshaler.
func (t timestamp) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z"), nil
}

func (a *API) userJSON(u user.User, token string) userResponse {
	return userResponse{userJSON{u.Email, token, u.Username, a.dialect.text(u.Bio), a.dialect.text(u.Image)}}
}

func (a *API) profileJSON(p profile.Profile) profileJSON {
	return profileJSON{p.Username, a.dialect.text(p.Bio), a.dialect.text(p.Image), p.Following}
}

// articleJSON shows an article of a list; singleJSON adds the body.
func (a *API) articleJSON(v article.Article) articleJSON {
	return articleJSON{
		Slug: v.Slug, Title: v.Title, Description: v.Description, TagList: v.Tags,
		CreatedAt: timestamp(v.CreatedAt), UpdatedAt: timestamp(v.UpdatedAt),
		Favorited: v.Favorited, FavoritesCount: v.FavoritesCount, Author: a.profileJSON(v.Author),
	}
}

func (a *API) singleJSON(v article.Article) articleResponse {
	single := a.articleJSON(v)
	single.Body = &v.Body
	return articleResponse{single}
}

func (a *API) commentJSON(v comment.Comment) commentJSON {
	return commentJSON{v.ID, timestamp(v.CreatedAt), timestamp(v.UpdatedAt), v.Body, a.profileJSON(v.Author)}
}
