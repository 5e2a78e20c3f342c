package middleware_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// rawUpstream answers each connection's first request with answer, as it is, and
// closes the connection.
func rawUpstream(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.Copy(io.Discard, req.Body)
					_, _ = io.WriteString(conn, answer)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// raw sends a request as it is and returns all that comes back.
func raw(t *testing.T, addr, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(answer)
}

// outside returns layers outside of Proxy that set headers, and the headers.
func outside() ([]dram.HandlerFunc, http.Header) {
	ids := func(c *dram.Context) {
		c.Header("X-Request-Id", "7")
		c.Header("Access-Control-Allow-Origin", "https://app.example.com")
		c.Header("Vary", "Origin")
		c.Writer.Header().Add("Set-Cookie", "outer=1")
	}
	w := get(withLayers(middleware.Secure(middleware.SecureConfig{}), ids), "/")
	h := w.Header()
	delete(h, "Content-Type")
	return []dram.HandlerFunc{middleware.Secure(middleware.SecureConfig{}), ids}, h
}

// informed asks for a page and returns the 1xx in front of its answer, too.
func informed(t *testing.T, client *http.Client, req *http.Request) (res *http.Response, infos []string) {
	t.Helper()
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		infos = append(infos, fmt.Sprint(code, " ", header))
		return nil
	}}
	res, err := client.Do(req.WithContext(httptrace.WithClientTrace(context.Background(), trace)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res, infos
}

// TestProxyPassesInformationOnAndKeepsTheHeaders: a 103 has the server's headers
// only, and removes none of those that the layers outside have set.
func TestProxyPassesInformationOnAndKeepsTheHeaders(t *testing.T) {
	hints := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.Header().Set("X-Own", "kept")
		w.Header().Set("Vary", "Accept")
		_, _ = io.WriteString(w, "page")
	}
	layers, want := outside()
	layers = append(layers, middleware.Compress(middleware.CompressConfig{}), middleware.ETag(middleware.ETagConfig{}), middleware.NoCache())
	for _, versions := range []struct{ front, back bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
		t.Run(fmt.Sprintf("HTTP/2 in front %v, behind %v", versions.front, versions.back), func(t *testing.T) {
			back := startTLS(t, http.HandlerFunc(hints), versions.back)
			front := startTLS(t, proxied(middleware.ProxyConfig{Target: back.URL, Transport: back.Client().Transport}, layers...), versions.front)
			req, err := http.NewRequest(http.MethodGet, front.URL, nil)
			require.NoError(t, err)
			res, infos := informed(t, front.Client(), req)
			assert.Equal(t, []string{"102 map[Link:[</a.css>; rel=preload]]", "103 map[Link:[</a.css>; rel=preload]]"}, infos)
			assert.Equal(t, "kept", res.Header.Get("X-Own"))
			assert.Empty(t, res.Header["Link"])
			assert.Equal(t, []string{"Origin", "Accept"}, res.Header["Vary"])
			for name := range want {
				if name != "Vary" && name != "Strict-Transport-Security" {
					assert.Equal(t, want[name], res.Header[name], name)
				}
			}
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, "page", string(body))
		})
	}
}

// TestProxyPassesNoLengthOfInformationOn: a 1xx has none (RFC 9110 section 8.6), whatever the server says.
func TestProxyPassesNoLengthOfInformationOn(t *testing.T) {
	server := rawUpstream(t, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage")
	var hints http.Header
	w := get(proxied(middleware.ProxyConfig{Target: server}, func(c *dram.Context) { c.NextWith(hinting{c.Writer, &hints}, nil) }), "/")
	assert.Equal(t, "page", w.Body.String())
	assert.Equal(t, "</a.css>", hints.Get("Link"))
	assert.Empty(t, hints.Get("Content-Length"))
}

// hinting is a layer's writer that keeps the header of a 103.
type hinting struct {
	dram.ResponseWriter
	hints *http.Header
}

func (w hinting) WriteHeader(status int) {
	if status == http.StatusEarlyHints {
		*w.hints = w.Header().Clone()
	}
	w.ResponseWriter.WriteHeader(status)
}

// startTLS starts a server with TLS, with or without HTTP/2, and its client.
func startTLS(t *testing.T, handler http.Handler, http2 bool) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = http2
	server.StartTLS()
	t.Cleanup(server.Close)
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return server
}

