// The differential test: one program for Gin is built on Gin and on dram, both get the
// same requests, and their answers are the same, byte for byte, but for the differences
// that docs/migration.md lists.

package gin_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// call is one request; its headers are names and values in turn.
type call struct {
	method, path, body string
	headers            []string
}

const form, multi = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"

var requests = slices.Concat(routingCalls, readingCalls, bindCalls, renderCalls, flowCalls, fileCalls)

func asks(path string, headers ...string) call {
	return call{method: "GET", path: path, headers: headers}
}

func send(method, path, contentType, body string, headers ...string) call {
	return call{method: method, path: path, body: body, headers: append([]string{"Content-Type", contentType}, headers...)}
}

var routingCalls = []call{
	asks("/"), asks("/p/7"), asks("/p/me"), asks("/p/7/books/8"), asks("/p/"), asks("/p"), asks("/p/7/"), asks("/p/a%2Fb"), asks("/p/a+b"), asks("/p/%C3%BC"), asks("/v1/x"), asks("/v/x"), asks("/s/"), asks("/s"), asks("/s/a/b/"),
	asks("/slash"), asks("/slash/"), asks("/slash?a=b&c=%20"), asks("/noslash/"), asks("/noslash"), send("POST", "/postslash", form, "a=1"),
	asks("/esc:batch"), asks("/escx"), asks("/none"), asks("/own404/x"), asks("/status404"), asks("/only-post"), send("DELETE", "/only-post", "", ""),
	{method: "HEAD", path: "/head"}, {method: "HEAD", path: "/none"}, {method: "HEAD", path: "/p/7"}, {method: "OPTIONS", path: "/options"}, {method: "OPTIONS", path: "/p/7"},
	{method: "PURGE", path: "/any"}, {method: "GET", path: "/any"}, {method: "PUT", path: "/any"}, {method: "TRACE", path: "/any"}, {method: "PATCH", path: "/any"},
	{method: "PUT", path: "/match"}, {method: "POST", path: "/match"}, asks("/group"), asks("/group/"), asks("/group/a/"), asks("/group/a"), asks("/group/subx"), asks("/group/sub/x"), asks("/groups-own/x"),
	asks("/slash", "X-Forwarded-Prefix", "/pre"), asks("/slash", "X-Forwarded-Prefix", "//evil"), asks("/routes"), asks("//"), asks("//p/7"), asks("/P/7"), asks("/p/../p/7"), asks("/./p/7"),
}

