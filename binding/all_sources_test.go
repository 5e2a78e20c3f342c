package binding_test

import (
	"mime/multipart"
	"reflect"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSources(t *testing.T) {
	type Paging struct {
		Size int `query:"size,default=20"`
	}
	type in struct {
		ID     int `uri:"id"`
		Paging Paging
		Maybe  binding.Optional[struct {
			Far string `cookie:"far"`
		}]
		Tags  []string                `query:"tag,default=a;b" collection_format:"pipes"`
		Day   time.Time               `query:"day" time_format:"2006-01-02"`
		Times []time.Time             `query:"times" time_format:"UnixMilli"`
		Key   string                  `header:"idempotency-key"`
		Title string                  `json:"title" form:"t"`
		Free  int                     // the body's
		Files []*multipart.FileHeader `form:"files"`
		Not   string                  `json:"-"`
	}
	sources, err := binding.Sources(reflect.TypeFor[in]())
	require.NoError(t, err)
	assert.Equal(t, []binding.Source{
		{In: "uri", Name: "id", Field: "ID", Index: []int{0}},
		{In: "query", Name: "size", Field: "Paging.Size", Index: []int{1, 0}, Default: []string{"20"}},
		{In: "cookie", Name: "far", Field: "Maybe.Far", Index: []int{2, 0}},
		{In: "query", Name: "tag", Field: "Tags", Index: []int{3}, Many: true, Default: []string{"a", "b"}, Separator: "|"},
		{In: "query", Name: "day", Field: "Day", Index: []int{4}, TimeFormat: "2006-01-02", TimeLocation: time.Local},
		{In: "query", Name: "times", Field: "Times", Index: []int{5}, Many: true, TimeFormat: "unixmilli", TimeLocation: time.Local},
		{In: "header", Name: "idempotency-key", Field: "Key", Index: []int{6}},
		{In: "form", Name: "t", Field: "Title", Index: []int{7}},
		{In: "json", Name: "title", Field: "Title", Index: []int{7}},
		{In: "json", Name: "Free", Field: "Free", Index: []int{8}},
		{In: "form", Name: "files", Field: "Files", Index: []int{9}, File: true},
	}, sources)

	type both struct {
		A string `uri:"a" json:"a"`
	}
	_, err = binding.Sources(reflect.TypeFor[both]())
	assert.ErrorIs(t, err, binding.ErrTags)
	_, err = binding.Sources(reflect.TypeFor[[]int]())
	assert.ErrorIs(t, err, binding.ErrDestination)
}
