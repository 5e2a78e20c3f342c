package split_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/split"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

const ramp = "{shares: {v1: 100%, v2: 0}, ramp: {version: v2, steps: [1%, 5%, 25%, 100%], every: 5m, abort: {errors: 1%, p99: 300ms}}}"

// tries tells of n tries of a version.
func tries(s *split.Split, n int, version string, status int, took time.Duration) {
	for range n {
		came := upstream.Good
		if status >= 500 {
			came = upstream.Failed
		}
		s.Saw(call.Try{Server: &upstream.Server{Version: version}, Status: status, Came: came, Took: took})
	}
}

// at is the share and the status of the ramp.
func at(s *split.Split) string {
	state := s.State()
	return fmt.Sprintf("%.4g%% %s", state.Versions[0].Share*100, state.Ramp.Status)
}

// last is why the share is what it is.
func last(s *split.Split) string {
	records := s.State().Records
	return records[len(records)-1].Why
}

func TestARampRisesInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSplit(t, ramp)
		for _, step := range []string{"1% rising", "5% rising", "25% rising", "100% rising"} {
			assert.Equal(t, step, at(s))
			time.Sleep(5*time.Minute - time.Second)
			tries(s, 200, "v2", 200, time.Millisecond)
			assert.Equal(t, step, at(s), "before its time is over")
			time.Sleep(time.Second)
			tries(s, 1, "v2", 200, time.Millisecond)
		}
		assert.Equal(t, "100% done", at(s))
		assert.Equal(t, "0 of the last 201 requests failed, p99 is 1ms", last(s))
		tries(s, 1000, "v2", 500, time.Millisecond)
		assert.Equal(t, "100% done", at(s), "it is the version now")
	})
}

func TestARampWaitsForRequestsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSplit(t, ramp)
		time.Sleep(time.Hour)
		tries(s, 10_000, "v1", 500, time.Second)
		tries(s, 99, "v2", 200, time.Millisecond)
		assert.Equal(t, "1% rising", at(s))
		tries(s, 1, "v2", 200, time.Millisecond)
		assert.Equal(t, "5% rising", at(s))
	})
}

func TestARampGoesBackByItself(t *testing.T) {
	for name, tc := range map[string]struct {
		do  func(*split.Split)
		at  string
		why string
	}{
		"from the beginning": {func(s *split.Split) { tries(s, 2, "v2", 503, 0) },
			"0% aborted", "2 of the last 2 requests failed: more than 1% of 100"},
		"no answer": {func(s *split.Split) {
			for range 2 {
				s.Saw(call.Try{Server: &upstream.Server{Version: "v2"}, Came: upstream.Failed})
			}
		}, "0% aborted", "2 of the last 2 requests failed: more than 1% of 100"},
		"after it was good for long": {func(s *split.Split) { tries(s, 50_000, "v2", 200, 0); tries(s, 11, "v2", 500, 0) },
			"0% aborted", "11 of the last 1000 requests failed: more than 1% of 1000"},
		"slow": {func(s *split.Split) {
			tries(s, 200, "v2", 200, 300*time.Millisecond)
			tries(s, 3, "v2", 200, 301*time.Millisecond)
		}, "0% aborted", "3 of the last 203 requests took longer than 300ms: its p99 is above that"},
		"slow once in a hundred": {func(s *split.Split) {
			for range 20 {
				tries(s, 99, "v2", 200, time.Millisecond)
				tries(s, 1, "v2", 200, time.Second)
			}
		}, "1% rising", "the file says so"},
		"one failure in a hundred": {func(s *split.Split) {
			for range 20 {
				tries(s, 99, "v2", 200, 0)
				tries(s, 1, "v2", 500, 0)
			}
		}, "1% rising", "the file says so"},
		"the old version is bad": {func(s *split.Split) { tries(s, 1000, "v1", 500, time.Hour) }, "1% rising", "the file says so"},
		"clients are wrong":      {func(s *split.Split) { tries(s, 1000, "v2", 404, 0) }, "1% rising", "the file says so"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSplit(t, ramp)
				tc.do(s)
				assert.Equal(t, tc.at, at(s))
				assert.Equal(t, tc.why, last(s))
				time.Sleep(time.Hour)
				if tc.at == "0% aborted" {
					assert.Equal(t, map[string]float64{"v1": 1}, round(shares(s)))
					tries(s, 1000, "v2", 200, 0)
					assert.Equal(t, "0% aborted", at(s), "it does not begin again by itself")
				}
			})
		})
	}
}

