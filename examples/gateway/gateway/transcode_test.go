package gateway_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

const booksProto = `
syntax = "proto3";
package books;
import "google/api/annotations.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

enum Kind { ANY = 0; NOVEL = 1; }
message Author { string name = 1; int32 born = 2; }
message Book {
  string name = 1; string title = 2; int64 pages = 3; Author author = 4; repeated string tags = 5;
  Kind kind = 6; google.protobuf.Timestamp read_at = 7;
}
message Ask { string name = 1; Kind kind = 2; bool full = 3; google.protobuf.BoolValue maybe = 4; repeated int32 ids = 5; Author author = 6; google.protobuf.Timestamp since = 7; oneof where { string on_shelf = 8; Author by = 9; } optional string note = 10; }
message New { string shelf = 1; Book book = 2; bool dry = 3; }
message List { repeated Book books = 1; string next = 2; }

service Books {
  rpc Get(Ask) returns (Book) { option (google.api.http) = { get: "/v1/{name=shelves/*/books/*}" additional_bindings { get: "/v1/one/{name}" } }; }
  rpc Create(New) returns (Book) { option (google.api.http) = { post: "/v1/shelves/{shelf}/books" body: "book" }; }
  rpc Update(Book) returns (Book) { option (google.api.http) = { patch: "/v1/{name=shelves/*/books/*}" body: "*" }; }
  rpc Search(Ask) returns (List) { option (google.api.http) = { get: "/v1/books:search" response_body: "books" }; }
  rpc Watch(Ask) returns (stream Book) { option (google.api.http) = { get: "/v1/watch/{name}" }; }
  rpc Put(stream Book) returns (Book) { option (google.api.http) = { post: "/v1/stream" body: "*" }; }
}
`

// transcoding loads a gateway in front of services, whose addresses are $1, $2 ….
func transcoding(t *testing.T, text string, addrs ...string) (*gateway.Gateway, error) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "books.binpb"), compileProto(t, booksProto), 0o600))
	for i, addr := range addrs {
		text = strings.ReplaceAll(text, fmt.Sprint("$", i+1), addr)
	}
	file := filepath.Join(dir, "gateway.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return gateway.Load(file, gateway.Options{Log: slog.New(slog.DiscardHandler)})
}

const rpc = `
upstreams: {books: {grpc: [{url: "h2c://$1"}], descriptors: books.binpb, metadata: [X-User]}}
routes: [{path: /api/*rest, to: books, transcode: true, strip_prefix: /api, timeout: 5s}]
`

// echo answers with what it was asked.
func echo(c *grpcCall) error {
	title, _ := json.Marshal(c.Text())
	return c.Send(`{"title":` + string(title) + `}`)
}

func TestAnEscapedSlashLeadsToNoMethodPastItsRoute(t *testing.T) {
	called := false
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Create": func(c *grpcCall) error { called = true; return echo(c) }})
	keys := write(t, "keys", fmt.Sprintf("ann %x\n", sha256.Sum256([]byte("k"))))
	g, err := transcoding(t, `
auth: {key: {keys: {file: `+keys+`}}}
upstreams: {books: {grpc: [{url: "h2c://$1"}], descriptors: books.binpb}}
routes:
  - {path: /v1/shelves/:shelf/books, to: books, transcode: true, auth: {by: [key]}}
  - {path: /v1/*rest, to: books, transcode: true}
`, addr)
	require.NoError(t, err)
	for path, want := range map[string]int{"/v1/shelves/a/books": 401, "/v1/shelves/a%2Fb/books": 400} {
		req := httptest.NewRequest("POST", path, strings.NewReader(`{"title":"t"}`))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		g.ServeHTTP(w, req)
		assert.Equal(t, want, w.Code, path)
	}
	assert.False(t, called, "the service is asked by nobody without a key")
}

