package binding_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
)

type signup struct {
	Name   string   `json:"name" form:"name" binding:"required,min=2,max=50"`
	Email  string   `json:"email" form:"email" binding:"required,email"`
	Age    int      `json:"age" form:"age" binding:"gte=18,lte=120"`
	Tags   []string `json:"tags" form:"tags"`
	Active bool     `json:"active" form:"active"`
}

type search struct {
	Term   string `form:"q" uri:"q" header:"X-Term" binding:"required"`
	Page   int    `form:"page,default=1" uri:"page" header:"X-Page" binding:"min=1"`
	Size   int    `form:"size,default=20" header:"X-Size" binding:"max=100"`
	Active bool   `form:"active"`
}

const (
	signupJSON  = `{"name":"Alice Liddell","email":"alice@example.com","age":42,"tags":["a","b"],"active":true}`
	signupForm  = "name=Alice+Liddell&email=alice%40example.com&age=42&tags=a&tags=b&active=true"
	searchQuery = "q=hello&page=2&size=50&active=true"
)

// replayed is a body that can be read again.
type replayed struct{ *strings.Reader }

func (replayed) Close() error { return nil }

func BenchmarkJSON(b *testing.B) {
	body := replayed{strings.NewReader(signupJSON)}
	req := &http.Request{Method: http.MethodPost, ContentLength: int64(len(signupJSON)), Body: body}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(signupJSON)
		var v signup
		if err := binding.JSON.Bind(req, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkForm(b *testing.B) {
	header := http.Header{"Content-Type": {binding.MIMEPOSTForm}}
	target := &url.URL{Path: "/"}
	body := strings.NewReader(signupForm)
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(signupForm)
		req := &http.Request{Method: http.MethodPost, URL: target, Header: header, Body: io.NopCloser(body)}
		var v signup
		if err := binding.Form.Bind(req, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQuery(b *testing.B) {
	req := queryRequest(searchQuery)
	b.ReportAllocs()
	for b.Loop() {
		var v search
		if err := binding.Query.Bind(req, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUri(b *testing.B) {
	params := form{"q": {"hello"}, "page": {"2"}}
	b.ReportAllocs()
	for b.Loop() {
		var v search
		if err := binding.Uri.BindUri(params, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeader(b *testing.B) {
	req := &http.Request{Header: http.Header{"X-Term": {"hello"}, "X-Page": {"2"}, "X-Size": {"50"}}}
	b.ReportAllocs()
	for b.Loop() {
		var v search
		if err := binding.Header.Bind(req, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBrokenRules(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if binding.FieldErrors(binding.JSON.BindBody([]byte(brokenOrder), &order{})) == nil {
			b.Fatal("no error")
		}
	}
}

// The way from keys and values to a struct takes no memory of its own: what is
// counted here is 0 because strings point into what net/http read.
func TestMappingAllocatesNothing(t *testing.T) {
	withValidator(t, nil)
	req := queryRequest(searchQuery)
	req.Header = http.Header{"X-Term": {"hello"}, "X-Page": {"2"}, "X-Size": {"50"}}
	params := form{"q": {"hello"}, "page": {"2"}}
	var v search
	for name, bind := range map[string]func() error{
		"query":  func() error { return binding.Query.Bind(req, &v) },
		"uri":    func() error { return binding.Uri.BindUri(params, &v) },
		"header": func() error { return binding.Header.Bind(req, &v) },
	} {
		t.Run(name, func(t *testing.T) {
			assert.Zero(t, testing.AllocsPerRun(100, func() {
				if err := bind(); err != nil {
					t.Error(err)
				}
			}))
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	type fresh struct { // no test before has compiled its plan
		Page int    `form:"page" json:"page" binding:"min=1"`
		Term string `form:"q" json:"q" binding:"required"`
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				var q, j, bad fresh
				assert.NoError(t, binding.Query.Bind(queryRequest("page=2&q=x"), &q))
				assert.NoError(t, binding.JSON.Bind(bodyRequest("", `{"page":2,"q":"x"}`), &j))
				assert.Equal(t, q, j)
				assert.Len(t, binding.FieldErrors(binding.Query.Bind(queryRequest("page=0"), &bad)), 2)
			}
		})
	}
	wg.Wait()
}
