package dram_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/counted"
)

// TestARequestIsMarkedAsInsideALayerUntilItLeaves: layers that count requests rely on it.
func TestARequestIsMarkedAsInsideALayerUntilItLeaves(t *testing.T) {
	r := dram.New()
	outer, inner := new(int), new(int)
	handled := 0
	r.GET("/", func(c *dram.Context) {
		handled++
		assert.True(t, counted.Enter(c, outer))
		assert.True(t, counted.Enter(c, inner))
		assert.False(t, counted.Enter(c, outer))
		counted.Leave(c, outer)
		assert.False(t, counted.Enter(c, inner), "the other one's mark stays")
		assert.True(t, counted.Enter(c, outer))
	})
	for range 2 { // the second request has the Context of the first
		serve(r, "GET", "/")
	}
	assert.Equal(t, 2, handled)
}

func TestOnErrorIsAskedForEachFailureThatNobodyHasAnswered(t *testing.T) {
	r := dram.New()
	var asked []string
	r.OnError(func(_ *dram.Context, err error) { asked = append(asked, err.Error()) })
	r.GET("/", func(c *dram.Context) {
		c.Fail(errors.New("one"))
		c.Fail(errors.New("two"))
	})
	serve(r, "GET", "/")
	assert.Equal(t, []string{"one", "two"}, asked)
}

func TestAFormKeyWithoutValuesIsThere(t *testing.T) {
	c := contextFor("POST", "/", "", "")
	c.Request.PostForm = url.Values{"empty": {}, "two": {"1", "2"}}
	for key, want := range map[string]struct {
		value string
		there bool
	}{"empty": {"", true}, "two": {"1", true}, "none": {"", false}} {
		value, there := c.GetPostForm(key)
		assert.Equal(t, want.value, value, key)
		assert.Equal(t, want.there, there, key)
	}
}

func TestCookiePathOfHostCookies(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		var paths []string
		for _, name := range []string{"__Host-", "__host-id", "__Host-id", "__Host", "__Hostid", "id"} {
			paths = append(paths, c.CookiePath(name, "/admin"))
		}
		c.String(200, "%s", strings.Join(paths, " "))
	})
	assert.Equal(t, "/ / / /app/admin /app/admin /app/admin", askBelow(t, r, "/app", "/").Body.String())
	assert.Equal(t, "/admin /admin /admin /admin /admin /admin", askBelow(t, r, "", "/").Body.String())
}

// TestASecondAnswerIsToldOnlyBehindBytes: an answer without any may be followed by another.
func TestASecondAnswerIsToldOnlyBehindBytes(t *testing.T) {
	for _, row := range []struct {
		name  string
		first string
		want  bool
	}{{"bytes", `{}`, true}, {"none", "", false}} {
		t.Run(row.name, func(t *testing.T) {
			out := captureWriter(t)
			inMode(t, dram.DebugMode)
			r := dram.New()
			r.GET("/", func(c *dram.Context) {
				c.Data(200, "application/json", []byte(row.first))
				c.JSON(200, 1)
			})
			serve(r, "GET", "/")
			assert.Equal(t, row.want, strings.Contains(out.String(), "Headers were already written"), out)
			require.Contains(t, out.String(), "GET")
		})
	}
}