func TestTranscodedRequests(t *testing.T) {
	set := compileProto(t, booksProto)
	addr := serveGRPC(t, set, map[string]func(*grpcCall) error{
		"Get": echo, "Create": echo, "Update": echo,
		"Search": func(c *grpcCall) error {
			return c.Send(`{"books":[{"title":"a"},{"title":"b","readAt":"2026-01-02T03:04:05Z"}]}`)
		},
	})
	g, err := transcoding(t, rpc, addr)
	require.NoError(t, err)
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		want                     string // of the answer, or, of a service that echoes, of what it was asked
	}{
		{"a pattern of segments", "GET", "/v1/shelves/a/books/7", "", 200, `{"name":"shelves/a/books/7"}`},
		{"an additional binding", "GET", "/v1/one/a%20b", "", 200, `{"name":"a b"}`},
		{"HEAD is GET", "HEAD", "/v1/one/a", "", 200, ``},
		{"params", "GET", "/v1/one/a?kind=NOVEL&full=true&maybe=false&ids=1&ids=2&author.name=x&author.born=7&since=2026-01-02T03:04:05Z", "", 200,
			`{"name":"a","kind":"NOVEL","full":true,"maybe":false,"ids":[1,2],"author":{"name":"x","born":7},"since":"2026-01-02T03:04:05Z"}`},
		{"an enum by its number", "GET", "/v1/one/a?kind=1", "", 200, `{"name":"a","kind":"NOVEL"}`},
		{"a body that is a field", "POST", "/v1/shelves/s/books?dry=true", `{"title":"t","pages":"7","tags":["x"]}`, 200, `{"shelf":"s","book":{"title":"t","pages":"7","tags":["x"]},"dry":true}`},
		{"a body that is all, the path wins", "PATCH", "/v1/shelves/a/books/7", `{"name":"other","author":{"born":3}}`, 200, `{"name":"shelves/a/books/7","author":{"born":3}}`},
		{"no body", "PATCH", "/v1/shelves/a/books/7", ``, 200, `{"name":"shelves/a/books/7"}`},
		{"a field of the answer, and a verb", "GET", "/v1/books:search", "", 200, `[{"name":"","title":"a","pages":"0","tags":[],"kind":"ANY"},{"name":"","title":"b","pages":"0","tags":[],"kind":"ANY","readAt":"2026-01-02T03:04:05Z"}]`},

		{"no such path", "GET", "/v1/none", "", 404, `{"title":"Not Found","status":404,"detail":"No method of the service has this path."}`},
		{"no such verb", "GET", "/v1/books:find", "", 404, ``},
		{"another method", "DELETE", "/v1/shelves/a/books/7", "", 405, `{"title":"Method Not Allowed","status":405}`},
		{"streams of requests are none", "POST", "/v1/stream", "{}", 404, ``},
		{"an odd path", "GET", "/v1//one/a", "", 400, ``},
		{"an escaped slash", "GET", "/v1/shelves/a%2fb/books/7", "", 400, `{"title":"Bad Request","status":400,"detail":"the path has an escaped slash (\"%2F\")"}`},
		{"an escaped colon", "GET", "/v1/one/a%3Ab", "", 200, `{"name":"a:b"}`},
		{"a percent sign, escaped, in a literal", "GET", "/v1/books%253Asearch", "", 404, ``},
		{"an escaped colon in front of a verb, which the router takes for that verb's route", "GET", "/v1/books%3Asearch", "", 400, `{"title":"Bad Request","status":400,"detail":"the path has an escaped colon (\"%3A\") in front of a verb"}`},
		{"not JSON", "POST", "/v1/shelves/s/books", `{"title":`, 400, faults(`{"in":"body","pointer":"","rule":"syntax","detail":"is not JSON"}`)},
		{"a body that breaks out of its field", "POST", "/v1/shelves/s/books", `{},"dry":true`, 400, faults(`{"in":"body","pointer":"","rule":"syntax","detail":"is not JSON"}`)},
		{"of another type", "POST", "/v1/shelves/s/books", `{"title":"t","author":{"name":"x","born":"secret"}}`, 400, faults(`{"in":"body","pointer":"/author/born","rule":"type","detail":"is not a value of this field"}`)},
		{"in a list", "PATCH", "/v1/shelves/a/books/7", "{\"tags\":[\"é\",\n\"b\",{\"secret\":1}]}", 400, faults(`{"in":"body","pointer":"/tags/2","rule":"type","detail":"is not a value of this field"}`)},
		{"a number that is too large", "PATCH", "/v1/shelves/a/books/7", `{"author":{"born":99999999999}}`, 400, faults(`{"in":"body","pointer":"/author/born","rule":"type","detail":"is not a value of this field"}`)},
		{"an unknown member", "PATCH", "/v1/shelves/a/books/7", `{"author":{"nme":"secret"}}`, 400, faults(`{"in":"body","pointer":"/author/nme","rule":"unknown","detail":"is not known here"}`)},
		{"every parameter at once", "GET", "/v1/one/a?kind=secret&full=secret&full2=1&ids=x&name=b&author.x=1", "", 400, faults(
			`{"in":"query","pointer":"/author.x","rule":"unknown","detail":"is not known here"}`, `{"in":"query","pointer":"/full","rule":"type","detail":"is not a value of this field"}`,
			`{"in":"query","pointer":"/full2","rule":"unknown","detail":"is not known here"}`, `{"in":"query","pointer":"/ids","rule":"type","detail":"is not a value of this field"}`,
			`{"in":"query","pointer":"/kind","rule":"type","detail":"is not a value of this field"}`, `{"in":"query","pointer":"/name","rule":"unknown","detail":"is not known here"}`)},
		{"one twice", "GET", "/v1/one/a?full=true&full=false", "", 400, faults(`{"in":"query","pointer":"/full","rule":"max","detail":"must be there once"}`)},
		{"one in both spellings", "GET", "/v1/one/a?on_shelf=b&onShelf=c", "", 400, faults(`{"in":"query","pointer":"/on_shelf","rule":"max","detail":"must be there once, as on_shelf or as JSON has it"}`)},
		{"two of a oneof", "GET", "/v1/one/a?onShelf=b&by.name=c&by.born=1", "", 400, faults(`{"in":"query","pointer":"/onShelf","rule":"oneof","detail":"must not be there beside another one of its oneof"}`)},
		{"one of a oneof, with its fields", "GET", "/v1/one/a?by.name=c&by.born=1&note=x", "", 200, `{"name":"a","by":{"name":"c","born":1},"note":"x"}`},
		{"a parameter beside a whole body", "PATCH", "/v1/shelves/a/books/7?title=x", `{}`, 400, faults(`{"in":"query","pointer":"/title","rule":"unknown","detail":"is not known here"}`)},
		{"a parameter that is the body's", "POST", "/v1/shelves/s/books?book.title=x", `{}`, 400, faults(`{"in":"query","pointer":"/book.title","rule":"unknown","detail":"is not known here"}`)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req := httptest.NewRequest(tc.method, "/api"+tc.path, strings.NewReader(tc.body))
			req.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			g.ServeHTTP(w, req)
			require.Equal(t, tc.status, w.Code, w.Body)
			assert.NotContains(t, w.Body.String(), "secret")
			got := w.Body.String()
			if tc.status == 200 && strings.HasPrefix(got, "{") {
				var book struct{ Title string }
				require.NoError(t, json.Unmarshal([]byte(got), &book))
				got = book.Title
			}
			if tc.want != "" {
				assert.JSONEq(t, tc.want, got)
			}
		})
	}
	for _, header := range [][]string{{"application/x-www-form-urlencoded", ""}, {"application/json", "gzip"}, {"application/json; charset=utf-16", ""}} {
		assert.Equal(t, 415, asked(g, "POST", "/api/v1/shelves/s/books", "x", "Content-Type", header[0], "Content-Encoding", header[1]).Code, header)
	}
	assert.Equal(t, "GET, PATCH", allow(g, "DELETE", "/api/v1/shelves/a/books/7"))
}

