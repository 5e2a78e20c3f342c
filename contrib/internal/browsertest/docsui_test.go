package browsertest_test

import (
	"context"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/docsui"
	"github.com/dram-go/dram/typed"
)

// Swagger UI shows the document under the policy of its page, which breaks nothing of it, and a
// request can be tried.
func TestDocsUIInABrowser(t *testing.T) {
	ctx := browser(t)
	r := dram.New()
	api := typed.New(r.Group("/api"), typed.Info{Title: "Library", Version: "1.2"})
	typed.GET(api, "/books", func(context.Context, *struct{}) ([]string, error) { return []string{"Momo"}, nil }, typed.Summary("lists books"))
	api.Spec("/openapi.json")
	docsui.Mount(&r.RouterGroup, "/docs", docsui.Config{Spec: "/api/openapi.json", InAllModes: true})
	site := serve(t, r)

	shown := visit(t, ctx, site.address+"/docs/", `new Promise(done => {
		const broken = [];
		document.addEventListener("securitypolicyviolation", e => broken.push(e.violatedDirective + " " + e.blockedURI));
		const until = (what, then) => { const found = document.querySelector(what); found ? then(found) : setTimeout(until, 50, what, then) };
		until(".opblock-summary-control", summary => {
			summary.click();
			until(".try-out__btn", button => {
				button.click();
				until(".execute", execute => {
					execute.click();
					until(".live-responses-table pre", body => done(document.querySelector(".title").innerText + body.innerText + broken.join(", ")));
				});
			});
		});
	})`)
	assert.Contains(t, shown, "Library")
	assert.Contains(t, shown, "Momo")
	assert.NotContains(t, shown, "-src", "what the policy has refused")
	if file := os.Getenv("DRAM_TEST_SCREENSHOT"); file != "" {
		picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, picture, 0o644))
	}
}
