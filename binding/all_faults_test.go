package binding_test

import (
	"errors"
	"io"
	"mime/multipart"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

// told returns the source, field and rule of each fault.
func told(err error) (faults []string) {
	for _, fe := range binding.FieldErrors(err) {
		faults = append(faults, fe.Source+" "+fe.Field+" "+fe.Rule)
	}
	return faults
}

func TestAllTakesNothingFromCookiesWithoutAField(t *testing.T) {
	var in struct {
		Theme string `cookie:"theme"`
		Lang  string `cookie:"lang,default=de"`
	}
	req := allRequest("GET", "/", "", "")
	req.Header.Set("Cookie", "other=1; another=%zz")
	require.NoError(t, binding.All(req, nil, &in))
	assert.Empty(t, in.Theme)
	assert.Equal(t, "de", in.Lang)
}

// TestAllSaysWhichCookiesAreMalformed: net/http leaves such cookies out, as if they had not come.
func TestAllSaysWhichCookiesAreMalformed(t *testing.T) {
	for cookies, want := range map[string][]string{
		"theme=dark; lang=en":                nil,
		`theme=da"rk; lang=en`:               {"cookie theme type"},
		`theme=da"rk; lang=e"n`:              {"cookie theme type", "cookie lang type"},
		`theme=da"rk; theme=a\b`:             {"cookie theme type"},
		`theme=%zz; theme=da"rk`:             {"cookie theme type"},
		`other=da"rk; theme=dark; lang=%41`:  nil,
		`theme=%zz; lang=da"rk; other=da"rk`: {"cookie theme type", "cookie lang type"},
	} {
		var in struct {
			Theme string `cookie:"theme"`
			Lang  string `cookie:"lang"`
		}
		req := allRequest("GET", "/", "", "")
		req.Header.Set("Cookie", cookies)
		assert.ElementsMatch(t, want, told(binding.All(req, nil, &in)), cookies)
	}
}

func TestAllSaysWhereAFieldOfTheBodyIsMissing(t *testing.T) {
	type in struct {
		Title string `form:"title" json:"title" binding:"required"`
		Only  string `json:"only" binding:"required"`
	}
	for media, want := range map[string][]string{
		"application/x-www-form-urlencoded": {"form title required", "json only required"},
		"application/json":                  {"json title required", "json only required"},
	} {
		body := map[string]string{"application/json": "{}"}[media]
		assert.ElementsMatch(t, want, told(binding.All(allRequest("POST", "/", media, body), nil, &in{})), media)
	}
}

func TestAllSaysWhichMediaTypesItTakes(t *testing.T) {
	type both struct {
		Title string `form:"title" json:"title"`
	}
	type form struct {
		Name string `form:"name" json:"-"`
	}
	type upload struct {
		File *multipart.FileHeader `form:"file" json:"-"`
		Name string                `form:"name" json:"-"`
	}
	const urlencoded, withFiles = "application/x-www-form-urlencoded", "multipart/form-data"
	for _, row := range []struct {
		obj   any
		asked []string
		want  string
	}{
		{&both{}, nil, "application/json " + urlencoded + " " + withFiles},
		{&form{}, nil, urlencoded + " " + withFiles},
		{&upload{}, nil, withFiles},
		{&struct {
			Title string `json:"title"`
		}{}, nil, "application/json"},
		{&both{}, []string{"application/json", "application/xml"}, "application/json application/xml"},
	} {
		err := binding.All(allRequest("POST", "/", "image/png", "png"), nil, row.obj, row.asked...)
		require.Len(t, binding.FieldErrors(err), 1)
		assert.Equal(t, row.want, binding.FieldErrors(err)[0].Param)
	}
}

func TestAllTakesASuffixForItsMediaType(t *testing.T) {
	type in struct {
		Title string `json:"title" xml:"title"`
	}
	for _, row := range []struct {
		media, body string
		asked       []string
		want        bool
	}{
		{"application/vnd.x+json", `{"title":"a"}`, []string{"application/json"}, true},
		{"application/vnd.x+json", `{"title":"a"}`, []string{"application/xml"}, false},
		{"application/vnd.x+xml", `<x><title>a</title></x>`, []string{"application/xml"}, true},
		{"application/vnd.x+xml", `<x><title>a</title></x>`, []string{"application/json"}, false},
		{"application/vnd.x+xml", `<x><title>a</title></x>`, nil, true},
	} {
		var got in
		err := binding.All(allRequest("POST", "/", row.media, row.body), nil, &got, row.asked...)
		assert.Equal(t, row.want, err == nil, row)
		assert.Equal(t, row.want, got.Title == "a", row)
	}
}

func TestAllKeepsWhatTheBodyDoesNotSend(t *testing.T) {
	type in struct {
		Map    map[string]int `json:"map"`
		List   []int          `json:"list"`
		Nested struct {
			Zip  string `json:"zip"`
			City string `json:"city"`
		} `json:"nested"`
		Query string `query:"q"`
	}
	got := in{Map: map[string]int{"a": 1}, List: []int{1}}
	got.Nested.Zip = "12345"
	want := got
	want.Nested.City = "Ulm"
	require.NoError(t, binding.All(allRequest("POST", "/", "application/json", `{"nested":{"city":"Ulm"}}`), nil, &got))
	assert.Equal(t, want, got)
}

func TestCheckRulesSaysWhichDefaultBreaksItsRule(t *testing.T) {
	for _, row := range []struct {
		obj  any
		want string // "" if the default is good
	}{
		{struct {
			Page int `query:"page,default=0" binding:"min=1"`
		}{}, `field Page of struct .*: the default "0" breaks the rule "min=1" of its own field: correct one of them`},
		{struct {
			Page int `query:"page,default=1" binding:"min=1"`
		}{}, ""},
		{struct {
			Tags []string `header:"x-tags,default=a;bcd" collection_format:"multi" binding:"dive,len=3"`
		}{}, `the default "a;bcd" breaks the rule "len=3"`},
		{struct {
			ID   int    `uri:"id" binding:"required"`
			Sort string `cookie:"sort,default=up" binding:"oneof=up down"`
		}{}, ""},
		{struct {
			Sort string `cookie:"sort,default=left" binding:"oneof=up down"`
		}{}, `breaks the rule "oneof=up down"`},
		{struct {
			From int `form:"from"`
			To   int `form:"to,default=0" binding:"gtfield=From"`
		}{}, ""},
		{struct {
			Size int `form:"size,default=big"`
		}{}, ""},
	} {
		err := binding.CheckRules(reflect.TypeOf(row.obj))
		if row.want == "" {
			assert.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, binding.ErrTags)
		assert.Regexp(t, row.want, err.Error())
	}
}

// weight keeps its unit when it parses a number.
type weight struct{ number, unit string }

func (w *weight) UnmarshalText(text []byte) error {
	if len(text) > 3 {
		return errors.New("too heavy")
	}
	w.number = string(text)
	return nil
}

func TestAPointerKeepsItsValueUntilAnotherIsParsed(t *testing.T) {
	var in struct {
		W *weight `form:"w"`
	}
	require.NoError(t, mapForm(&in, form{"w": {"7"}}))
	assert.Equal(t, &weight{number: "7"}, in.W)
	in.W = &weight{"1", "kg"}
	before := in.W
	require.Error(t, mapForm(&in, form{"w": {"1000"}}))
	assert.Same(t, before, in.W)
	require.NoError(t, mapForm(&in, form{"w": {"7"}}))
	assert.Equal(t, &weight{"7", "kg"}, in.W)
	assert.Equal(t, &weight{"1", "kg"}, before, "it is another's")
}

func TestTypesThatNoTextGoesInto(t *testing.T) {
	for _, row := range []struct {
		obj      any
		readable bool
	}{
		{&struct {
			F map[string]chan int `query:"f"`
		}{}, false},
		{&struct {
			F map[string]string `query:"f"`
		}{}, true},
		{&struct {
			F any `query:"f"`
		}{}, false},
		{&struct {
			F uintptr `query:"f"`
		}{}, false},
		{&struct {
			F [][]string `query:"f"`
		}{}, false},
		{&struct {
			F [2]int `query:"f"`
		}{}, true},
		{&struct {
			F queue `query:"f"`
		}{}, true},
		{&struct {
			F []queue `query:"f"`
		}{}, true},
	} {
		err := binding.All(allRequest("GET", "/", "", ""), nil, row.obj)
		if row.readable {
			assert.NoError(t, err, "%T", row.obj)
		} else {
			assert.ErrorContains(t, err, "in which no text can be stored", "%T", row.obj)
		}
	}
}

type queue chan string

func (queue) UnmarshalText([]byte) error { return nil }

func TestTextIsShortenedBetweenCharacters(t *testing.T) {
	for _, unit := range []string{"a", "é", "€", "😀"} {
		for shift := range 4 {
			long := strings.Repeat("x", shift) + strings.Repeat(unit, 300)
			got, cut := strings.CutSuffix(binding.Shorten(long), "…")
			assert.True(t, cut)
			assert.True(t, strings.HasPrefix(long, got))
			assert.LessOrEqual(t, len(got), binding.MaxMessage)
			assert.Greater(t, len(got)+len(unit), binding.MaxMessage, "no more than needed")
			assert.Zero(t, (len(got)-shift)%len(unit), "between characters")
		}
	}
	whole := strings.Repeat("a", binding.MaxMessage)
	assert.Equal(t, whole, binding.Shorten(whole))
	assert.Len(t, binding.Shorten(strings.Repeat("\xff", 300)), binding.MaxMessage-4+len("…"), "text that is not UTF-8")
}

func TestAllReportsWhatItFoundWithoutAValidator(t *testing.T) {
	withValidator(t, nil)
	var in struct {
		Page int `query:"page"`
	}
	assert.Equal(t, []string{"query page type"}, told(binding.All(allRequest("GET", "/?page=x", "", ""), nil, &in)))
}

func TestAllReturnsAFailedReadOfAnUnknownMediaType(t *testing.T) {
	var in struct {
		Title string `json:"title"`
	}
	req := allRequest("POST", "/", "image/png", "png")
	req.Body = io.NopCloser(failingReader{})
	assert.ErrorIs(t, binding.All(req, nil, &in), errBroken)
}

func TestAllFillsInDefaultsOfTheFormWithoutAForm(t *testing.T) {
	for media, body := range map[string]string{"": "", "application/json": `{"title":"a"}`, "application/x-www-form-urlencoded": "title=a"} {
		var in struct {
			Title string `json:"title" form:"title"`
			Size  int    `json:"size" form:"size,default=7"`
		}
		require.NoError(t, binding.All(allRequest("POST", "/", media, body), nil, &in))
		assert.Equal(t, 7, in.Size, media)
	}
}

func TestParseSaysThatNoTextGoesIntoAType(t *testing.T) {
	_, err := binding.Parse[chan int]("query", "c", []string{"1"})
	assert.ErrorContains(t, err, `dram: the value of query "c" has the type chan int, in which no text can be stored`)
}
