package seen

import (
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// RED is the rate, the errors and the duration of requests, over the last minute or less.
type RED struct {
	Requests float64       // in all, since the gateway began
	Rate     float64       // in a second
	Errors   float64       // the share with 5xx, or no answer
	P99      time.Duration // of the histogram's buckets, and so about
}

// Rates makes REDs of Metrics, by remembering what they were.
type Rates struct {
	metrics *Metrics
	mu      sync.Mutex
	past    []snapshot // of the last minute, the oldest first; one a second at most
}

// span is how long REDs look back.
const span = time.Minute

// subject is what a RED is of: a route, a version of a route, or a server of an upstream.
type subject struct{ kind, name, part string }

// snapshot is what was counted up to a moment.
type snapshot struct {
	at     time.Time
	counts map[subject]*count
}

type count struct {
	n, errors float64
	bounds    []float64 // of the histogram, in seconds
	below     []float64 // how many were below each bound
}

// NewRates begins to remember.
func NewRates(m *Metrics) *Rates {
	return &Rates{metrics: m, past: []snapshot{{at: time.Now()}}}
}

// Now are the REDs at the moment.
type Now struct {
	now, then snapshot
}

// Now takes a look.
func (r *Rates) Now() Now {
	now := r.metrics.snapshot()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.past) > 1 && now.at.Sub(r.past[1].at) >= span {
		r.past = r.past[1:]
	}
	if now.at.Sub(r.past[len(r.past)-1].at) >= time.Second {
		r.past = append(r.past, now)
	}
	return Now{now: now, then: r.past[0]}
}

// Route is the RED of a route.
func (n Now) Route(name string) RED { return n.red(subject{"route", name, ""}) }

// Version is the RED of a version behind a route.
func (n Now) Version(route, version string) RED { return n.red(subject{"version", route, version}) }

// Server is the RED of a server.
func (n Now) Server(upstream, server string) RED {
	return n.red(subject{"server", upstream, server})
}

func (n Now) red(s subject) (red RED) {
	now, then := n.now.counts[s], n.then.counts[s]
	if now == nil {
		return red
	}
	if then == nil || then.n > now.n || len(then.below) != len(now.below) {
		then = &count{below: make([]float64, len(now.below))}
	}
	red.Requests = now.n
	requests := now.n - then.n
	if requests == 0 {
		return red
	}
	red.Rate = requests / max(n.now.at.Sub(n.then.at).Seconds(), 1)
	red.Errors = (now.errors - then.errors) / requests
	red.P99 = now.quantile(then, 0.99)
	return red
}

// quantile is that of what came since then: the bound of its bucket, or a part of it.
func (c *count) quantile(then *count, q float64) time.Duration {
	if len(c.below) == 0 {
		return 0
	}
	last := len(c.below) - 1
	rank := q * (c.n - then.n)
	lower, before := 0.0, 0.0
	for i, bound := range c.bounds {
		in := c.below[i] - then.below[i]
		if in >= rank && in > before {
			return time.Duration((lower + (bound-lower)*(rank-before)/(in-before)) * float64(time.Second))
		}
		lower, before = bound, in
	}
	return time.Duration(c.bounds[last] * float64(time.Second)) // or longer
}

// snapshot reads the metrics.
func (m *Metrics) snapshot() snapshot {
	s := snapshot{at: time.Now(), counts: make(map[subject]*count)}
	families, _ := m.requests.Registry().Gather() // what cannot be gathered is not there
	for _, family := range families {
		switch family.GetName() {
		case "http_requests_total", "http_request_duration_seconds", "gateway_upstream_requests_total", "gateway_upstream_request_duration_seconds":
			for _, metric := range family.GetMetric() {
				s.add(metric)
			}
		}
	}
	return s
}

// add adds a series to all that it belongs to.
func (s snapshot) add(metric *dto.Metric) {
	labels := make(map[string]string)
	for _, label := range metric.GetLabel() {
		labels[label.GetName()] = label.GetValue()
	}
	server, isTry := labels["server"]
	if !isTry {
		s.to(subject{"route", labels["route"], ""}).add(metric, labels["code"])
		return
	}
	s.to(subject{"version", labels["route"], labels["version"]}).add(metric, labels["code"])
	s.to(subject{"server", labels["upstream"], server}).add(metric, labels["code"])
}

func (s snapshot) to(of subject) *count {
	if s.counts[of] == nil {
		s.counts[of] = new(count)
	}
	return s.counts[of]
}

func (c *count) add(metric *dto.Metric, code string) {
	if counter := metric.GetCounter(); counter != nil {
		c.n += counter.GetValue()
		if code == "0" || code >= "500" {
			c.errors += counter.GetValue()
		}
		return
	}
	buckets := metric.GetHistogram().GetBucket()
	if c.below == nil {
		c.below, c.bounds = make([]float64, len(buckets)), make([]float64, len(buckets))
	}
	for i, bucket := range buckets {
		c.bounds[i] = bucket.GetUpperBound()
		c.below[i] += float64(bucket.GetCumulativeCount())
	}
}
