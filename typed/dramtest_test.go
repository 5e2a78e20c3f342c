package typed_test

import (
	"context"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/typed"
)

// A test of a plain handler that becomes a typed one says the same of what is wrong with a request.
func TestDramtestKnowsTheProblems(t *testing.T) {
	r := dram.New()
	typed.POST(typed.New(&r.RouterGroup, typed.Info{Title: "Books", Version: "1"}), "/shelves/:shelf", func(context.Context, *struct {
		Shelf int    `uri:"shelf" binding:"min=1"`
		Title string `json:"title" binding:"required"`
		Parts []struct {
			Pages int `json:"pages" binding:"min=1"`
		} `json:"parts" binding:"dive"`
	}) (typed.NoContent, error) {
		return typed.NoContent{}, nil
	})
	dramtest.New(t, r).POST("/shelves/0", dramtest.JSON(`{"parts": [{"pages": 1}, {"pages": 0}]}`)).Problem(422).
		Field("shelf", "min").Field("/title", "required").Field("title", "required").
		Field("parts[1].pages", "min").Field("/parts/1/pages", "min=1")
}
