package browsertest_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// The page of typed.Docs, as people use it.

type note struct {
	Title string   `json:"title" binding:"required,max=20" doc:"as on the *cover*" example:"Momo"`
	Year  int      `json:"year" binding:"min=1900,max=2100"`
	Tags  []string `json:"tags" binding:"max=3"`
}

// documented is an API whose layers want what its document says.
func documented(stopped chan<- struct{}) *dram.Engine {
	r := dram.New()
	api := typed.New(r.Group("/v1"), typed.Info{Title: "Notes", Version: "1", Description: "Notes, *short* ones.\n\n- one `code`\n- [a link](https://example.com)\n\n<img src=x onerror=alert(1)>"})
	typed.POST(api, "/notes", func(_ context.Context, in *struct{ note }) (note, error) { return in.note, nil })
	typed.POST(api, "/form", func(_ context.Context, in *struct {
		Name  string   `form:"name" binding:"required" example:"Ann"`
		Words []string `form:"word"`
	}) (string, error) {
		return fmt.Sprint(in.Name, in.Words), nil
	})
	typed.POST(api, "/both", func(ctx context.Context, in *struct {
		Name string `json:"name" form:"name" xml:"name" example:"Ann"`
	}) (string, error) {
		return typed.Context(ctx).ContentType() + " " + in.Name, nil
	})
	typed.POST(api, "/upload", func(_ context.Context, in *struct {
		Title string                  `form:"title" binding:"required"`
		Files []*multipart.FileHeader `form:"file" binding:"required"`
	}) (string, error) {
		var all []string
		for _, header := range in.Files {
			file, err := header.Open()
			if err != nil {
				return "", err
			}
			text, err := io.ReadAll(file)
			if file.Close(); err != nil {
				return "", err
			}
			all = append(all, header.Filename+"="+string(text))
		}
		return in.Title + ":" + strings.Join(all, ","), nil
	})
	typed.GET(api, "/tree/:branch/*rest", func(_ context.Context, in *struct {
		Branch string   `uri:"branch"`
		Rest   string   `uri:"rest"`
		Many   []string `query:"many"`
		Piped  []int    `query:"piped" collection_format:"pipes"`
		Key    string   `header:"X-Key"`
	}) (string, error) {
		return fmt.Sprint(in.Branch, in.Rest, in.Many, in.Piped, in.Key), nil
	})
	typed.GET(api, "/watch", func(ctx context.Context, _ *struct{}) (iter.Seq2[typed.Event[int], error], error) {
		return func(yield func(typed.Event[int], error) bool) {
			defer close(stopped)
			if yield(typed.Event[int]{Data: 41}, nil) && yield(typed.Event[int]{Data: 42}, nil) {
				<-ctx.Done()
			}
		}, nil
	})
	secured := func(path, want string, options ...typed.Option) {
		group := api.Group("/secured", options...)
		group.Use(func(c *dram.Context) {
			if got := c.GetHeader("Authorization") + c.GetHeader("X-API-Key") + c.Query("key"); got != want {
				c.Fail(dram.NewProblem(http.StatusUnauthorized, "got "+got))
			}
		})
		typed.GET(group, path, func(context.Context, *struct{}) (string, error) { return "welcome", nil })
	}
	secured("/bearer", "Bearer t0ken", typed.Security(typed.Bearer("token", "JWT")))
	secured("/basic", "Basic w6Q6cw==", typed.Security(typed.Basic("staff")))
	secured("/key", "k", typed.Security(typed.APIKey("apikey", "header", "X-API-Key")))
	secured("/query", "q", typed.Security(typed.APIKey("nobody", "header", "X-None")), typed.OrSecurity(typed.APIKey("inquery", "query", "key").Scopes("read")))
	api.Docs("/docs", typed.InAllModes())
	return r
}

// tryIt fills the form of a route, sends it, and waits until the answer has a text.
const tryIt = `async (id, values, until) => {
	const section = document.getElementById(id), form = section.querySelector("form"), answer = section.querySelector("form + pre");
	for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
	form.requestSubmit();
	for (let i = 0; i < 200 && !answer.textContent.includes(until); i++) await new Promise(r => setTimeout(r, 20));
	return answer.textContent;
}`

