package typed_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// described is what these tests look at in a document.
type described struct {
	Tags  []typed.Tag
	Paths map[string]map[string]struct {
		Security  []map[string][]string
		Responses map[string]struct {
			Description string
			Headers     map[string]struct{ Description string }
			Content     map[string]struct {
				Examples map[string]struct{ Value dram.Problem }
			}
		}
	}
	Components struct {
		SecuritySchemes map[string]map[string]any
	}
}

func TestWhatOptionsSay(t *testing.T) {
	r := dram.New()
	token, session := typed.Bearer("token", ""), typed.APIKey("session", "cookie", "sid")
	login := typed.Custom("login", typed.Scheme{Type: "openIdConnect", OpenID: "https://id.example.com/.well-known/openid-configuration"})
	api := typed.New(&r.RouterGroup, typed.Info{Title: "t", Version: "1", Tags: []typed.Tag{{Name: "staff", Description: "For staff."}}},
		typed.Security(token), typed.Errors(typed.ByLayer(typed.Problem(429, "https://example.com/kinds/too%20many/", "Too many requests"))))
	none := func(context.Context, *struct{}) (typed.NoContent, error) { return typed.NoContent{}, nil }
	typed.GET(api, "/all", none, typed.Security(token, login.Scopes("read", "write")), typed.Tags("readers"))
	typed.GET(api, "/twice", none, typed.Security(login.Scopes("read"), login.Scopes("write", "read")))
	typed.GET(api, "/either", none, typed.OrSecurity(session), typed.Tags("staff"), typed.Header("Link", "next"), typed.Header("ETag", "version"))
	typed.GET(api, "/open", none, typed.Security())
	typed.GET(api, "/maybe", none, typed.OrSecurity())

	var d described
	require.NoError(t, json.Unmarshal(api.Document(), &d))
	assert.Equal(t, []typed.Tag{{Name: "staff", Description: "For staff."}, {Name: "readers"}}, d.Tags)
	for path, want := range map[string][]map[string][]string{
		"/all":    {{"token": {}, "login": {"read", "write"}}},
		"/twice":  {{"login": {"read", "write"}}},
		"/either": {{"token": {}}, {"session": {}}},
		"/open":   {},
		"/maybe":  {{"token": {}}, {}},
	} {
		get := d.Paths[path]["get"]
		assert.Equal(t, want, get.Security, path)
		_, asks := get.Responses["401"]
		assert.Equal(t, path != "/open", asks, path)
		problem := get.Responses["429"].Content["application/problem+json"].Examples["too-20many"].Value
		assert.Equal(t, "https://example.com/kinds/too%20many/", problem.Type)
		assert.Equal(t, 429, problem.Status)
	}
	headers := d.Paths["/either"]["get"].Responses["204"].Headers
	assert.Equal(t, "next", headers["Link"].Description)
	assert.Equal(t, "version", headers["ETag"].Description)
	assert.Equal(t, "openIdConnect", d.Components.SecuritySchemes["login"]["type"])
	assert.Len(t, d.Components.SecuritySchemes, 3)
}

func TestContextIsThatOfTheRequest(t *testing.T) {
	r, api := newAPI()
	typed.GET(api, "/", func(ctx context.Context, _ *struct{}) (string, error) {
		typed.Context(ctx).Header("X-Route", typed.Context(ctx).FullPath())
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		assert.Same(t, typed.Context(ctx), typed.Context(inner))
		return "a", nil
	})
	assert.Equal(t, "/", ask(r, "GET", "/", "").Header().Get("X-Route"))
	assert.Nil(t, typed.Context(context.Background()))
}
