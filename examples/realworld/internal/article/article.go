// Package article holds what people write: articles, their tags, and who likes them.
package article

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
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
	Title       binding.Optional[string]   `json:"title"`
	Description binding.Optional[string]   `json:"description"`
	Body        binding.Optional[string]   `json:"body"`
	Tags        binding.Optional[[]string] `json:"tagList"`
}

// Check trims the values and returns every rule that the change breaks. No member may be
// null; an empty list of tags takes them all away.
func (c *Change) Check() error {
	for _, o := range []*binding.Optional[string]{&c.Title, &c.Description} {
		if !o.IsAbsent() {
			*o = binding.Some(strings.TrimSpace(o.Or("")))
		}
	}
	var wrong fault.List
	if title, ok := c.Title.Get(); ok {
		checkText(&wrong, "title", title, maxTitle)
	}
	if description, ok := c.Description.Get(); ok {
		checkText(&wrong, "description", description, maxDescription)
	}
	if !c.Body.IsAbsent() {
		checkText(&wrong, "body", c.Body.Or(""), maxBody)
	}
	wrong.Add(c.Tags.IsNull(), "tagList", "can't be null")
	if tags, ok := c.Tags.Get(); ok {
		c.Tags = binding.Some(cleanTags(&wrong, tags))
	}
	return wrong.Err()
}

func checkText(wrong *fault.List, field, value string, most int) {
	wrong.Blank(field, value)
	wrong.Text(field, value, most)
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
		wrong.Add(utf8.RuneCountInString(tag) > maxTag || !utf8.ValidString(tag) || strings.ContainsFunc(tag, unicode.IsControl),
			"tagList", "holds an invalid tag")
	}
	slices.Sort(clean)
	clean = slices.Compact(clean)
	wrong.Add(len(clean) > maxTags, "tagList", "is too long (maximum is 20 tags)")
	return clean
}
