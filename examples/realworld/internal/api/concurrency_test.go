package api_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// atOnce runs fn for 0 to n-1 at the same time.
func atOnce(n int, fn func(i int)) {
	var wait sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wait.Add(1)
		go func() {
			defer wait.Done()
			<-start
			fn(i)
		}()
	}
	close(start)
	wait.Wait()
}

func (s *suite) testConcurrentFavorites(t *testing.T) {
	author := s.join(t, "author")
	slug := s.publish(t, author, "Liked by many at once")
	fans := make([]person, 8)
	for i := range fans {
		fans[i] = s.join(t, "fan")
	}
	atOnce(len(fans)*3, func(i int) { // each three times
		r := s.call(t, "POST", "/articles/"+slug+"/favorite", fans[i%len(fans)].token, nil)
		assert.Equal(t, 200, r.status, "%s", r.raw)
	})
	r := s.call(t, "GET", "/articles/"+slug, fans[0].token, nil).is(200)
	assert.Equal(t, len(fans), r.number("article.favoritesCount"), "each counts once")

	atOnce(len(fans)*2, func(i int) {
		r := s.call(t, "DELETE", "/articles/"+slug+"/favorite", fans[i%len(fans)].token, nil)
		assert.Equal(t, 200, r.status, "%s", r.raw)
	})
	assert.Equal(t, 0, s.call(t, "GET", "/articles/"+slug, "", nil).is(200).number("article.favoritesCount"))
}

func (s *suite) testConcurrentSlugs(t *testing.T) {
	author := s.join(t, "author")
	const n = 16
	var mu sync.Mutex
	seen := map[any]bool{}
	atOnce(n, func(int) {
		r := s.call(t, "POST", "/articles", author.token, in("article", fields{"title": "The same title at once", "description": "d", "body": "b", "tagList": []string{"at-once"}}))
		if assert.Equal(t, 201, r.status, "%s", r.raw) {
			mu.Lock()
			seen[r.at("article.slug")] = true
			mu.Unlock()
		}
	})
	assert.Len(t, seen, n, "each has a slug of its own")
	assert.True(t, seen["the-same-title-at-once"], "one has the plain one")
	assert.Equal(t, n, s.call(t, "GET", "/articles?tag=at-once", "", nil).is(200).number("articlesCount"))
}

func (s *suite) testConcurrentRegistrations(t *testing.T) {
	var created, refused atomic.Int32
	atOnce(8, func(i int) {
		r := s.call(t, "POST", "/users", "", in("user", fields{"username": "Same", "email": fmt.Sprintf("same%d@example.com", i), "password": password}))
		switch r.status {
		case 201:
			created.Add(1)
		case 422:
			refused.Add(1)
		}
	})
	assert.EqualValues(t, 1, created.Load(), "a name is given once")
	assert.EqualValues(t, 7, refused.Load())
}
