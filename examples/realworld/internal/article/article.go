// Package article holds what people write: articles, their tags, and who likes them.
package article

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/optional"
	"github.com/dram-go/dram/examples/realworld/internal/profile"
)

// Article is one article as a viewer sees it.
type Article struct {
	ID             int64
	Slug           string
	Title          string
	Description    string
	Body           string // empty in lists, which leave it out
	Tags           []string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Favorited      bool // the viewer likes it
	FavoritesCount int
	Author         profile.Profile
}

// Limits on what an author may enter, in characters.
const (
	maxTitle       = 200
	maxDescription = 1000
	maxBody        = 500_000
	maxTag         = 50
	maxTags        = 20
)

// Draft is what an author enters to publish an article.
type Draft struct {
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Body        string   `json:"body"`
	Tags        []string `json:"tagList"`
}

// Check trims the draft, sorts its tags without empty and repeated ones, and returns every rule that it breaks.
func (d *Draft) Check() error {
	var wrong fault.List
	d.Title, d.Description = strings.TrimSpace(d.Title), strings.TrimSpace(d.Description)
	checkText(&wrong, "title", d.Title, maxTitle)
	checkText(&wrong, "description", d.Description, maxDescription)
	checkText(&wrong, "body", d.Body, maxBody)
	d.Tags = cleanTags(&wrong, d.Tags)
	return wrong.Err()
}

// Change is a partial update: members that were absent stay as they are.
type Change struct {
	Title       optional.Field[string]   `json:"title"`
	Description optional.Field[string]   `json:"description"`
	Body        optional.Field[string]   `json:"body"`
	Tags        optional.Field[[]string] `json:"tagList"`
}

// Check trims the values and returns every rule that the change breaks. No member may be
// null; an empty list of tags takes them all away.
func (c *Change) Check() error {
	var wrong fault.List
	c.Title.Value, c.Description.Value = strings.TrimSpace(c.Title.Value), strings.TrimSpace(c.Description.Value)
	if c.Title.Set {
		checkText(&wrong, "title", c.Title.Value, maxTitle)
	}
	if c.Description.Set {
		checkText(&wrong, "description", c.Description.Value, maxDescription)
	}
	if c.Body.Set {
		checkText(&wrong, "body", c.Body.Value, maxBody)
	}
	wrong.Add(c.Tags.Null, "tagList", "can't be null")
	c.Tags.Value = cleanTags(&wrong, c.Tags.Value)
	return wrong.Err()
}

func checkText(wrong *fault.List, field, value string, most int) {
	if wrong.Blank(field, value) {
		return
	}
	wrong.Add(utf8.RuneCountInString(value) > most, field, "is too long")
	wrong.Add(!utf8.ValidString(value) || strings.ContainsRune(value, 0), field, "is invalid")
}

// cleanTags sorts the tags, as test collections expect to find them, and keeps each once.
// No tag holds a control character, so that one can part the tags of an article in a query
// (see tagSeparator).
func cleanTags(wrong *fault.List, tags []string) []string {
	clean := make([]string, 0, len(tags))
	for _, tag := range tags {
		tag = strings.TrimSpace(tag)
		if tag == "" {
			continue
		}
		clean = append(clean, tag)
		if utf8.RuneCountInString(tag) > maxTag || !utf8.ValidString(tag) || strings.ContainsFunc(tag, unicode.IsControl) {
			wrong.Add(true, "tagList", "holds an invalid tag")
			break
		}
	}
	slices.Sort(clean)
	clean = slices.Compact(clean)
	wrong.Add(len(clean) > maxTags, "tagList", "is too long (maximum is 20 tags)")
	return clean
}