func faults(all ...string) string {
	return `{"title":"Bad Request","status":400,"detail":"The request is not valid.","errors":[` + strings.Join(all, ",") + `]}`
}

func allow(g http.Handler, method, path string) string {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Header().Get("Allow")
}

func TestTheStatusOfAServiceIsTheClients(t *testing.T) {
	var answer error
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{
		"Get": func(c *grpcCall) error {
			grpc.SetTrailer(c.Context, metadata.Pairs("x-user", "back", "x-secret", "no"))
			return answer
		},
	})
	g, err := transcoding(t, rpc, addr)
	require.NoError(t, err)
	detailed, err := status.New(codes.InvalidArgument, "wrong").WithDetails(
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "book.title", Reason: "TOO_LONG", Description: "is too long"}}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)})
	require.NoError(t, err)
	inside, err := status.New(codes.Internal, "x").WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "password", Description: "is x"}}})
	require.NoError(t, err)
	for _, tc := range []struct {
		err    error
		status int
		want   string
	}{
		{status.Error(codes.NotFound, "no such book"), 404, `{"title":"Not Found","status":404,"detail":"no such book","code":"NOT_FOUND"}`},
		{status.Error(codes.Internal, "the database's password is x"), 500, `{"title":"Internal Server Error","status":500,"code":"INTERNAL"}`},
		{inside.Err(), 500, `{"title":"Internal Server Error","status":500,"code":"INTERNAL"}`},
		{status.Error(codes.Unauthenticated, "who?"), 401, `{"title":"Unauthorized","status":401,"detail":"who?","code":"UNAUTHENTICATED"}`},
		{status.Error(codes.ResourceExhausted, ""), 429, `{"title":"Too Many Requests","status":429,"code":"RESOURCE_EXHAUSTED"}`},
		{status.Error(codes.Unimplemented, "x"), 501, `{"title":"Not Implemented","status":501,"code":"UNIMPLEMENTED"}`},
		{status.Error(codes.Unavailable, "x"), 503, `{"title":"Service Unavailable","status":503,"code":"UNAVAILABLE"}`},
		{detailed.Err(), 400, `{"title":"Bad Request","status":400,"detail":"wrong","code":"INVALID_ARGUMENT","errors":[{"in":"body","pointer":"/book/title","rule":"too_long","detail":"is too long"}]}`},
	} {
		answer = tc.err
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/one/a", nil))
		assert.Equal(t, tc.status, w.Code)
		assert.JSONEq(t, tc.want, w.Body.String())
		assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
		assert.Equal(t, "back", w.Header().Get("X-User"))
		assert.Empty(t, w.Header().Get("X-Secret"))
		if tc.status == 400 {
			assert.Equal(t, "2", w.Header().Get("Retry-After"))
		}
	}
}

