package commonmark_test

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/typed/internal/commonmark"
)

func TestHTML(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"one\ntwo\n\nthree":                "<p>one\ntwo</p>\n<p>three</p>\n",
		"*a* **b** _c_ __d__":              "<p><em>a</em> <strong>b</strong> <em>c</em> <strong>d</strong></p>\n",
		"snake_case_name, 2 * 3 * 4":       "<p>snake_case_name, 2 * 3 * 4</p>\n",
		"*a **b** c*":                      "<p><em>a <strong>b</strong> c</em></p>\n",
		"`a*b*` ``c`d`` `e":                "<p><code>a*b*</code> <code>c`d</code> `e</p>\n",
		`\*a\* \\`:                         `<p>*a* \</p>` + "\n",
		"- a\n- b\n  more\n\nend":          "<ul>\n<li>a</li>\n<li>b\nmore</li>\n</ul>\n<p>end</p>\n",
		"1. a\n2) b\n* c":                  "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n<ul>\n<li>c</li>\n</ul>\n",
		"## Head ##\ntext":                 "<p><strong>Head</strong></p>\n<p>text</p>\n",
		"```json\n{\"a\": *1*}\n```\nx":    "<pre><code>{&#34;a&#34;: *1*}\n</code></pre>\n<p>x</p>\n",
		"[a *b*](https://x.test/?a=1&b=2)": `<p><a href="https://x.test/?a=1&amp;b=2" rel="noopener noreferrer">a <em>b</em></a></p>` + "\n",
		"<http://x.test>":                  `<p><a href="http://x.test" rel="noopener noreferrer">http://x.test</a></p>` + "\n",
		"[a](javascript:alert(1)) [b](/c)": "<p>[a](javascript:alert(1)) [b](/c)</p>\n",
		"<script>alert(1)</script>":        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n",
		`[a](http://x" onclick="b)`:        `<p>[a](http://x&#34; onclick=&#34;b)</p>` + "\n",
		`[a](http://x"onclick="b)`:         `<p><a href="http://x&#34;onclick=&#34;b" rel="noopener noreferrer">a</a></p>` + "\n",
	} {
		assert.Equal(t, want, string(commonmark.HTML(text)), text)
	}
	assert.Equal(t, "a <code>b</code>", string(commonmark.Inline("a `b`")))
}

// Whatever a text says, its elements are these, closed, and its links lead to the web.
func FuzzHTMLIsSafe(f *testing.F) {
	for _, text := range []string{"*a **b* c**", "- `x\n```\n</code>", "[a](http://b)[", "<a href=x>", "1. [*a](https://x)*", "__a*b__*", "\xff*a*"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := strings.Map(func(r rune) rune { // what XML, which reads it here, has not
			if r < ' ' && !unicode.IsSpace(r) || r == '\v' || r == '\f' || r >= 0xFFFE && r <= 0xFFFF {
				return -1
			}
			return r
		}, string(commonmark.HTML(text)))
		tokens := xml.NewDecoder(strings.NewReader("<div>" + out + "</div>"))
		for {
			token, err := tokens.Token()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatalf("%v: %q of %q", err, out, text)
			}
			element, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if !slices.Contains([]string{"div", "p", "ul", "ol", "li", "pre", "code", "em", "strong", "a"}, element.Name.Local) {
				t.Fatalf("%q of %q", out, text)
			}
			for _, attr := range element.Attr {
				if attr.Name.Local != "rel" && (attr.Name.Local != "href" || !strings.HasPrefix(strings.ToLower(attr.Value), "http")) {
					t.Fatalf("%q of %q", out, text)
				}
			}
		}
	})
}