var readingCalls = []call{
	asks("/query"), asks("/query?a=1&b=&l=1&l=2&m[x]=1&m[y][z]=2&m[]=3"), asks("/query?a=%zz"), asks("/query?a;b"), asks("/query?a"), asks("/query?a=%C3%BC+x"),
	send("POST", "/form?a=q", form, "a=1&l=1&l=2&m[x]=1"), send("POST", "/form", form, ""), send("POST", "/form", multi, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n"),
	send("POST", "/form", "text/plain", "a=1"), send("POST", "/form", form, "a=%zz"), send("POST", "/form", multi, "broken"),
	send("POST", "/file", multi, "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../x/a.txt\"\r\n\r\n12345\r\n--b--\r\n"), send("POST", "/file", multi, "--b--\r\n"), send("POST", "/file", form, "a=1"),
	send("POST", "/raw", "", "raw body"), send("POST", "/raw", "", ""),
	asks("/cookie"), asks("/cookie", "Cookie", "a=x+y%20z"), asks("/cookie", "Cookie", "a=%zz"), asks("/cookie", "Cookie", "b=1"),
	asks("/request", "Content-Type", "Text/Plain; charset=utf-8", "X-A", "1"), asks("/request", "X-Forwarded-For", "6.6.6.6, 2.2.2.2"), asks("/request", "X-Forwarded-For", "bad"), asks("/request", "X-Real-Ip", "3.3.3.3"),
	asks("/request", "Connection", "Upgrade", "Upgrade", "WebSocket"), asks("/request", "X-Forwarded-For", "::ffff:1.2.3.4"), asks("/request", "X-Forwarded-For", "1.2.3.4:5"),
}

const good = `{"name":"ann","age":7,"tags":["a","b"],"born":"2020-01-02T03:04:05Z","wait":5,"extra":{"a":"b"},"ptr":3,"bool":true}`

var bindCalls = []call{
	send("POST", "/bind/json", "application/json", good), send("POST", "/bind/json", "application/json", `{"name":""}`), send("POST", "/bind/json", "application/json", `{`),
	send("POST", "/bind/json", "application/json", ``), send("POST", "/bind/json", "application/json", `{"name":"a","age":"x"}`), send("POST", "/bind/json", "application/json", `{"name":"a","age":131}`),
	send("POST", "/bind/json", "application/json", `{"name":"a"} `), send("POST", "/bind/json", "application/json", `{"name":"a"}{}`),
	send("POST", "/bind/json", "application/json", `null`), send("POST", "/bind/json", "application/json", `{"NAME":"a","unknown":1}`), send("POST", "/bind/json", "application/json", `[]`),
	asks("/bind/query?name=ann&age=7&tags=a&tags=b&born=2020-01-02&wait=1s&bool=true"), asks("/bind/query?name=ann&age="), asks("/bind/query?name=ann&age=x"), asks("/bind/query?age=7"), asks("/bind/query?name=a&bool=maybe"),
	asks("/bind/query?name=a&born=nope"), asks("/bind/query?name=a&ptr=1"), asks("/bind/query?name=a&ptr="), asks("/bind/query?name=a&def=x"), asks("/bind/query?name=a&def="), asks(`/bind/query?name=a&extra={"k":"v"}`), asks("/bind/query?name=a&age=%207%20"), asks("/bind/query?name=a&wait=x"), asks("/bind/query?Name=a"),
	asks("/bind/query?name=a&age=99999999999999999999"), asks("/bind/query?name=a&extra={"), asks("/bind/query?name=a&extra="),
	send("POST", "/bind/form?age=8", form, "name=ann"), send("POST", "/bind/formpost?age=8", form, "name=ann"), send("PUT", "/bind/form", form, "name=ann"), send("DELETE", "/bind/form", form, "name=ann"), send("POST", "/bind/form", multi, "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nann\r\n--b--\r\n"),
	send("POST", "/bind/multipart", multi, "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nann\r\n--b--\r\n"), send("POST", "/bind/multipart", form, "name=ann"),
	send("POST", "/bind/xml", "application/xml", "<p><name>ann</name><age>7</age></p>"), send("POST", "/bind/xml", "application/xml", "<p>"), send("POST", "/bind/xml", "application/xml", ""),
	send("POST", "/bind/yaml", "application/yaml", "name: ann\nage: 7\n"), send("POST", "/bind/yaml", "application/yaml", "name: [\n"), send("POST", "/bind/toml", "application/toml", "name = \"ann\"\n"), send("POST", "/bind/toml", "application/toml", "name = \n"),
	asks("/bind/header", "X-Name", "ann", "X-Age", "7"), asks("/bind/header", "X-Age", "7"), asks("/bind?name=ann"), send("POST", "/bind", "application/json", good), send("POST", "/bind", "application/json; charset=utf-8", good),
	send("POST", "/bind", "Application/JSON", good), send("POST", "/bind", form, "name=ann"), send("POST", "/bind", "", "name=ann"), send("POST", "/bind", "text/unknown", "name=ann"), send("POST", "/bind", "application/xml", "<p><name>x</name></p>"), send("POST", "/bind", "text/xml", "<p><name>x</name></p>"), send("GET", "/bind?name=q", "application/json", good),
	send("POST", "/must", "application/json", `{`), send("POST", "/must", "application/json", good), send("POST", "/must", "application/json", `{}`), asks("/uri/ann/7"), asks("/uri/ann/x"), asks("/uri/ann/131"), send("POST", "/twice", "application/json", good), send("POST", "/twice", "application/json", "{"),
	send("POST", "/validator", "application/json", `{"age":131}`), asks("/bindlayer?name=ann"), asks("/bindlayer"),
}

var renderCalls = func() (all []call) {
	for _, name := range []string{"json", "pure", "indent", "ascii", "secure", "secureh", "jsonp", "xml", "yaml", "toml", "string", "verbatim", "data", "empty", "html", "redirect", "created", "reader", "readern", "204", "304",
		"status", "nothing", "sse", "stream", "neg", "cookie", "cookied", "type", "unfit", "render", "twice", "protobuf"} {
		all = append(all, asks("/render/"+name), call{method: "HEAD", path: "/render/" + name}, send("POST", "/render/"+name, "", ""))
	}
	return append(all, asks("/render/jsonp?callback=f"), asks("/render/jsonp?callback=a.b"), asks("/render/jsonp?callback=alert(1)//"),
		asks("/render/neg", "Accept", "application/xml"), asks("/render/neg", "Accept", "text/html"), asks("/render/neg", "Accept", "*/*"), asks("/render/neg", "Accept", "application/xml;q=0.1, application/json;q=0.9"), asks("/render/neg", "Accept", "application/*"))
}()

var flowCalls = []call{
	asks("/flow/next"), asks("/flow/abort"), asks("/flow/abortjson"), asks("/flow/aborterr"), asks("/flow/panic"), asks("/flow/panicerr"), asks("/flow/errors"), asks("/flow/keys"), asks("/flow/copy"), asks("/flow/again"), asks("/flow/there"),
	asks("/flow/names"), asks("/flow/writer"), asks("/auth/who"), asks("/auth/who", "Authorization", "Basic YW5uOnNlY3JldA=="), asks("/auth/who", "Authorization", "Basic YW5uOndyb25n"), asks("/auth/who", "Authorization", "basic YW5uOnNlY3JldA=="),
	asks("/wrap"), asks("/errorlogger"),
}

var fileCalls = []call{
	asks("/static/a.txt"), asks("/static/"), asks("/static"), asks("/static/sub/"), asks("/static/sub"), asks("/static/none"), asks("/static/../a.txt"), asks("/static/%2e%2e/page.tmpl"), asks("/static/sub/index.html"), asks("/static//a.txt"),
	{method: "HEAD", path: "/static/a.txt"}, {method: "POST", path: "/static/a.txt"}, asks("/static/a.txt", "Range", "bytes=0-1"), asks("/static/a.txt", "Range", "bytes=99-"), asks("/one"), {method: "HEAD", path: "/one"}, asks("/fs/a.txt"), asks("/fs/"), asks("/fs/sub/"), asks("/sendfile"), asks("/attach"), asks("/fromfs"), asks("/fs/none"),
}

// difference is one: which answers, by a regular expression over their calls' names.
type difference struct{ answers, why string }

// differences are the documented ones (docs/migration.md): which answers they change, by
// method and path, and why. A reason that changes nothing any more is a failure.
var differences = []difference{
	{`^HEAD /p/7$`, "HEAD is answered by the route of GET"},
	{`^(OPTIONS /p/7|PURGE /any|POST /match)$`, "Allow names HEAD beside GET"},
	{`^GET /cookie a=%zz$`, "a cookie that cannot be decoded is an error"},
	{`^GET /request Text/Plain`, "a media type is in lower case"},
	{`^POST /bind Application/JSON`, "a media type is compared without case"},
	{`^GET /request ::ffff:1.2.3.4$`, "an IPv4 address is written as one"},
	{`^POST /bind/json .*\{"name":"a"\}\{\}$`, "JSON ends with its value"},
	{`^GET /bind/query\?name=(ann&age=x|a&born=nope|a&wait=x|a&age=9+|a&extra=\{)$`, "all fields are read, and all faults reported"},
	{`^GET /bind/query\?name=a&extra=$`, "an empty text is an empty map"},
	{`^POST /validator`, "errors have the client's names"},
	{`^\w+ /render/sse$`, "nginx is asked not to buffer events"},
	{`^\w+ /render/(unfit|protobuf)$`, "what cannot be rendered is a 500 without the type of a body"},
	{`^GET /render/jsonp\?`, "JSONP has nosniff, and calls names only"},
	{`^GET /render/neg application/xml;q=0.1`, "weights count"},
	{`^(GET|HEAD|POST) /render/neg( |$)`, "Negotiate names Accept in Vary"},
	{`^GET /auth/who basic `, "the scheme's case does not matter"},
	{`^GET /(static/(none|%2e%2e/page.tmpl)?|fs/none)$`, "a missing file has the text of a 404"},
	{`^GET /static/(/|\.\./)a.txt$`, "a path has one spelling"},
	{`^GET /static/sub$`, "a redirect to a directory cannot leave the host"},
	{`^GET /static/a.txt bytes=99-$`, "the text of a 416"},
}

// answer is what came back.
type answer struct {
	status  int
	header  http.Header
	body    string
	failure string
}

// to sends the request, byte for byte.
func (c call) to(p program) (a answer) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(string(p), "http://"))
	if err != nil {
		return answer{failure: err.Error()}
	}
	defer conn.Close()
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: app.example\r\n", c.method, c.path)
	closing := true
	for i := 0; i+1 < len(c.headers); i += 2 {
		if c.headers[i+1] != "" {
			fmt.Fprintf(&text, "%s: %s\r\n", c.headers[i], c.headers[i+1])
		}
		closing = closing && c.headers[i] != "Connection"
	}
	if closing {
		text.WriteString("Connection: close\r\n")
	}
	if c.body != "" || c.method == "POST" || c.method == "PUT" {
		fmt.Fprintf(&text, "Content-Length: %d\r\n", len(c.body))
	}
	text.WriteString("\r\n" + c.body)
	_, _ = io.WriteString(conn, text.String()) // the answer tells
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: c.method})
	if err != nil {
		return answer{failure: "no answer"}
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		a.failure = "cut"
	}
	res.Header.Del("Date")
	a.status, a.header, a.body = res.StatusCode, res.Header, string(body)
	return a
}

// name is what a call is known by in differences.
func (c call) name() string {
	parts := []string{c.method, c.path}
	for i, header := range c.headers {
		if i%2 == 1 && header != "" && (header != form && header != multi) {
			parts = append(parts, header)
		}
	}
	if c.body != "" {
		parts = append(parts, c.body)
	}
	return strings.Join(parts, " ")
}

// answersAreGinsButForTheDocumentedDifferences sends all requests to both.
func answersAreGinsButForTheDocumentedDifferences(t *testing.T, gin, dram program) {
	used := make([]bool, len(differences))
	for _, c := range requests {
		why := slices.IndexFunc(differences, func(d difference) bool { return regexp.MustCompile(d.answers).MatchString(c.name()) })
		if why < 0 {
			assert.Equal(t, c.to(gin), c.to(dram), c.name())
		} else if used[why] = true; reflect.DeepEqual(c.to(gin), c.to(dram)) {
			t.Errorf("%s: there is no difference any more: %s", c.name(), differences[why].why)
		}
	}
	for i, d := range differences {
		assert.True(t, used[i], "no request has the difference %q", d.answers)
	}
	t.Logf("%d requests, %d documented differences", len(requests), len(differences))
}