// round makes up for the sum of many small shares.
func round(shares map[string]float64) map[string]float64 {
	for version, share := range shares {
		shares[version] = float64(int(share*1000+0.5)) / 1000
	}
	return shares
}

// A version without a server that takes requests fails them, though no try says so.
func TestNoServerOfTheVersionIsAFailure(t *testing.T) {
	s := newSplit(t, strings.Replace(ramp, "ramp:", "header: X-Version, ramp:", 1))
	r := dram.New()
	r.GET("/", s.Layer, func(c *dram.Context) { c.Fail(fmt.Errorf("books: %w", upstream.ErrNone)) })
	for range 2 {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("X-Version", "v2")
		r.ServeHTTP(httptest.NewRecorder(), req)
	}
	assert.Equal(t, "2 of the last 2 requests failed: more than 1% of 100", last(s))
}

func TestAnOperatorHasTheRampInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSplit(t, ramp)
		rise := func() { time.Sleep(5 * time.Minute); tries(s, 100, "v2", 200, 0) }
		require.NoError(t, s.Steer(split.Paused, "lunch"))
		rise()
		assert.Equal(t, "1% paused", at(s))
		require.NoError(t, s.Steer(split.Rising, "lunch is over"))
		rise()
		assert.Equal(t, "5% rising", at(s))
		require.NoError(t, s.Set(0.3, "a little more"))
		assert.Equal(t, "30% paused", at(s))
		assert.InDelta(t, 0.3, shares(s)["v2"], 0.02)
		tries(s, 2, "v2", 500, 0)
		assert.Equal(t, "0% aborted", at(s), "it goes back while it is paused, too")
		require.NoError(t, s.Steer(split.Rising, "mended"))
		assert.Equal(t, "1% rising", at(s))
		require.NoError(t, s.Steer(split.Aborted, "not today"))
		assert.Equal(t, "0% aborted", at(s))
		assert.Equal(t, "not today", last(s))
		assert.ErrorContains(t, s.Set(1.5, ""), "1.5 is not a share")
		assert.ErrorContains(t, newSplit(t, "{shares: {v1: 100%}}").Set(0.5, ""), "has no ramp")
		assert.Error(t, newSplit(t, "{shares: {v1: 100%}}").Steer(split.Paused, ""))
		for range 1000 {
			require.NoError(t, s.Set(0.5, ""))
		}
		assert.Len(t, s.State().Records, 100)
	})
}

// The split of a file that says the same goes on; of another one, the records do.
func TestASplitLivesOverReloads(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	s := newSplit(t, ramp)
	require.NoError(t, s.Steer(split.Aborted, "bad"))
	same := split.New("/", parse(t, ramp), s, log)
	assert.Same(t, s, same)
	other := split.New("/", parse(t, "{shares: {v1: 95%, v2: 5%}, ramp: {version: v2, steps: [1%, 20%]}}"), s, log)
	assert.Equal(t, "5% rising", at(other), "it begins with the share of the file")
	assert.Equal(t, "0% aborted", at(s))
	assert.Len(t, other.State().Records, 3)
	assert.Equal(t, "bad", other.State().Records[1].Why)
	next := other.State().Ramp
	assert.Equal(t, 0.2, next.Next)
	assert.Equal(t, next.Since.Add(5*time.Minute), next.At)
}

func TestP99(t *testing.T) {
	s := newSplit(t, "{shares: {v1: 100%}}")
	assert.Zero(t, s.State().Versions[0].P99)
	for i := range 200 {
		tries(s, 1, "v1", 200, time.Duration(i+1)*time.Millisecond)
	}
	assert.Equal(t, config.Duration(198*time.Millisecond), s.State().Versions[0].P99)
	tries(s, 1000, "v1", 500, time.Second)
	v := s.State().Versions[0]
	assert.Equal(t, split.Version{Name: "v1", Share: 1, Requests: 1000, Failed: 1000, P99: config.Duration(time.Second)}, v)
}

// A version that cannot answer has failed, whatever another one says in its place.
func TestAVersionThatAnotherOneStandsInForHasFailed(t *testing.T) {
	s := newSplit(t, "{shares: {v1: 50%, v2: 50%}, ramp: {version: v2, steps: [100%]}}")
	for range 2 {
		s.Saw(call.Try{Why: "version", Version: "v2", Server: &upstream.Server{Version: "v1"}, Status: 200})
	}
	assert.Equal(t, split.Aborted, s.State().Ramp.Status)
}
