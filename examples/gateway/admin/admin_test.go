package admin_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/admin"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/risk"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/examples/gateway/split"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// fake is a gateway that notes what is asked of it.
type fake struct {
	state admin.State
	split *split.Split
}

func (f *fake) State() admin.State                                { return f.state }
func (f *fake) File() ([]byte, string)                            { return nil, "" }
func (f *fake) Token() string                                     { return token }
func (f *fake) Replace(func(string) bool, []byte) (string, error) { return "", admin.ErrChanged }
func (f *fake) Server(string, string) *upstream.Server            { return nil }
func (f *fake) Metrics() http.Handler                             { return http.NotFoundHandler() }
func (f *fake) Split(route string) (*split.Split, bool)           { return f.split, route == "shelf" }

const token = "0123456789abcdef"

func ask(g admin.Gateway, method, path, body string) *httptest.ResponseRecorder {
	os.Setenv("ADMIN_TOKEN", token)
	file, err := config.Parse("gateway.yaml", []byte("{admin: {token: env:ADMIN_TOKEN}, upstreams: {a: {servers: [{url: http://127.0.0.1:1}]}}, routes: [{path: /, to: a}]}"))
	if err != nil {
		panic(err)
	}
	a := admin.New(g, file.Admin, slog.New(slog.DiscardHandler))
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost:8081"
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func TestSplitsAndRamps(t *testing.T) {
	cfg := &config.Split{Shares: map[string]config.Share{"v1": 0.95, "v2": 0.05}, Ramp: &config.Ramp{Version: "v2", Steps: []config.Share{1}}}
	g := &fake{split: split.New("shelf", cfg, nil, slog.New(slog.DiscardHandler)), state: admin.State{
		Tag: `"1"`, Since: time.Now(),
		Routes: []admin.Route{{Name: "shelf", Methods: "GET", Path: "/books/*rest", To: "books", RED: seen.RED{Rate: 123.4, Errors: 0.002, P99: config.Duration(12345 * time.Microsecond)}}},
		Upstreams: []admin.Upstream{{Name: "books", Servers: []admin.Server{
			{State: upstream.State{Addr: "http://10.0.0.7:8080", Version: "v1", Health: upstream.Well, Weight: 1}},
			{State: upstream.State{Addr: "http://10.0.0.8:8080", Version: "v1", Health: upstream.Drained, Weight: 2.5, InFlight: 7}},
			{State: upstream.State{Addr: "http://10.0.0.9:8080", Version: "v2", Health: upstream.Ejected, EjectedUntil: time.Date(2030, 1, 2, 3, 4, 5, 0, time.Local)}},
		}}},
		Splits: []admin.Split{{
			Rates: []seen.RED{{Rate: 95, P99: config.Duration(8 * time.Millisecond)}, {Rate: 5, Errors: 0.4}},
			State: split.State{
				Route: "shelf", Versions: []split.Version{{Name: "v1", Share: 0.95}, {Name: "v2", Share: 0.05}}, Records: []split.Record{{}},
				Ramp: &split.RampState{Version: "v2", Status: split.Rising, Next: 0.25, At: time.Date(2030, 1, 2, 3, 4, 5, 0, time.Local)},
			},
		}, {
			Rates: make([]seen.RED, 2),
			State: split.State{
				Route: "users", Versions: []split.Version{{Name: "v1", Share: 1}, {Name: "v2"}},
				Ramp: &split.RampState{Version: "v2", Status: split.Aborted}, Records: []split.Record{{Why: "the file says so"}, {Why: "4 % of 120 requests failed, 1 % is allowed"}},
			},
		}},
		Decisions: []risk.Decision{{Action: risk.Challenge, Score: 60, Rules: []string{"a", "b"}, Method: "GET", Host: "example.com", Path: "/x", Client: "192.0.2.1", User: "anna"}, {Action: risk.Deny, DryRun: true}},
		Decided:   2,
	}}
	page := ask(g, "GET", "/", "").Body.String()
	for _, want := range []string{
		"v1 95 % · v2 5 %", "v2 rising, 25 % at 03:04:05", `data-state="bad">v2 aborted<`, "4 % of 120 requests failed", "v2: 5.0/s, 40 % errors, p99 –",
		"123/s", "0.2 %", "12.3 ms", "ejected until 03:04:05", `data-state="off">drained<`, "challenge, passed", "deny, dry run", "192.0.2.1 anna",
	} {
		assert.Contains(t, page, want)
	}
	assert.Equal(t, 303, ask(g, "POST", "/ramps", "route=shelf&do=share&share=12.5").Code)
	assert.Equal(t, 0.125, g.split.State().Versions[0].Share)
	assert.Equal(t, 422, ask(g, "POST", "/ramps", "route=shelf&do=share&share=101").Code)
	assert.Equal(t, 303, ask(g, "POST", "/ramps", "route=shelf&do=abort").Code)
	assert.Equal(t, split.Aborted, g.split.State().Ramp.Status)
	assert.Equal(t, 409, ask(g, "POST", "/ramps", "route=users&do=abort").Code)
}

// What is not there is said as all other mistakes are.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		method, path string
		status       int
	}{{"GET", "/files", 404}, {"DELETE", "/file", 405}} {
		w := ask(&fake{}, tc.method, tc.path, "")
		assert.Equal(t, tc.status, w.Code)
		assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), tc.path)
	}
}