func TestProxyHeadersThatBothSet(t *testing.T) {
	server := rawUpstream(t, "HTTP/1.1 404 Not Found\r\nContent-Type: text/x-theirs\r\nContent-Language: de\r\nETag: \"theirs\"\r\nLocation: /theirs\r\nRetry-After: 7\r\nCache-Control: max-age=60\r\nLink: </theirs>\r\n"+
		"Vary: origin, Accept\r\nVary: Cookie\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Security-Policy: theirs\r\nX-Frame-Options: theirs\r\nX-Request-Id: theirs\r\n"+
		"Access-Control-Allow-Origin: *\r\nServer: theirs\r\nContent-Length: 2\r\n\r\nno")
	w := get(proxied(middleware.ProxyConfig{Target: server}, func(c *dram.Context) {
		for _, name := range []string{
			"Content-Type", "Content-Language", "ETag", "Location", "Retry-After", "Content-Security-Policy", "X-Frame-Options", "X-Request-Id", "Access-Control-Allow-Origin", "X-Ours",
		} {
			c.Header(name, "ours")
		}
		c.Header("Cache-Control", "no-store")
		c.Header("Link", "</ours>")
		c.Header("Vary", "Origin")
		c.Header("Set-Cookie", "outer=1")
	}), "/")
	assert.Equal(t, http.Header{
		"Content-Type": {"text/x-theirs"}, "Content-Language": {"de"}, "Etag": {`"theirs"`}, "Location": {"/theirs"}, "Retry-After": {"7"}, "Content-Length": {"2"},
		"Cache-Control": {"no-store", "max-age=60"}, "Link": {"</ours>", "</theirs>"}, "Vary": {"Origin", "Accept", "Cookie"}, "Set-Cookie": {"outer=1", "a=1", "b=2"},
		"Content-Security-Policy": {"ours"}, "X-Frame-Options": {"ours"}, "X-Request-Id": {"ours"}, "Access-Control-Allow-Origin": {"ours"}, "X-Ours": {"ours"}, "Server": {"theirs"},
	}, w.Header())
	assert.Equal(t, "404 no", fmt.Sprint(w.Code, " ", w.Body))
}