// A message that is too long is not said to be too many requests, and does not count as a failure of the server.
func TestMessagesThatAreTooLong(t *testing.T) {
	long := strings.Repeat("x", 5<<20)
	send := func(c *grpcCall) error { return c.Send(`{"title":"` + long + `"}`) }
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{
		"Get": send, "Watch": send, "Search": func(c *grpcCall) error { return c.Send(`{}`) },
		"Create": func(c *grpcCall) error { return status.Error(codes.ResourceExhausted, "come back later") },
	})
	body := `{"title":"` + long + `"}`
	for _, bound := range []string{"", "max_message: 6MiB, "} { // the default, and more than the server takes
		text := strings.Replace(rpc, "metadata:", "eject: {after: 1}, breaker: {failures: 1}, "+bound+"metadata:", 1)
		g, err := transcoding(t, strings.Replace(text, "timeout: 5s", "timeout: 5s, max_body: 8MiB, retry: {times: 1}", 1), addr)
		require.NoError(t, err)
		for range 2 {
			w := asked(g, "POST", "/api/v1/shelves/s/books", body, "Content-Type", "application/json")
			assert.Equal(t, 413, w.Code, w.Body)
			for _, path := range []string{"/api/v1/one/a", "/api/v1/watch/a"} {
				w = asked(g, "GET", path, "", "Accept", "*/*")
				if bound != "" {
					assert.Equal(t, 200, w.Code)
				} else {
					assert.JSONEq(t, `{"title":"Bad Gateway","status":502,"detail":"The answer of the service is longer than it may be."}`, w.Body.String())
				}
			}
		}
		assert.Equal(t, 200, asked(g, "GET", "/api/v1/books:search", "").Code, "the server has not failed")
		assert.Equal(t, 429, asked(g, "POST", "/api/v1/shelves/s/books", "{}", "Content-Type", "application/json").Code)
	}
}

