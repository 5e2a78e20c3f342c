package seed

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

const (
	minute = 60 * 1000
	year   = 365 * 24 * 60 * minute
)

// garden is the work of one Plant.
type garden struct {
	ctx  context.Context
	tx   *sql.Tx
	rng  *rand.Rand
	size Size
	now  int64 // milliseconds
	hash string

	users    []int64
	articles []planted
	report   Report
}

type planted struct{ id, created int64 }

func (g *garden) plantUsers() error {
	rows := newBatch("users", "username", "username_key", "email", "email_key", "password_hash", "bio", "image", "created_at", "updated_at")
	for i := range g.size.Users {
		name, email := nameOf(i), address(i)
		if i == 0 {
			g.report.Email = email
		}
		joined := g.now - year - g.rng.Int64N(year)
		rows.add(name, user.Key(name), email, user.Key(email), g.hash, "I write about "+g.one(topics[i%len(topics)].things)+".", "", joined, joined)
	}
	g.report.Users = g.size.Users
	return rows.insert(g.ctx, g.tx, "id", func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		g.users = append(g.users, id)
		return err
	})
}

// nameOf and address are those of the seeded user with the index.
func nameOf(i int) string {
	name := firstNames[i%len(firstNames)] + lastNames[i%len(lastNames)]
	if i >= len(firstNames) {
		name = fmt.Sprintf("%s%d", name, i/len(firstNames)+1)
	}
	return name
}

func address(i int) string { return strings.ToLower(nameOf(i)) + "@example.com" }

// plantFollows has each user follow up to twenty others.
func (g *garden) plantFollows() error {
	rows := newBatch("follows", "follower_id", "followee_id")
	for _, follower := range g.users {
		for _, i := range g.some(len(g.users), min(20, len(g.users)/2)) {
			if g.users[i] != follower {
				rows.add(follower, g.users[i])
			}
		}
	}
	return rows.insert(g.ctx, g.tx, "", nil)
}

func (g *garden) plantArticles() error {
	rows := newBatch("articles", "author_id", "slug", "title", "description", "body", "created_at", "updated_at")
	taken := make(map[string]int, g.size.Articles)
	topicOf := make(map[string]topic, g.size.Articles)
	for i := range g.size.Articles {
		t := topics[g.rng.IntN(len(topics))]
		title := g.say(t, titles)
		slug := article.Slugify(title)
		if taken[slug]++; taken[slug] > 1 {
			title = fmt.Sprintf("%s, part %d", title, taken[slug])
			slug = article.Slugify(title)
		}
		topicOf[slug] = t
		created := g.now - year + year/int64(g.size.Articles)*int64(i) + g.rng.Int64N(minute)
		rows.add(g.users[g.rng.IntN(len(g.users))], slug, title, g.say(t, claims), g.text(t, 2+g.rng.IntN(3)), created, created)
	}
	tags := newBatch("article_tags", "article_id", "position", "tag")
	err := rows.insert(g.ctx, g.tx, "id, slug, created_at", func(scan func(...any) error) error {
		var a planted
		var slug string
		if err := scan(&a.id, &slug, &a.created); err != nil {
			return err
		}
		g.articles = append(g.articles, a)
		t := topicOf[slug]
		names := []string{t.name}
		for _, i := range g.some(len(t.tags), 1+g.rng.IntN(3)) {
			names = append(names, t.tags[i])
		}
		slices.Sort(names)
		for position, name := range names {
			tags.add(a.id, position, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	g.report.Articles = g.size.Articles
	return tags.insert(g.ctx, g.tx, "", nil)
}

// plantReaders has people like and comment. A few articles are liked a lot, most a little.
func (g *garden) plantReaders() error {
	likes := newBatch("favorites", "article_id", "user_id")
	comments := newBatch("comments", "article_id", "author_id", "body", "created_at", "updated_at")
	for _, a := range g.articles {
		most := min(len(g.users), 40)
		fans := int(float64(most) * g.rng.Float64() * g.rng.Float64())
		for _, i := range g.some(len(g.users), fans) {
			likes.add(a.id, g.users[i])
			g.report.Favorites++
		}
		at := a.created
		for range g.rng.IntN(5) {
			at = min(at+minute+g.rng.Int64N(600*minute), g.now)
			comments.add(a.id, g.users[g.rng.IntN(len(g.users))], g.one(remarks), at, at)
			g.report.Comments++
		}
	}
	if err := likes.insert(g.ctx, g.tx, "", nil); err != nil {
		return err
	}
	return comments.insert(g.ctx, g.tx, "", nil)
}

// some returns n different numbers below limit.
func (g *garden) some(limit, n int) []int {
	seen := make(map[int]bool, n)
	chosen := make([]int, 0, n)
	for len(chosen) < min(n, limit) {
		if i := g.rng.IntN(limit); !seen[i] {
			seen[i] = true
			chosen = append(chosen, i)
		}
	}
	return chosen
}