func TestTryingRoutesOnThePageOfTheDocument(t *testing.T) {
	ctx := browser(t)
	stopped := make(chan struct{})
	site := serve(t, documented(stopped))
	page := site.address + "/v1/docs"
	for name, tt := range map[string]struct{ id, values, until string }{
		"JSON, from examples":          {"postV1Notes", `{}`, `"title": "Momo"`},
		"JSON that breaks rules":       {"postV1Notes", `{body: '{"title":"","year":1}'}`, "422"},
		"a form":                       {"postV1Form", `{word: "a\nb"}`, `"Ann[a b]"`},
		"a multipart form":             {"postV1Form", `{"Content-Type": "multipart/form-data", name: "x&y"}`, `"x&y[]"`},
		"JSON, where there is a form":  {"postV1Both", `{"Content-Type": "application/json", body: '{"name":"x"}'}`, `"application/json x"`},
		"a form, where there is JSON":  {"postV1Both", `{"Content-Type": "application/x-www-form-urlencoded", name: "y"}`, `"application/x-www-form-urlencoded y"`},
		"XML, where there is JSON too": {"postV1Both", `{"Content-Type": "application/xml", body: "<a><name>z</name></a>"}`, `"application/xml z"`},
		"the rest of a path": {
			"getV1TreeByBranchByRest", `{branch: "a b", rest: "/x/y z", many: "1&2\n3", piped: "4\n5", "X-Key": "k"}`, `"a b/x/y z[1&2 3] [4 5]k"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := visit(t, ctx, page, fmt.Sprintf("(%s)(%q, %s, %q)", tryIt, tt.id, tt.values, tt.until))
			assert.Contains(t, got, tt.until)
		})
	}
	t.Run("colours stand on the page's own ground", func(t *testing.T) { // not on what a browser happens to have
		assert.NotEqual(t, "rgba(0, 0, 0, 0)", visit(t, ctx, page, "getComputedStyle(document.documentElement).backgroundColor"))
	})
	t.Run("the fields are those of the type", func(t *testing.T) {
		assert.Equal(t, "body,name,body", visit(t, ctx, page, `["application/json", "multipart/form-data", "application/xml"].map(media => {
			const form = document.querySelector("#postV1Both form"), type = form.elements["Content-Type"];
			type.value = media;
			type.dispatchEvent(new Event("change"));
			return [form.elements.body, form.elements.name].filter(input => input.offsetParent).map(input => input.name).join("+");
		}).join()`))
	})
	t.Run("files", func(t *testing.T) {
		got := visit(t, ctx, page, fmt.Sprintf(`{
			const data = new DataTransfer();
			data.items.add(new File(["one"], "1.txt"));
			data.items.add(new File(["two"], "2.txt"));
			document.querySelector("#postV1Upload [type=file]").files = data.files;
			(%s)("postV1Upload", {title: "t"}, "2.txt")
		}`, tryIt))
		assert.Contains(t, got, `"t:1.txt=one,2.txt=two"`)
	})
	t.Run("a stream goes on until it is stopped", func(t *testing.T) {
		got := visit(t, ctx, page, fmt.Sprintf(`(%s)("getV1Watch", {}, "data:42")`, tryIt))
		assert.Contains(t, got, "data:41\n\ndata:42")
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("#getV1Watch button[type=button]").click(); ""`))
		require.NoError(t, err, text)
		<-stopped
		text, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("#getV1Watch pre").textContent + document.querySelector("#getV1Watch button[type=button]").hidden`))
		require.NoError(t, err)
		assert.Contains(t, text, "stopped")
		assert.True(t, strings.HasSuffix(text, "true"), "there is nothing to stop")
	})
	t.Run("credentials", func(t *testing.T) {
		visit(t, ctx, page, `""`)
		for _, tt := range []struct{ id, scheme, values, way string }{
			{"getV1SecuredBearer", "token", `["t0ken"]`, "token"},
			{"getV1SecuredBasic", "staff", `["ä", "s"]`, "staff"},
			{"getV1SecuredKey", "apikey", `["k"]`, "apikey"},
			{"getV1SecuredQuery", "inquery", `["q"]`, "nobody, or inquery (read)"},
		} {
			try := func(fill, until string) string {
				text, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`(async () => { %s; return await (%s)(%q, {}, %q) })()`, fill, tryIt, tt.id, until), chromedp.EvalAwaitPromise))
				require.NoError(t, err)
				return text
			}
			assert.Contains(t, try("", "got "), "401", "%s: nothing is sent that was not typed for it", tt.id) // the body comes last
			assert.Contains(t, try(fmt.Sprintf(`document.querySelectorAll("tr[data-scheme=%s] input").forEach((input, i) => input.value = %s[i])`, tt.scheme, tt.values), "welcome"), "200", tt.id)
			text, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector("#%s .security").innerText`, tt.id)))
			require.NoError(t, err)
			assert.Equal(t, "Asks for "+tt.way+".", text)
		}
		kept, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.stringify([localStorage.length, sessionStorage.length, document.cookie])`))
		require.NoError(t, err)
		assert.Equal(t, `[0,0,""]`, kept)
		assert.Equal(t, "0", visit(t, ctx, page, `String([...document.querySelectorAll("tr[data-scheme] input")].filter(input => input.value).length)`), "they are gone with the page")
	})
	t.Run("what it says", func(t *testing.T) {
		assert.Equal(t, `short code https://example.com/ cover 0`, visit(t, ctx, page, `
			[document.querySelector("header em").innerText, document.querySelector("header li code").innerText, document.querySelector("header a").href,
			document.querySelector("main td em").innerText, document.images.length].join(" ")`))
	})
}