// TestProxyAnswersOverTheWire: the client gets what the server sends, and an answer
// that breaks off is cut.
func TestProxyAnswersOverTheWire(t *testing.T) {
	const get, head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	big := strings.Repeat("x", 256<<10)
	cases := []struct {
		name, request, answer string
		status                int
		body                  string
		cut                   bool
	}{
		{"known length", get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
		{"chunked", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, "hello", false},
		{"until the end", get, "HTTP/1.0 200 OK\r\n\r\nhello", 200, "hello", false},
		{"no content", get, "HTTP/1.1 204 No Content\r\n\r\n", 204, "", false},
		{"not modified", get, "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", 304, "", false},
		{"head", head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "", false},
		{"100 out of the blue", get, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
		{"a large header", get, "HTTP/1.1 200 OK\r\nX-Big: " + big + "\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
		{"an endless header", get, "HTTP/1.1 200 OK\r\nX-Big: " + strings.Repeat(big, 64) + "\r\n\r\n", 502, "", false},
		{"a status below all", get, "HTTP/1.1 099 x\r\n\r\n", 502, "", false},
		{"a status of nothing, with a length", get, "HTTP/1.1 000 x\r\nContent-Length: 5\r\n\r\nhello", 502, "", false},
		{"a signed status", get, "HTTP/1.1 +99 x\r\n\r\n", 502, "", false},
		{"a status of three digits that nobody knows", get, "HTTP/1.1 999 x\r\nContent-Length: 5\r\n\r\nhello", 999, "hello", false},
		{"no HTTP", get, "hello\r\n\r\n", 502, "", false},
		{"nothing", get, "", 502, "", false},
		{"half a header", get, "HTTP/1.1 200 OK\r\nContent-", 502, "", false},
		{"two lengths", get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 502, "", false},
		{"a length that is none", get, "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello", 502, "", false},
		{"shorter than it says", get, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 200, "hello", true},
		{"longer than it says", get, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello", 200, "hel", false},
		{"chunks that end early", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 200, "hello", true},
		{"half a chunk", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", 200, "hello", true},
		{"a chunk that is none", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", 200, "hello", true},
		{"much, then the end", get, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + big, 200, big, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var logged error
			front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: rawUpstream(t, tc.answer)}, func(c *dram.Context) {
				defer func() { logged = c.Errors.Last() }()
				c.Next()
			}))
			answer := raw(t, front.Listener.Addr().String(), tc.request)
			front.Close() // and so the handler has returned
			method, _, _ := strings.Cut(tc.request, " ")
			res, err := http.ReadResponse(skipInformation(t, answer), &http.Request{Method: method})
			if tc.cut && err != nil {
				return // cut before anything went out
			}
			require.NoError(t, err, answer)
			body, err := io.ReadAll(res.Body)
			assert.Equal(t, tc.status, res.StatusCode)
			if tc.cut {
				assert.Error(t, err, "half an answer looks whole")
				assert.ErrorContains(t, logged, "broke off")
				assert.True(t, strings.HasPrefix(tc.body, string(body)))
				return
			}
			require.NoError(t, err)
			if tc.status < 500 {
				assert.Equal(t, tc.body, string(body))
			}
			if tc.request == head {
				assert.Equal(t, "5", res.Header.Get("Content-Length"))
			}
		})
	}
}

// skipInformation reads past the 1xx of an answer.
func skipInformation(t *testing.T, answer string) *bufio.Reader {
	t.Helper()
	for strings.HasPrefix(answer, "HTTP/1.1 1") {
		_, rest, found := strings.Cut(answer, "\r\n\r\n")
		require.True(t, found, answer)
		answer = rest
	}
	return bufio.NewReader(strings.NewReader(answer))
}

// TestProxyOverHTTP2CutsAsWell: the stream is reset.
func TestProxyOverHTTP2CutsAsWell(t *testing.T) {
	for name, answer := range map[string]string{
		"length": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	} {
		front := startTLS(t, proxied(middleware.ProxyConfig{Target: rawUpstream(t, answer)}, dram.RecoveryWithWriter(nil)), true)
		res, err := front.Client().Get(front.URL)
		if err == nil {
			assert.Equal(t, 2, res.ProtoMajor)
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		assert.Error(t, err, name)
	}
	gone := startTLS(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}), true)
	front := startTLS(t, proxied(middleware.ProxyConfig{Target: gone.URL, Transport: gone.Client().Transport}), false)
	res, err := front.Client().Get(front.URL)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	assert.Error(t, err, "a stream behind that is reset")
}

// TestProxyCutsBehindOtherServers: a server other than net/http's, as for HTTP/3,
// also learns that an answer broke off.
func TestProxyCutsBehindOtherServers(t *testing.T) {
	r := proxied(middleware.ProxyConfig{Target: rawUpstream(t, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")})
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	assert.NotPanics(t, func() { r.ServeHTTP(httptest.NewRecorder(), req) }, "of a test, without a connection")
	req = req.WithContext(context.WithValue(req.Context(), http.LocalAddrContextKey, &net.UDPAddr{}))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { r.ServeHTTP(httptest.NewRecorder(), req) })
}

// TestAnAnswerInPlaceOfOneThatBreaksOffIsWhole: it is not the one that the server behind
// cannot complete.
func TestAnAnswerInPlaceOfOneThatBreaksOffIsWhole(t *testing.T) {
	inPlace := func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) {
			a.Replace(func(c *dram.Context) { c.String(http.StatusServiceUnavailable, "instead") })
		})
	}
	for _, inside := range []dram.HandlerFunc{
		func(c *dram.Context) {}, dram.RecoveryWithWriter(io.Discard), middleware.Compress(middleware.CompressConfig{}),
		middleware.ETag(middleware.ETagConfig{}), dram.WrapMiddleware(unflushed),
	} {
		r := proxied(middleware.ProxyConfig{Target: rawUpstream(t, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")}, inPlace, inside)
		for _, http2 := range []bool{false, true} {
			front := startTLS(t, r, http2)
			res, err := front.Client().Get(front.URL)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			require.NoError(t, err)
			assert.Equal(t, "503 instead", fmt.Sprint(res.StatusCode, " ", string(body)))
		}
	}
}

// A server whose answer nobody wants must not hold back the one in its place.
func TestAnAnswerInPlaceOfOneThatDoesNotEndArrives(t *testing.T) {
	for name, server := range map[string]http.HandlerFunc{
		"it goes on": func(w http.ResponseWriter, r *http.Request) {
			for err := error(nil); err == nil; {
				_, err = w.Write(make([]byte, 1024))
			}
		},
		"it pauses": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			upstream := httptest.NewServer(server)
			defer upstream.Close()
			r := dram.New()
			r.Use(func(c *dram.Context) {
				c.NextAnswer(nil, func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.String(http.StatusOK, "instead") }) })
				assert.Empty(t, c.Errors)
			})
			r.GET("/", middleware.Proxy(middleware.ProxyConfig{Target: upstream.URL}))
			front := httptest.NewServer(r)
			defer front.Close()
			res, err := http.Get(front.URL)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, "instead", string(body))
		})
	}
}

