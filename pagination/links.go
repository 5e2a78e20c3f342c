package pagination

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
)

// This file is the rows of the page, and the links to the other ones.

// Links are references to other pages of the list, "" where there is none. They are
// relative to the URL of the request ("?cursor=…&limit=20"; RFC 3986 section 5.2), so they
// are right behind any proxy, as the href of a page and in a body too.
type Links struct {
	First string `json:"first,omitempty"` // the page without a cursor, if this is another one
	Prev  string `json:"prev,omitempty"`
	Next  string `json:"next,omitempty"`
}

// String returns the links as the value of a Link header.
func (l Links) String() string {
	var values []string
	for _, link := range [...][2]string{{"next", l.Next}, {"prev", l.Prev}, {"first", l.First}} {
		if link[1] != "" {
			values = append(values, "<"+link[1]+`>; rel="`+link[0]+`"`)
		}
	}
	return strings.Join(values, ", ")
}

// Links sets the Link header (RFC 8288) to the page that begins behind next, to the one
// that ends before prev, unless these are nil, and to the first one. The links keep all
// other parameters of the query, and Link values that others have set stay. It returns an
// error if a position does not fit into a cursor: JSON cannot hold it, or it is longer than
// some 1,400 bytes.
func (p Page[P]) Links(c *dram.Context, next, prev *P) (links Links, err error) {
	if p.After != nil || p.Before != nil {
		links.First = p.reference("")
	}
	if links.Next, err = p.link(next, false); err != nil {
		return Links{}, err
	}
	if links.Prev, err = p.link(prev, true); err != nil {
		return Links{}, err
	}
	if value := links.String(); value != "" {
		c.Writer.Header().Add("Link", value)
	}
	return links, nil
}

// link returns the reference to the page at a position, "" if that is nil.
func (p Page[P]) link(position *P, backward bool) (string, error) {
	if position == nil {
		return "", nil
	}
	cursor, err := p.pages.cursor(*position, backward, p.list)
	if err != nil {
		return "", err
	}
	return p.reference(cursor), nil
}

// reference returns the reference to the page of a cursor. What url.Values.Encode writes
// ends neither the reference nor the header's line.
func (p Page[P]) reference(cursor string) string {
	query := make(url.Values, len(p.query)+2)
	maps.Copy(query, p.query)
	query.Set(limitParam, strconv.Itoa(p.Limit))
	if cursor != "" {
		query.Set(cursorParam, cursor)
	}
	return "?" + query.Encode()
}

// Rows takes the rows that were read, Limit+1 if there are as many, in the order in which
// they were read, and returns those of the page in the order of the list (rows itself is
// changed). The function returns the position of a row. Rows sets the Link header; see
// Page.Links. A page whose rows have all gone links back to those on the other side of
// its cursor; the row at the cursor itself was on the page that the client comes from.
func Rows[P, R any](c *dram.Context, page Page[P], rows []R, position func(R) P) ([]R, Links, error) {
	more := len(rows) > page.Limit
	rows = rows[:min(len(rows), page.Limit)]
	if page.Before != nil {
		slices.Reverse(rows)
	}
	next, prev := page.Before, page.After // the way back from a page whose rows have all gone
	if len(rows) > 0 {
		next, prev = nil, nil
		if more || page.Before != nil { // who came backwards can go on
			last := position(rows[len(rows)-1])
			next = &last
		}
		if page.After != nil || page.Before != nil && more {
			first := position(rows[0])
			prev = &first
		}
	}
	links, err := page.Links(c, next, prev)
	return rows, links, err
}