// A stream without a message in the route's time is an error, not one that has begun: a second is what an
// event stream waits for its first event.
func TestAStreamWithoutAFirstMessageIsAnError(t *testing.T) {
	hang := func(c *grpcCall) error { <-c.Context.Done(); return c.Context.Err() }
	g, err := transcoding(t, strings.Replace(rpc, "timeout: 5s", "timeout: 1100ms", 1), serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Watch": hang}))
	require.NoError(t, err)
	defer g.Close()
	for _, accept := range []string{"text/event-stream", "application/jsonl"} {
		w := ask(g, "/api/v1/watch/a", "Accept", accept)
		assert.Equal(t, 504, w.Code, w.Body)
		assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	}
}

// A stream that waits for its first message when the gateway ends: events end, so that a browser connects anew; lines
// of which there are none would look like all of them.
func TestStreamsThatHaveNotBegunEndWithTheGateway(t *testing.T) {
	asked := make(chan struct{}, 2)
	hang := func(c *grpcCall) error { asked <- struct{}{}; <-c.Context.Done(); return c.Context.Err() }
	text := strings.Replace(rpc, "upstreams:", `listen: {addr: "127.0.0.1:0"}
admin: {addr: "127.0.0.1:0"}
upstreams:`, 1)
	g, err := transcoding(t, text, serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Watch": hang}))
	require.NoError(t, err)
	defer g.Close()
	address, stop, ended := running(t, g)
	at := "http://" + address
	type answer struct {
		status int
		text   string
	}
	answers := map[string]chan answer{"text/event-stream": make(chan answer, 1), "application/jsonl": make(chan answer, 1)}
	for accept, answered := range answers {
		go func() {
			req, _ := http.NewRequest("GET", at+"/api/v1/watch/a", nil)
			req.Header.Set("Accept", accept)
			resp, err := http.DefaultTransport.RoundTrip(req)
			if !assert.NoError(t, err) {
				close(answered)
				return
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			assert.NoError(t, err)
			answered <- answer{resp.StatusCode, string(text)}
		}()
		<-asked
	}
	stop()
	assert.Equal(t, answer{200, ""}, <-answers["text/event-stream"])
	assert.Equal(t, answer{503, `{"title":"Service Unavailable","status":503,"detail":"The gateway ends."}`}, <-answers["application/jsonl"])
	assert.NoError(t, <-ended)
}

// A service gets the identity without being asked for it, and the client does not get it back.
func TestTheIdentityGoesWithACall(t *testing.T) {
	seen := make(chan []string, 1)
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{
		"Get": func(c *grpcCall) error {
			md, _ := metadata.FromIncomingContext(c.Context)
			seen <- md.Get("x-who")
			grpc.SetTrailer(c.Context, metadata.Pairs("x-who", md.Get("x-who")[0]))
			return c.Send(`{}`)
		},
	})
	keys := write(t, "keys", keyLine("ann", "sesame", ""))
	t.Setenv("WHO", strings.Repeat("k", 32))
	for _, names := range []string{"X-User", "X-Who"} {
		text := "identity: {key: env:WHO, header: X-Who}\nauth: {k: {keys: {file: " + keys + "}}}" + strings.Replace(rpc, "timeout:", "auth: {by: k}, timeout:", 1)
		g, err := transcoding(t, strings.Replace(text, "X-User", names, 1), addr)
		require.NoError(t, err)
		w := asked(g, "GET", "/api/v1/one/a", "", "X-Api-Key", "sesame", "X-Who", "forged", "Connection", "X-Who")
		require.Equal(t, 200, w.Code, w.Body)
		got := <-seen
		require.Len(t, got, 1)
		assert.Equal(t, 3, len(strings.Split(got[0], ".")), "a token, and not what the client says")
		assert.Empty(t, w.Header().Get("X-Who"))
	}
}

func TestDeadlinesAndMetadataGoWithACall(t *testing.T) {
	seen := make(chan metadata.MD, 1)
	left := make(chan time.Duration, 1)
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{
		"Get": func(c *grpcCall) error {
			md, _ := metadata.FromIncomingContext(c.Context)
			deadline, _ := c.Context.Deadline()
			seen <- md
			left <- time.Until(deadline)
			<-c.Context.Done()
			return status.FromContextError(c.Context.Err()).Err()
		},
	})
	g, err := transcoding(t, strings.Replace(rpc, "timeout: 5s", "timeout: 200ms", 1), addr)
	require.NoError(t, err)
	req := httptest.NewRequest("GET", "/api/v1/one/a", nil)
	for _, name := range []string{"X-User", "X-Other", "Traceparent", "Grpc-Timeout", "Authorization"} {
		req.Header.Set(name, "v")
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, req)
	assert.Contains(t, []int{503, 504}, w.Code, "by the layer, or by the service, whoever is first")
	md := <-seen
	assert.Equal(t, []string{"v"}, md.Get("x-user"))
	assert.Equal(t, []string{"v"}, md.Get("traceparent"))
	assert.Empty(t, md.Get("x-other"))
	assert.Empty(t, md.Get("authorization"))
	assert.Equal(t, []string{w.Header().Get("X-Request-Id")}, md.Get("x-request-id"))
	assert.InDelta(t, 0.1, (<-left).Seconds(), 0.1)
}

func TestStreams(t *testing.T) {
	next, ended := make(chan string), make(chan struct{}, 8)
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{
		"Watch": func(c *grpcCall) error {
			defer func() { ended <- struct{}{} }()
			for {
				select {
				case text := <-next:
					if text == "" {
						return nil
					}
					if text == "fail" {
						return status.Error(codes.Internal, "x")
					}
					if text == "no" {
						return status.Error(codes.NotFound, "no such shelf")
					}
					if err := c.Send(text); err != nil {
						return err
					}
				case <-c.Context.Done():
					return c.Context.Err()
				}
			}
		},
	})
	g, err := transcoding(t, rpc, addr)
	require.NoError(t, err)
	server := httptest.NewServer(g)
	defer server.Close()
	get := func(ctx context.Context, accept string) *http.Response {
		req, _ := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/v1/watch/a", nil)
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	for accept, lines := range map[string][]string{
		"application/jsonl": {`{"name":"","title":"1","pages":"0","tags":[],"kind":"ANY"}`, `{"name":"","title":"2","pages":"0","tags":[],"kind":"ANY"}`},
		"text/event-stream": {`data:{"name":"","title":"1","pages":"0","tags":[],"kind":"ANY"}`, "", `data:{"name":"","title":"2","pages":"0","tags":[],"kind":"ANY"}`, ""},
	} {
		t.Run(accept, func(t *testing.T) {
			go func() { next <- `{"title":"1"}` }()
			resp := get(t.Context(), accept)
			assert.Contains(t, resp.Header.Get("Content-Type"), accept)
			in := bufio.NewScanner(resp.Body)
			for i, want := range lines { // each comes when it is sent
				if i == len(lines)/2 {
					next <- `{"title":"2"}`
				}
				require.True(t, in.Scan())
				assert.Equal(t, want, strings.Replace(in.Text(), "data: ", "data:", 1))
			}
			next <- ""
			assert.False(t, in.Scan())
			assert.NoError(t, in.Err())
			<-ended

			go func() { next <- `{"title":"1"}`; next <- "fail" }()
			_, err := io.ReadAll(get(t.Context(), accept).Body)
			assert.Error(t, err, "a stream that fails is not a whole one")
			<-ended

			go func() { next <- "no" }()
			resp = get(t.Context(), accept)
			assert.Equal(t, 404, resp.StatusCode)
			<-ended

			go func() { next <- `{"title":"1"}` }()
			ctx, leave := context.WithCancel(t.Context())
			get(ctx, accept)
			leave()
			<-ended // the service learns that the client is gone
		})
	}
	assert.Equal(t, 406, get(t.Context(), "text/html").StatusCode)
}

// A call that may be repeated goes to another server when one fails; connections live on over a
// new file.
func TestCallsAreRetriedAtAnotherServer(t *testing.T) {
	set := compileProto(t, booksProto)
	var asked, conns atomic.Int64
	ok := serveGRPC(t, set, map[string]func(*grpcCall) error{"Get": echo, "Create": echo})
	bad := serveGRPC(t, set, map[string]func(*grpcCall) error{
		"Get":    func(*grpcCall) error { asked.Add(1); return status.Error(codes.Unavailable, "x") },
		"Create": func(*grpcCall) error { asked.Add(1); return status.Error(codes.Unavailable, "x") },
	}, grpc.StatsHandler(counting{&conns}))
	text := strings.Replace(rpc, `[{url: "h2c://$1"}]`, `[{url: "h2c://$1"}, {url: "h2c://$2"}]`, 1)
	text = strings.Replace(text, "timeout: 5s", "timeout: 5s, retry: {times: 1}", 1)
	g, err := transcoding(t, text, ok, bad)
	require.NoError(t, err)
	failed := 0
	for range 40 {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/one/a", nil))
		require.Equal(t, 200, w.Code, w.Body)
		w = httptest.NewRecorder()
		req := httptest.NewRequest("POST", "/api/v1/shelves/s/books", nil)
		g.ServeHTTP(w, req)
		if w.Code == 503 {
			failed++
		}
		require.NoError(t, g.Use(append(g.Text(), '\n')))
	}
	assert.Positive(t, asked.Load())
	assert.LessOrEqual(t, asked.Load(), int64(11), "ten failures in a row open the breaker of the server")
	assert.Positive(t, failed, "a POST without a key is not repeated")
	assert.Equal(t, int64(1), conns.Load(), "a new file with the same upstream keeps its connections")
	require.NoError(t, g.Use([]byte(strings.Replace(string(g.Text()), "metadata:", "slow_start: 1s, metadata:", 1))))
	assert.Eventually(t, func() bool { return conns.Load() == 0 }, 5*time.Second, time.Millisecond, "another upstream closes those of the one before")
}

func TestCallsOverTLS(t *testing.T) {
	cert := httptest.NewTLSServer(nil) // for its certificate
	defer cert.Close()
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Get": echo}, grpc.Creds(credentials.NewServerTLSFromCert(&cert.TLS.Certificates[0])))
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate().Raw}), 0o600))
	for text, status := range map[string]int{rpc: 503, strings.Replace(rpc, "metadata:", "ca: "+ca+", metadata:", 1): 200} {
		g, err := transcoding(t, strings.Replace(text, "h2c://", "https://", 1), addr)
		require.NoError(t, err)
		assert.Equal(t, status, asked(g, "GET", "/api/v1/one/a", "").Code)
	}
}