// TestProxyAndExpect: the client sends its body when the server behind wants
// it, gets a single 100, and none if the server does not.
//
// net/http, GO-2024-2963 (CVE-2024-24791): an answer to Expect spoilt the connection for the next request.
func TestProxyAndExpect(t *testing.T) {
	const request = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
	takes := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		w.WriteHeader(http.StatusEarlyHints) // which a client that waits for 100 does not get
		body, _ := io.ReadAll(req.Body)
		_, _ = fmt.Fprintf(w, "got %s", body)
	})
	layers, _ := outside()
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: takes.URL}, layers...))
	defer front.Close()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, request)
	reader := bufio.NewReader(conn)
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	line, err = reader.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "\r\n", line)
	_, _ = io.WriteString(conn, "body")
	res, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	assert.Equal(t, 200, res.StatusCode)
	assert.Equal(t, []string{"7"}, res.Header["X-Request-Id"])
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "got body", string(body))

	refuses := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusExpectationFailed)
	})
	front = httptest.NewServer(proxied(middleware.ProxyConfig{Target: refuses.URL}))
	defer front.Close()
	assert.True(t, strings.HasPrefix(raw(t, front.Listener.Addr().String(), request), "HTTP/1.1 417 "), "the body is never sent")
}

// TestProxySendsNo1xxToHTTP10Clients: HTTP/1.0 has no 1xx.
func TestProxySendsNo1xxToHTTP10Clients(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "page")
	})
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}))
	defer front.Close()
	assert.True(t, strings.HasPrefix(raw(t, front.Listener.Addr().String(), "GET / HTTP/1.0\r\n\r\n"), "HTTP/1.0 200 "))
}

// TestProxyPassesTrailersOfAnswers, announced or not.
func TestProxyPassesTrailersOfAnswers(t *testing.T) {
	layers, _ := outside()
	for _, http2 := range []bool{false, true} {
		back := startTLS(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "page")
			w.Header().Set("X-Sum", "4f2a")
			w.Header().Set(http.TrailerPrefix+"X-Late", "1")
		}), http2)
		front := startTLS(t, proxied(middleware.ProxyConfig{Target: back.URL, Transport: back.Client().Transport}, layers...), http2)
		res, err := front.Client().Get(front.URL)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		_ = res.Body.Close()
		assert.Equal(t, "page", string(body))
		assert.Equal(t, http.Header{"X-Sum": {"4f2a"}, "X-Late": {"1"}}, res.Trailer)
		assert.Empty(t, res.Header["X-Sum"])
		assert.Equal(t, []string{"7"}, res.Header["X-Request-Id"])
	}
}

// TestProxyTrailersSayNothingTwice: a client may take trailers for headers. One whose
// name the answer's header has is dropped, be it a layer's or the server's.
func TestProxyTrailersSayNothingTwice(t *testing.T) {
	layers, _ := outside()
	const trailers = "X-Frame-Options: ALLOWALL\r\nX-Request-Id: 8\r\nX-Both: 2\r\nX-Late-Too: 2\r\nContent-Length: 9\r\nConnection: close\r\nX-Sum: 4f2a\r\n"
	for name, announced := range map[string]string{"announced": "Trailer: X-Frame-Options, X-Request-Id, X-Both, X-Late-Too, X-Sum\r\n", "not announced": "", "some announced": "Trailer: X-Request-Id, X-Sum\r\n"} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", HTTP/2: ", http2), func(t *testing.T) {
				server := rawUpstream(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Both: 1\r\n"+announced+"\r\n4\r\npage\r\n0\r\n"+trailers+"\r\n")
				late := func(c *dram.Context) {
					c.NextAnswer(nil, func(a dram.Answer) { a.Header().Set("X-Late-Too", "1") })
				}
				front := startTLS(t, proxied(middleware.ProxyConfig{Target: server}, append(slices.Clone(layers), late)...), http2)
				res, err := front.Client().Get(front.URL)
				require.NoError(t, err)
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				_ = res.Body.Close()
				assert.Equal(t, "page", string(body))
				assert.Equal(t, []string{"4f2a"}, res.Trailer["X-Sum"])
				delete(res.Trailer, "X-Sum")
				for name, values := range res.Trailer { // if it was announced
					assert.Subset(t, res.Header[name], values, name)
				}
				assert.Equal(t, []string{"DENY"}, res.Header["X-Frame-Options"])
				assert.Equal(t, "7 1 1", fmt.Sprint(res.Header.Get("X-Request-Id"), " ", res.Header.Get("X-Both"), " ", res.Header.Get("X-Late-Too")))
			})
		}
	}
}

