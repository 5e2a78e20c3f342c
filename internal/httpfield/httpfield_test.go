package httpfield_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/httpfield"
)

func TestWeightTakesTheGrammarOnly(t *testing.T) {
	tests := []struct {
		params string
		weight int
	}{
		{"", 1000}, {";", 1000}, {"level=1", 1000}, {"charset=utf-8;v=b3", 1000},
		{"q=1", 1000}, {"q=1.", 1000}, {"q=1.0", 1000}, {"q=1.000", 1000},
		{"q=0", 0}, {"q=0.", 0}, {"q=0.5", 500}, {"q=0.25", 250}, {"q=0.001", 1}, {"q=0.999", 999},
		{"Q=0.5", 500}, {" q=0.5 ", 500}, {"level=1; q=0.5", 500}, {"q = 0.5", 500}, {"q\t=\t0.5", 500},
		{"q=0.5;q=1", 500}, {`a="x;q=0.1";q=0.5`, 500}, {`a="x\";q=0.1";q=0.5`, 500}, {`a="x;q=0.1`, 100},
		// What a number's parser takes and the grammar does not.
		{"q=0x1p-1", 0}, {"q=NaN", 0}, {"q=nan", 0}, {"q=Inf", 0}, {"q=1e-1", 0}, {"q=1e0", 0}, {"q=.5", 0}, {"q=+0.5", 0},
		{"q=0_1", 0}, {"q=00.5", 0}, {"q=01", 0}, {"q=0.1234", 0}, {"q=1.0000", 0}, {"q=1.001", 0}, {"q=2", 0}, {"q=-1", 0},
		{"q=-0", 0}, {"q=", 0}, {"q", 0}, {`q="0.5"`, 0}, {"q=0,5", 0}, {"q=0.5 x", 0}, {"q=٠", 0}, {"q=0x0.8", 0}, {"q=infinity", 0},
	}
	for _, tt := range tests {
		t.Run(tt.params, func(t *testing.T) {
			assert.Equal(t, tt.weight, httpfield.Weight(tt.params))
		})
	}
}

func TestCutItem(t *testing.T) {
	tests := []struct {
		list  string
		items string
	}{
		{"", ""}, {"a", "a"}, {"a,b", "a|b"}, {" a ,\tb\t", "a|b"}, {"a,,b", "a||b"}, {",a", "|a"},
		{`"a,b",c`, `"a,b"|c`}, {`x;p="a,b";q=1, c`, `x;p="a,b";q=1|c`}, {`"a\",b",c`, `"a\",b"|c`},
		{`"a,b`, `"a|b`}, {`a"b,c"d,e`, `a"b,c"d|e`}, {`"\`, `"\`},
	}
	for _, tt := range tests {
		t.Run(tt.list, func(t *testing.T) {
			var items []string
			for rest := tt.list; rest != ""; {
				var item string
				item, rest = httpfield.CutItem(rest)
				items = append(items, item)
			}
			assert.Equal(t, tt.items, strings.Join(items, "|"))
		})
	}
}

func TestItems(t *testing.T) {
	lines := []string{"a,b", "", `"c,d" , e`, ",f"}
	items := slices.Collect(httpfield.Items(lines))
	assert.Equal(t, []string{"a", "b", `"c,d"`, "e", "", "f"}, items)
	for item := range httpfield.Items(lines) {
		if item == "b" {
			break
		}
		assert.Equal(t, "a", item)
	}
}

func TestHas(t *testing.T) {
	tests := []struct {
		lines []string
		entry string
		has   bool
	}{
		{nil, "a", false}, {[]string{""}, "a", false}, {[]string{"a"}, "A", true}, {[]string{"b, a"}, "a", true},
		{[]string{"b", "c,\ta"}, "a", true}, {[]string{"ab"}, "a", false}, {[]string{`"a, b"`}, "b", false},
		{[]string{"keep-alive, not-upgrade"}, "upgrade", false}, {[]string{"\u212aeep-alive", "clo\u017fe"}, "keep-alive", false}, {[]string{"clo\u017fe"}, "close", false},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.has, httpfield.Has(tt.lines, tt.entry), "%q has %q", tt.lines, tt.entry)
	}
}

