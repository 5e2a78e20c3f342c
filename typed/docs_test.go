package typed_test

import (
	"context"
	"encoding/json"
	"html"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/typed"
)

// The page's form begins with a body that the server accepts.
func TestDocsBeginWithABodyThatIsRight(t *testing.T) {
	type node struct {
		Name string  `json:"name" binding:"required"`
		Kids []*node `json:"kids" binding:"omitempty,dive"`
	}
	type endless struct {
		Next *endless `json:"next" binding:"required"`
	}
	r, api := newAPI()
	typed.POST(api, "/a", func(_ context.Context, in *struct {
		Code  string            `json:"code" binding:"required,len=6,numeric"`
		Title string            `json:"title" binding:"required" example:"Momo"`
		Year  int               `json:"year" binding:"min=1900"`
		Genre Genre             `json:"genre" binding:"oneof=novel poem"`
		Root  node              `json:"root"`
		Words map[string]string `json:"words" binding:"min=1,dive,required"`
		Old   string            `json:"old" deprecated:"true"`
	},
	) (int, error) {
		return 1, nil
	})
	typed.POST(api, "/endless", func(context.Context, *struct{ endless }) (int, error) { return 1, nil })
	api.Docs("/docs", typed.InAllModes())
	w := ask(r, "GET", "/docs/", "")
	require.Equal(t, 200, w.Code)
	found := regexp.MustCompile(`data-path="/a"[^>]*data-example="([^"]*)"`).FindStringSubmatch(w.Body.String())
	require.NotNil(t, found)
	body := html.UnescapeString(found[1])
	assert.Equal(t, 200, ask(r, "POST", "/a", body).Code, body)
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &members))
	assert.Equal(t, "Momo", members["title"])
	assert.NotContains(t, members, "old")
}
