package dramtest_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

func TestAFailureShowsTheRequest(t *testing.T) {
	got := failure(func(t testing.TB) {
		dramtest.New(t, routes()).POST("/books?token=4f0c", dramtest.JSON(`{"isbn": "1"}`), dramtest.Bearer("4f0c"), dramtest.Header("X-Api-Key", "4f0c")).Want(422)
	})
	assert.Contains(t, got, "POST /books?token=*: status 201, want 422\n\n> POST /books?token=* HTTP/1.1\n")
	assert.Contains(t, got, "> Authorization: *\n")
	assert.Contains(t, got, ">\n> {\"isbn\": \"1\"}\n")
	assert.Contains(t, got, "< HTTP/1.1 201 Created\n")
	assert.Regexp(t, `\nroute   POST /books \(.*tb_test.go:`, got)
	assert.Contains(t, got, "\nlayers  dramtest_test.outer, dramtest_test.bind; answered by dramtest_test.bind\n")
	assert.NotContains(t, got, "4f0c")
	assert.NotContains(t, got, "Dramtest-Exchange")
}

func TestAFailureShowsWhatTheHandlerDid(t *testing.T) {
	ask := func(target string) string {
		return failure(func(t testing.TB) { dramtest.New(t, routes()).GET(target).Want(418) })
	}
	assert.Contains(t, ask("/refused"), "layers  dramtest_test.outer, dramtest_test.refuse; answered by dramtest_test.refuse; aborted by dramtest_test.refuse; not run: dramtest_test.routes\n")
	assert.Contains(t, ask("/error"), "\nerror   the database is gone\n")
	assert.Contains(t, ask("/none"), "\nroute   none\nlayers  dramtest_test.outer\n")
	panicked := ask("/panic")
	assert.Contains(t, panicked, "\npanic   a mistake\n")
	assert.Contains(t, panicked, "dramtest/tb_test.go:", "the stack")
	assert.Contains(t, ask("/half"), "< half\n< cut here: unexpected EOF\n")
}

// Recovery answers a panic, and its log is elsewhere: where the handler panicked is in the failure all the same.
func TestAFailureShowsAPanicThatWasRecovered(t *testing.T) {
	r := dram.New()
	r.Use(dram.RecoveryWithWriter(nil))
	r.GET("/", mistaken)
	got := failure(func(t testing.TB) { dramtest.New(t, r).GET("/").Want(200) })
	assert.Contains(t, got, "\nerror   dram: recovered from panic: a mistake\npanicked at\ngithub.com/dram-go/dram/dramtest_test.mistaken(")
	assert.NotContains(t, got, "dramtest.recorder.Handle")
	assert.NotContains(t, got, "net/http.serverHandler")
}

func mistaken(*dram.Context) { panic("a mistake") }

func TestAFailureIsNotTooLong(t *testing.T) {
	r := dram.New()
	r.POST("/", func(c *dram.Context) { c.Data(200, "a/b", []byte{0xff, 0xfe}) })
	got := failure(func(t testing.TB) {
		dramtest.New(t, r).POST("/", dramtest.Text(strings.Repeat("x", 5000)+"end")).Want(418)
	})
	assert.Contains(t, got, "> … and 907 bytes more\n")
	assert.NotContains(t, got, "xend")
	assert.Contains(t, got, "< 2 bytes that are not text\n")
	assert.Contains(t, got, "--data-binary @body\n")

	r.POST("/lines", func(c *dram.Context) { c.String(200, strings.Repeat("\n", 59)+"the last\nx\ny") })
	r.POST("/zeros", func(c *dram.Context) { c.Data(200, "a/b", make([]byte, 9)) })
	got = failure(func(t testing.TB) { dramtest.New(t, r).POST("/lines").Want(418) })
	assert.Contains(t, got, "<\n< the last\n< … and 3 bytes more\n")
	got = failure(func(t testing.TB) { dramtest.New(t, r).POST("/zeros").Want(418) })
	assert.Contains(t, got, "<\n< 9 bytes that are not text\n")
}

// The line is pasted into a shell: curl gets the words that were meant.
func TestTheCurlLineCanBePasted(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	body := "it's $HOME `id` \"quoted\" \\ \r\n\ttab \x01 é !!"
	got := failure(func(t testing.TB) {
		dramtest.New(t, routes()).PUT("/echo/../echo?q=$(id)", dramtest.Body("text/plain", []byte(body)), dramtest.Header("X-A", "it's")).Want(418)
	})
	_, line, ok := strings.Cut(got, "\ncurl    ")
	require.True(t, ok, got)
	dir := t.TempDir()
	script := "#!" + bash + "\nprintf '%s\\0' \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "curl"), []byte(script), 0o700))
	run := exec.Command(bash, "-c", line)
	run.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	words, err := run.Output()
	require.NoError(t, err)
	assert.Equal(t, []string{"-i", "--path-as-is", "-X", "PUT", "http://localhost:8080/echo/../echo?q=$(id)",
		"-H", "Content-Type: text/plain", "-H", "Origin: https://example.com", "-H", "Sec-Fetch-Site: same-origin", "-H", "X-A: it's",
		"--data-binary", body, ""}, strings.Split(string(words), "\x00"))
}

func TestTheCurlLineOfASocketHasItsAddress(t *testing.T) {
	address := ""
	got := failure(func(t testing.TB) {
		res := dramtest.New(t, routes()).Served(t).HEAD("/text")
		address = res.HTTP().Request.URL.Host
		res.Want(http.StatusTeapot)
	})
	assert.Contains(t, got, "\ncurl    curl -i -k -I 'https://"+address+"/text'")
	assert.Contains(t, got, "< HTTP/2.0 200 OK\n")
}

func TestGolden(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "new", "book.json")
	golden := func(target, file string, changing ...string) string {
		return failure(func(t testing.TB) { dramtest.New(t, routes()).GET(target).Golden(file, changing...) })
	}
	assert.Contains(t, golden("/book/7", file), "run the test once with -dramtest.update")

	t.Setenv("DRAMTEST_UPDATE", "1")
	assert.Empty(t, golden("/book/7", file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(text), "\n  \"id\": \"7\",\n")

	t.Setenv("DRAMTEST_UPDATE", "")
	assert.Empty(t, golden("/book/7", file))
	assert.Contains(t, golden("/book/8", file), "the JSON differs from "+file+"\n\t/id: got \"8\", want \"7\"\n")

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), `"7"`, `"…"`, 1)), 0o600))
	assert.Empty(t, golden("/book/8", file))
	t.Setenv("DRAMTEST_UPDATE", "1")
	assert.Empty(t, golden("/book/9", file))
	text, err = os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"id": "…"`, "it stays")

	plain := filepath.Join(dir, "text")
	assert.Empty(t, golden("/text", plain))
	t.Setenv("DRAMTEST_UPDATE", "")
	assert.Empty(t, golden("/text", plain))
	require.NoError(t, os.WriteFile(plain, []byte("a … text"), 0o600))
	assert.Contains(t, golden("/text", plain), "the body differs from "+plain+" at line 1\n\tgot  a text\n\twant a … text\n")
	require.NoError(t, os.WriteFile(plain, []byte("a …"), 0o600))
	assert.Empty(t, golden("/text", plain, `t\w+`))
	assert.Contains(t, golden("/text", plain, `(`), "Golden: error parsing regexp")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	assert.Contains(t, golden("/book/7", file), "is not JSON: unexpected EOF")
}