func TestLast(t *testing.T) {
	assert.Equal(t, "", httpfield.Last(nil))
	assert.Equal(t, "https", httpfield.Last([]string{" https "}))
	assert.Equal(t, "http", httpfield.Last([]string{"https", "https,\thttp"}))
	assert.Equal(t, "", httpfield.Last([]string{"https,"}))
}

func TestMediaType(t *testing.T) {
	for contentType, media := range map[string]string{
		"": "", "application/json": "application/json", "Application/JSON; charset=utf-8": "application/json",
		" application/json": "application/json", "\tapplication/json\t;x": "application/json",
		"application/json charset=utf-8": "application/json", ";": "", "application/json;": "application/json",
	} {
		assert.Equal(t, media, httpfield.MediaType(contentType), "%q", contentType)
	}
}

func TestAddVary(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		add   string
		want  []string
	}{
		{"first", nil, "Origin", []string{"Origin"}},
		{"there", []string{"Origin"}, "Origin", []string{"Origin"}},
		{"there in another case", []string{"origin"}, "Origin", []string{"origin"}},
		{"there in a list", []string{"Accept, Cookie"}, "Cookie", []string{"Accept, Cookie"}},
		{"there in a list without spaces", []string{"Accept,Cookie"}, "Accept", []string{"Accept,Cookie"}},
		{"part of another name", []string{"Accept-Encoding"}, "Accept", []string{"Accept-Encoding", "Accept"}},
		{"star", []string{"*"}, "Accept", []string{"*"}},
		{"star in a list", []string{"Origin, *"}, "Accept", []string{"Origin, *"}},
		{"a list", []string{"Accept"}, "accept, Cookie,,Origin", []string{"Accept", "Cookie", "Origin"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.lines != nil {
				h["Vary"] = tt.lines
			}
			httpfield.AddVary(h, tt.add)
			assert.Equal(t, tt.want, h["Vary"])
		})
	}
}

func TestShareVaryLeavesTheSharedSliceAlone(t *testing.T) {
	shared := []string{"Origin"}
	first, second := http.Header{}, http.Header{"Vary": {"Accept"}}
	httpfield.ShareVary(first, shared)
	httpfield.ShareVary(second, shared)
	httpfield.AddVary(first, "Cookie")
	assert.Equal(t, []string{"Origin", "Cookie"}, first["Vary"])
	assert.Equal(t, []string{"Accept", "Origin"}, second["Vary"])
	assert.Equal(t, []string{"Origin"}, shared)
}

func TestStatuses(t *testing.T) {
	for status, want := range map[int][2]bool{ // a body is allowed, another header follows
		-1: {true, false}, 100: {false, true}, 101: {false, false}, 103: {false, true}, 199: {false, true},
		200: {true, false}, 204: {false, false}, 205: {true, false}, 304: {false, false}, 404: {true, false},
	} {
		assert.Equal(t, want, [2]bool{httpfield.BodyAllowed(status), httpfield.Informational(status)}, "%d", status)
	}
}

func TestName(t *testing.T) {
	assert.Equal(t, "X-User", httpfield.Name("X_User"))
	assert.Equal(t, "X-Forwarded-For", httpfield.Name("x_forwarded-for"))
	assert.Equal(t, "X-User", httpfield.Name("X-User"))
}

func TestUpgrades(t *testing.T) {
	tests := []struct {
		upgrade, connection string
		want                bool
	}{
		{"websocket", "Upgrade", true}, {"WebSocket", "keep-alive, upgrade", true}, {"h2c, websocket", "upgrade", true},
		{"websocket", "", false}, {"", "upgrade", false}, {"websocket", "not-upgrade", false}, {"websockets", "upgrade", false},
	}
	for _, tt := range tests {
		h := http.Header{"Upgrade": {tt.upgrade}, "Connection": {tt.connection}}
		assert.Equal(t, tt.want, httpfield.Upgrades(h, "websocket"), "%v", tt)
	}
}

