package article

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// Filter chooses articles for a list. The zero value chooses all.
type Filter struct {
	Tag         string // with this tag
	Author      string // written by this user
	FavoritedBy string // liked by this user
	FollowedBy  int64  // written by someone whom this user follows: the feed
	Limit       int    // at most so many
	Offset      int    // after so many
}

// Page is a part of a list, and how long the whole list is.
type Page struct {
	Articles []Article
	Total    int
}

// tagSeparator parts the tags of one article inside a query. cleanTags keeps it out of tags.
const tagSeparator = "\x1f"

// columns reads an article "a" of an author "u" as the viewer $1 sees it, tags and all: one
// statement for a whole page, whatever its length. scan takes it apart.
const columns = `a.id, a.slug, a.title, a.description, a.created_at, a.updated_at,
	(SELECT count(*) FROM favorites f WHERE f.article_id = a.id),
	EXISTS (SELECT 1 FROM favorites f WHERE f.article_id = a.id AND f.user_id = $1),
	coalesce((SELECT string_agg(t.tag, '` + tagSeparator + `' ORDER BY t.position)
		FROM article_tags t WHERE t.article_id = a.id), ''),
	u.username, u.bio, u.image,
	EXISTS (SELECT 1 FROM follows w WHERE w.follower_id = $1 AND w.followee_id = a.author_id)`

// Get returns the article as viewerID sees it (0 for someone who is not logged in), with
// its body, or a fault of kind NotFound.
func (s *Store) Get(ctx context.Context, slug string, viewerID int64) (Article, error) {
	var a Article
	dest, finish := scan(&a)
	err := s.db.Get(ctx, append(dest, &a.Body),
		"SELECT "+columns+", a.body FROM articles a JOIN users u ON u.id = a.author_id WHERE a.slug = $2", viewerID, slug)
	if errors.Is(err, sql.ErrNoRows) {
		return Article{}, fault.Missing("article")
	}
	if err != nil {
		return Article{}, fmt.Errorf("article: read: %w", err)
	}
	finish()
	return a, nil
}

// List returns the articles that the filter chooses, the newest first, as viewerID sees them, without
// their bodies. It takes two statements, however many articles there are.
func (s *Store) List(ctx context.Context, f Filter, viewerID int64) (Page, error) {
	page := Page{Articles: []Article{}}
	query, args := countQuery(f)
	if err := s.db.Get(ctx, []any{&page.Total}, query, args...); err != nil {
		return Page{}, fmt.Errorf("article: count: %w", err)
	}
	query, args = pageQuery(f, viewerID)
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return Page{}, fmt.Errorf("article: list: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a Article
		dest, finish := scan(&a)
		if err := rows.Scan(dest...); err != nil {
			return Page{}, fmt.Errorf("article: list: %w", err)
		}
		finish()
		page.Articles = append(page.Articles, a)
	}
	if err := rows.Err(); err != nil {
		return Page{}, fmt.Errorf("article: list: %w", err)
	}
	return page, nil
}

func countQuery(f Filter) (string, []any) {
	from, _, args := f.from(nil)
	return "SELECT count(*) FROM " + from, args
}

// pageQuery finds the page on indexes alone, and only then reads the articles of it: a
// deep offset steps over index entries, not over articles.
func pageQuery(f Filter, viewerID int64) (string, []any) {
	from, id, args := f.from([]any{viewerID})
	args = append(args, f.Limit, f.Offset)
	return `WITH page AS (
		SELECT ` + id + ` AS id FROM ` + from + `
		ORDER BY ` + id + ` DESC LIMIT ` + placeholder(len(args)-1) + ` OFFSET ` + placeholder(len(args)) + `)
	SELECT ` + columns + `
	FROM page JOIN articles a ON a.id = page.id JOIN users u ON u.id = a.author_id
	ORDER BY a.id DESC`, args
}

// from returns the tables that hold what the filter chooses, with their conditions, and
// the column that has the article's id. It begins with the table whose index chooses
// best, and leaves articles out where another one knows enough: for a tag,
//
//	article_tags t WHERE t.tag = $1
//
// The placeholders go on after args.
func (f Filter) from(args []any) (from, id string, _ []any) {
	var tables, conditions []string
	add := func(table, column, condition string, arg any) {
		if len(tables) == 0 {
			id = column
			tables = append(tables, table)
		} else {
			tables = append(tables, table+" ON "+column+" = "+id)
		}
		args = append(args, arg)
		conditions = append(conditions, strings.ReplaceAll(condition, "?", placeholder(len(args))))
	}
	const named = " = (SELECT id FROM users WHERE username_key = ?)"
	if f.Tag != "" {
		add("article_tags t", "t.article_id", "t.tag = ?", f.Tag)
	}
	if f.FavoritedBy != "" {
		add("favorites f", "f.article_id", "f.user_id"+named, user.Key(f.FavoritedBy))
	}
	if f.Author != "" {
		add("articles a", "a.id", "a.author_id"+named, user.Key(f.Author))
	}
	if f.FollowedBy != 0 {
		add("articles b", "b.id", "b.author_id IN (SELECT w.followee_id FROM follows w WHERE w.follower_id = ?)", f.FollowedBy)
	}
	if len(tables) == 0 {
		return "articles a", "a.id", args
	}
	return strings.Join(tables, " JOIN ") + " WHERE " + strings.Join(conditions, " AND "), id, args
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }

// scan returns where the columns of an article go, and what to do once they are there.
func scan(a *Article) (dest []any, finish func()) {
	var created, updated int64
	var tags string
	dest = []any{
		&a.ID, &a.Slug, &a.Title, &a.Description, &created, &updated, &a.FavoritesCount, &a.Favorited, &tags,
		&a.Author.Username, &a.Author.Bio, &a.Author.Image, &a.Author.Following,
	}
	return dest, func() {
		a.CreatedAt, a.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
		a.Tags = []string{}
		if tags != "" {
			a.Tags = strings.Split(tags, tagSeparator)
		}
	}
}

// Tags returns every tag in use, the most used first.
func (s *Store) Tags(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, "SELECT tag FROM article_tags GROUP BY tag ORDER BY count(*) DESC, tag")
	if err != nil {
		return nil, fmt.Errorf("article: tags: %w", err)
	}
	defer func() { _ = rows.Close() }()
	tags := []string{}
	for rows.Next() {
		var tag string
		if err := rows.Scan(&tag); err != nil {
			return nil, fmt.Errorf("article: tags: %w", err)
		}
		tags = append(tags, tag)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("article: tags: %w", err)
	}
	return tags, nil
}
