package typed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/typed"
)

// What the document declares is what the server reads, and the other way round.

// linked is a codec that some import of a program has brought.
type linked struct{}

func (linked) Name() string                  { return "toml" }
func (linked) MIMETypes() []string           { return []string{"application/toml"} }
func (linked) Marshal(v any) ([]byte, error) { return json.Marshal(v) }
func (linked) Unmarshal(data []byte, v any) error {
	return json.Unmarshal([]byte(strings.ReplaceAll(string(data), "=", ":")), v)
}

func init() { codec.Register(linked{}) }

func TestBodyOfAMediaTypeThatIsNotDeclaredIsRefused(t *testing.T) {
	r, api := newAPI()
	typed.POST(api, "/json", func(_ context.Context, in *struct {
		Title string `json:"title" binding:"max=5"`
	}) (string, error) {
		return in.Title, nil
	})
	typed.POST(api, "/xml", func(_ context.Context, in *struct {
		Title string `json:"title" xml:"t" toml:"title" yaml:"title" binding:"max=5"`
	}) (string, error) {
		return in.Title, nil
	})
	typed.POST(api, "/form", func(_ context.Context, in *struct {
		Title string `form:"title" binding:"max=5"`
	}) (string, error) {
		return in.Title, nil
	})
	typed.POST(api, "/files", func(_ context.Context, in *struct {
		Title string                  `form:"title" binding:"max=5"`
		Files []*multipart.FileHeader `form:"files"`
	}) (string, error) {
		return in.Title, nil
	})
	const xml, form = "<a><t>Momo</t><Title>Momo</Title></a>", "title=Momo"
	for _, tt := range []struct {
		path, media, body string
		status            int
		known             string
	}{
		{"/json", "application/json", `{"title":"Momo"}`, 200, ""},
		{"/json", "application/merge-patch+json", `{"title":"Momo"}`, 200, ""},
		{"/json", "application/xml", xml, 415, "application/json"},
		{"/json", "text/xml", xml, 415, "application/json"},
		{"/json", "image/svg+xml", xml, 415, "application/json"},
		{"/json", "application/toml", `{"Title"="Momo"}`, 415, "application/json"},
		{"/json", "application/x-www-form-urlencoded", form, 415, "application/json"},
		{"/json", "application/xml", "", 200, ""}, // nothing is of no type
		{"/xml", "application/xml", xml, 200, ""},
		{"/xml", "application/atom+xml", xml, 200, ""},
		{"/xml", "application/xml", "<a><t>too long</t></a>", 422, ""},
		{"/xml", "application/toml", `{"title"="Momo"}`, 200, ""},
		{"/xml", "application/yaml", "title: Momo", 415, "application/json application/xml application/toml"},
		{"/form", "application/x-www-form-urlencoded", form, 200, ""},
		{"/form", "application/json", `{"title":"Momo"}`, 415, "application/x-www-form-urlencoded multipart/form-data"},
		{"/files", "application/x-www-form-urlencoded", form, 415, "multipart/form-data"},
		{"/files", "application/json", `{}`, 415, "multipart/form-data"},
	} {
		w := ask(r, "POST", tt.path, tt.body, "Content-Type", tt.media)
		assert.Equal(t, tt.status, w.Code, "%s %s: %s", tt.path, tt.media, w.Body)
		if tt.known != "" {
			assert.Contains(t, w.Body.String(), fmt.Sprintf("%q:%q", "param", tt.known))
		}
	}
	assert.Contains(t, ask(r, "POST", "/xml", "<a><t>too long</t></a>", "Content-Type", "application/xml").Body.String(), `"pointer":"/t"`)

	for path, media := range map[string][]string{
		"/json": {"application/json"}, "/xml": {"application/json", "application/toml", "application/xml"},
		"/form": {"application/x-www-form-urlencoded", "multipart/form-data"}, "/files": {"multipart/form-data"},
	} {
		assert.Equal(t, media, slices.Sorted(maps.Keys(bodies(t, api, path))), path)
	}
}

// bodies returns what the document says of the body of a POST.
func bodies(t *testing.T, api *typed.API, path string) map[string]struct{ Schema json.RawMessage } {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema json.RawMessage }
			}
		}
	}
	require.NoError(t, json.Unmarshal(api.Document(), &doc))
	return doc.Paths[path]["post"].RequestBody.Content
}

type card string

func (c *card) UnmarshalText(text []byte) error { return fmt.Errorf("no card: %q", text) }

func TestProblemsDoNotEchoTheValue(t *testing.T) {
	r, api := newAPI()
	typed.POST(api, "/:card", func(context.Context, *struct {
		Card card         `uri:"card"`
		Addr netip.Addr   `query:"addr"`
		Net  netip.Prefix `header:"X-Net"`
		Own  card         `json:"own"`
		Many []card       `json:"many"`
	}) (string, error) {
		return "", nil
	})
	w := ask(r, "POST", "/SECRET?addr=SECRET", `{"own":"SECRET","many":["SECRET"]}`, "X-Net", "SECRET")
	assert.Equal(t, 422, w.Code)
	assert.NotContains(t, w.Body.String(), "SECRET")
	assert.Contains(t, w.Body.String(), `"detail":"must be an IP address"`)
	assert.Equal(t, 5, strings.Count(w.Body.String(), `"pointer"`), w.Body)
}

func TestFieldOfAStructInTheQueryIsPointedTo(t *testing.T) {
	r, api := newAPI()
	typed.GET(api, "/", func(context.Context, *struct {
		Span struct {
			From int `json:"from" binding:"required"`
		} `query:"span"`
	}) (string, error) {
		return "", nil
	})
	assert.Contains(t, ask(r, "GET", "/?span={}", "").Body.String(), `"in":"query","pointer":"/span/from","rule":"required"`)
	assert.Equal(t, 200, ask(r, "GET", `/?span={"from":1}`, "").Code)
}

func TestFormatInWhichNoBodyIsRightIsNotRead(t *testing.T) {
	r, api := newAPI()
	typed.POST(api, "/", func(context.Context, *struct {
		Title string                `json:"title" form:"title"`
		Cover *multipart.FileHeader `form:"cover" binding:"required"`
	}) (string, error) {
		return "", nil
	})
	w := ask(r, "POST", "/", `{"title":"a"}`)
	assert.Equal(t, http.StatusUnsupportedMediaType, w.Code)
	assert.Contains(t, w.Body.String(), `"param":"multipart/form-data"`)
	assert.NotContains(t, bodies(t, api, "/"), "application/json")
}

func TestItemsThatAnArrayIsNotSentKeepTheRulesToo(t *testing.T) {
	r, api := newAPI()
	typed.POST(api, "/", func(context.Context, *struct {
		Pair [2]string `json:"pair" binding:"dive,min=2"`
	}) (string, error) {
		return "", nil
	})
	assert.Equal(t, 422, ask(r, "POST", "/", `{"pair":["ab"]}`).Code)
	assert.JSONEq(t, `{"type":"object","required":["pair"],"properties":{"pair":{"type":"array","minItems":2,"prefixItems":[
		{"type":"string","minLength":2},{"type":"string","minLength":2}]}}}`, string(bodies(t, api, "/")["application/json"].Schema))
}