// TestProxyNoContentHasNoLength: a 204 may not say one (RFC 9110 section 8.6), and
// over HTTP/2 a client would wait for it, or call it a fault.
func TestProxyNoContentHasNoLength(t *testing.T) {
	for answer, want := range map[string][]string{
		"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n": nil, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n": nil,
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n": {"5"},
	} {
		front := startTLS(t, proxied(middleware.ProxyConfig{Target: rawUpstream(t, answer)}), true)
		res, err := front.Client().Get(front.URL)
		require.NoError(t, err)
		_ = res.Body.Close()
		assert.Equal(t, want, res.Header["Content-Length"], answer)
	}
}

// TestProxyEndsWithItsClient: the server behind learns that the client is gone.
func TestProxyEndsWithItsClient(t *testing.T) {
	gone := make(chan struct{})
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, "begin")
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
		close(gone)
	})
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}))
	defer front.Close()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	require.NoError(t, err)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	_, err = http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	<-gone
}

// TestProxyOfAnUploadThatBreaksOff: the server behind sees no whole body.
func TestProxyOfAnUploadThatBreaksOff(t *testing.T) {
	ended := make(chan error, 1)
	server := upstream(t, func(_ http.ResponseWriter, req *http.Request) {
		_, err := io.Copy(io.Discard, req.Body)
		ended <- err
	})
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}))
	defer front.Close()
	for name, request := range map[string]string{
		"chunked": "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "length": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
	} {
		conn, err := net.Dial("tcp", front.Listener.Addr().String())
		require.NoError(t, err)
		_, _ = io.WriteString(conn, request)
		require.NoError(t, conn.Close())
		assert.Error(t, <-ended, name)
	}
}

// breaking is a transport whose answer breaks off with an error.
type breaking struct {
	cancel context.CancelFunc // called first, if there is one
	err    error
}

func (tr breaking) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, ContentLength: -1, Header: http.Header{}, Body: io.NopCloser(tr), Request: req}, nil
}

func (tr breaking) Read([]byte) (int, error) {
	if tr.cancel != nil {
		tr.cancel()
	}
	return 0, tr.err
}

func TestProxyLogsWhoHasBrokenTheAnswerOff(t *testing.T) {
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		leaves bool
		err    error
		says   string
	}{
		"the server":                        {false, broken, "the server's answer broke off: broken"},
		"the server, cancelled by itself":   {false, context.Canceled, "the server's answer broke off: context canceled"},
		"the client":                        {true, context.Canceled, "the client has left: context canceled"},
		"the server, before the client had": {true, broken, "the server's answer broke off: broken"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			tr := breaking{err: tt.err}
			if tt.leaves {
				tr.cancel = cancel
			}
			var says string
			r := proxied(middleware.ProxyConfig{Target: "http://a.example", Transport: tr}, func(c *dram.Context) {
				c.Next()
				says = c.Errors.String()
			})
			get(r, "/", func(req *http.Request) { *req = *req.WithContext(ctx) })
			assert.Contains(t, says, tt.says)
		})
	}
}

func TestProxyStreamsWhatHasNoLength(t *testing.T) {
	for body, want := range map[string]int{"": 0, "whole": 0, "stream": 1} {
		server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
			if _, _ = io.WriteString(w, body); body == "stream" {
				_ = http.NewResponseController(w).Flush()
			}
		})
		streams := 0
		r := proxied(middleware.ProxyConfig{Target: server.URL}, func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) { a.OnStream(func() { streams++ }) })
		})
		assert.Equal(t, body, get(r, "/").Body.String())
		assert.Equal(t, want, streams, body)
	}
}