func TestTokensAndQuotables(t *testing.T) {
	assert.True(t, httpfield.IsToken("X-Request_Id.1~"))
	for _, s := range []string{"", "a b", "a:b", "a\n", "ä", `"a"`, "a,b"} {
		assert.False(t, httpfield.IsToken(s), "%q", s)
	}
	assert.True(t, httpfield.IsQuotable(`a realm, with (signs); = fine`))
	for _, s := range []string{`"`, `\`, "\n", "ä", "\x7f"} {
		assert.False(t, httpfield.IsQuotable(s), "%q", s)
	}
	assert.True(t, httpfield.HopByHop("Keep-Alive"))
	assert.False(t, httpfield.HopByHop("Cache-Control"))
}

// TestReadingAllocatesNothing holds the readers that stand on hot paths.
func TestReadingAllocatesNothing(t *testing.T) {
	accept := []string{`gzip;q=0.5, br;q="1, 0", *;q=0.1`, "identity;q=0"}
	h := http.Header{"Vary": {"Accept-Encoding, Origin"}, "Upgrade": {"websocket"}, "Connection": {"keep-alive, Upgrade"}}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		httpfield.CodingWeight(accept, "zstd")
		httpfield.Has(accept, "none")
		httpfield.Last(accept)
		httpfield.MediaType("application/json; charset=utf-8")
		httpfield.AddVary(h, "Origin")
		httpfield.Upgrades(h, "websocket")
	}))
}

func TestParseHost(t *testing.T) {
	for host, want := range map[string]string{
		"Example.com.": "example.com", "example.com:8080": "example.com:8080", "example.com:": "example.com", "[0:0::1]:80": "[::1]:80", "a_b.10": "a_b.10",
		"": "", "a..b": "", "a:0": "", "a:65536": "", "a:+1": "", "u@a": "", "[::1%25lo]": "", "[::1": "", "[::1]x": "", "ä": "", "a:1:2": "",
	} {
		h, ok := httpfield.ParseHost(host)
		assert.Equal(t, want != "", ok, host)
		if ok {
			assert.Equal(t, want, h.String(), host)
		}
	}
}

func TestBestCoding(t *testing.T) {
	for _, tc := range []struct {
		accept   string
		best     int
		identity bool
	}{
		{"gzip, br", 0, true}, {"gzip;q=0.5, br;q=0.4", 1, true}, {"zstd", httpfield.NoCoding, true}, {"identity, br;q=0.9", httpfield.NoCoding, true}, {"*;q=0", httpfield.NoCoding, false}, {"gzip, identity;q=0", 1, false},
	} {
		best, identity := httpfield.BestCoding([]string{tc.accept}, []string{"br", "gzip"})
		assert.Equal(t, tc.best, best, tc.accept)
		assert.Equal(t, tc.identity, identity, tc.accept)
	}
}

func TestWhatSpeaksOfOtherBytesIsDropped(t *testing.T) {
	const bytes = "Accept-Ranges Content-Digest Content-Length Content-Md5 Digest Repr-Digest"
	const entity = "Age Cache-Control Content-Disposition Content-Encoding Content-Language Content-Location Content-Type Etag Expires Last-Modified Location" +
		" Cdn-Cache-Control Surrogate-Control X-Accel-Expires X-Accel-Redirect X-Sendfile"
	full := http.Header{"X-Request-Id": {"1"}, "Vary": {"Accept"}, "Content-Security-Policy": {"default-src 'self'"}}
	for _, name := range strings.Fields(bytes + " " + entity) {
		full.Set(name, "1")
	}
	h := full.Clone()
	httpfield.DropBytes(h)
	for _, name := range strings.Fields(bytes) {
		assert.NotContains(t, h, name)
	}
	assert.Len(t, h, 3+len(strings.Fields(entity)))
	httpfield.DropEntity(h)
	assert.Equal(t, http.Header{"X-Request-Id": {"1"}, "Vary": {"Accept"}, "Content-Security-Policy": {"default-src 'self'"}}, h)
}