func TestWhatIsWrongWithDescriptorsIsAFaultOfTheFile(t *testing.T) {
	wrong := strings.NewReplacer(`{name=shelves/*/books/*}" additional`, `{nme=shelves/*/books/*}" additional`, `body: "book"`, `body: "bok"`, `response_body: "books"`, `response_body: "boks"`,
		`/v1/watch/{name}`, `/v1/{name=**}/x`).Replace(booksProto)
	dir := t.TempDir()
	write := func(name string, text []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	write("gateway.yaml", []byte(strings.ReplaceAll(rpc, "$1", "127.0.0.1:1")))
	load := func() config.Faults {
		_, err := gateway.Load(filepath.Join(dir, "gateway.yaml"), gateway.Options{})
		var found config.Faults
		require.ErrorAs(t, err, &found, "%v", err)
		return found
	}
	write("books.binpb", compileProto(t, wrong))
	assert.Equal(t, strings.TrimSpace(`
gateway.yaml:2: upstreams.books.descriptors: books.binpb: books.Books.Create: the body "bok" is not a field of books.New: name one, or write *
gateway.yaml:2: upstreams.books.descriptors: books.binpb: books.Books.Get: the path "/v1/{nme=shelves/*/books/*}" has {nme}, which is not a field of books.Ask with one value: name one that is
gateway.yaml:2: upstreams.books.descriptors: books.binpb: books.Books.Search: the response_body "boks" is not a field of books.List: name one, or leave it out
gateway.yaml:2: upstreams.books.descriptors: books.binpb: books.Books.Watch: the path "/v1/{name=**}/x" goes on behind **: write it as the last segment`), load().Error())
	write("books.binpb", []byte("not one"))
	assert.ErrorContains(t, load(), "it is not a descriptor set: write one with protoc")
	write("books.binpb", compileProto(t, strings.Replace(booksProto, "/v1/watch/{name}", "/v1/one/{kind}", 1)))
	assert.ErrorContains(t, load(), `matches the same as`)
}

// A descriptor set is read again with the file.
func TestDescriptorsAreReloaded(t *testing.T) {
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Get": echo})
	dir := t.TempDir()
	write := func(name string, text []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	write("books.binpb", compileProto(t, booksProto))
	write("gateway.yaml", []byte(strings.ReplaceAll(rpc, "$1", addr)))
	g, err := gateway.Load(filepath.Join(dir, "gateway.yaml"), gateway.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	assert.Equal(t, 404, asked(g, "GET", "/api/v1/the-one/a", "").Code)
	write("books.binpb", compileProto(t, strings.Replace(booksProto, "/v1/one/", "/v1/the-one/", 1)))
	require.NoError(t, g.Reload())
	assert.Equal(t, 200, asked(g, "GET", "/api/v1/the-one/a", "").Code)
}

// counting counts connections that are open.
type counting struct{ n *atomic.Int64 }

func (counting) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (counting) HandleRPC(context.Context, stats.RPCStats)                         {}
func (counting) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (c counting) HandleConn(_ context.Context, s stats.ConnStats) {
	if _, begun := s.(*stats.ConnBegin); begun {
		c.n.Add(1)
	} else {
		c.n.Add(-1)
	}
}

// What is removed from answers is removed from each message of a stream.
func TestTheMessagesOfAStreamAreChanged(t *testing.T) {
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Watch": func(c *grpcCall) error {
		_ = c.Send(`{"title":"1","pages":7}`)
		return c.Send(`{"title":"2","pages":8}`)
	}})
	g, err := transcoding(t, strings.Replace(rpc, "timeout: 5s", "response: {body: {remove: [/pages, /tags, /kind, /name], rename: {/title: /t}}}", 1), addr)
	require.NoError(t, err)
	defer g.Close()
	assert.Equal(t, "{\"t\":\"1\"}\n{\"t\":\"2\"}\n", asked(g, "GET", "/api/v1/watch/a", "", "Accept", "application/jsonl").Body.String())
	assert.Equal(t, "data:{\"t\":\"1\"}\n\ndata:{\"t\":\"2\"}\n\n", asked(g, "GET", "/api/v1/watch/a", "", "Accept", "text/event-stream").Body.String())
}
