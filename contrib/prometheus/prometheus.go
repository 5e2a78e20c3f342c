// Package prometheus measures requests for Prometheus: how many there were, how
// long they took, the size of their bodies and answers, and how many are being
// served, by route. See docs/contrib.md.
//
//	m := prometheus.New(prometheus.Config{})
//	r.Use(m.Layer())
//	r.GET("/metrics", m.Handler()) // keep it from the public: on an inner port, or behind a login
//
// No label can be chosen by a client: the route is the pattern that was
// registered (Context.FullPath), every path without a route is "unmatched", and
// every method that neither HTTP nor a route defines is "_OTHER". The program
// therefore bounds the number of series (see CVE-2023-45142 for what happens
// otherwise).
//
// Put the layer outside Recovery. A panic counts as a 500, and so does an
// answer that breaks off while the client is still connected, whatever its
// status. If a client leaves, which is not the server's fault, the status is
// the one that it was sent, or else 499. The layer costs about 500 ns, and no
// allocation unless the request has a body.
package prometheus

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/contrib/internal/outcome"
)

const (
	// UnmatchedRoute is the label of paths without a route.
	UnmatchedRoute = "unmatched"
	// OtherMethod is the label of methods that HTTP does not define and the program
	// has no route for.
	OtherMethod = outcome.OtherMethod
)

// Config sets up Metrics. Its zero value keeps them in a registry of their own.
type Config struct {
	// Registry holds the metrics. Default: a new registry for these Metrics alone.
	// The global one is prometheus.DefaultRegisterer.(*prometheus.Registry).
	Registry *prometheus.Registry
	// Namespace is the prefix of the names of the metrics. Default "http", which
	// makes http_requests_total.
	Namespace string
	// DurationBuckets are the upper bounds of the histogram of durations, in
	// seconds, ascending. Default prometheus.DefBuckets: 5 ms to 10 s.
	DurationBuckets []float64
	// SizeBuckets are the upper bounds of the histograms of sizes, in bytes,
	// ascending. Default: 256 B, 4 KiB, 64 KiB, 1 MiB, 16 MiB and 64 MiB.
	SizeBuckets []float64
	// Route returns the label "route" of a request. Default: Context.FullPath,
	// after FullHost for a route of Engine.Host, or UnmatchedRoute without a route. It must not return anything that a client
	// can choose.
	Route func(*dram.Context) string
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	if !isMetricName(cfg.Namespace) {
		return layer.Misconfigured("prometheus", "Namespace", `%q cannot begin a metric's name; write letters, digits and "_", such as "shop_http"`, cfg.Namespace)
	}
	return cmp.Or(bucketsFault("DurationBuckets", cfg.DurationBuckets), bucketsFault("SizeBuckets", cfg.SizeBuckets))
}

// bucketsFault says what is wrong with the bounds of a field.
func bucketsFault(field string, buckets []float64) error {
	for i, bound := range buckets {
		if math.IsNaN(bound) || i > 0 && bound <= buckets[i-1] {
			return layer.Misconfigured("prometheus", field, "%v is not above all bounds before it; write them in ascending order", bound)
		}
	}
	return nil
}

// isMetricName reports whether name may begin the name of a metric; "" may.
func isMetricName(name string) bool {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// Metrics are the metrics of an Engine. Make them with New; they are safe for
// concurrent use.
type Metrics struct {
	cfg       Config
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	received  *prometheus.HistogramVec
	sent      *prometheus.HistogramVec
	inFlight  *prometheus.GaugeVec

	// Cached by their labels, which is faster and does not allocate.
	series  sync.Map // place → *series
	answers sync.Map // answer → prometheus.Counter
}

// place is what distinguishes the series of most metrics.
type place struct{ method, route string }

// answer is what distinguishes the counters of requests.
type answer struct {
	place
	code int
}

// series are the metrics of a place.
type series struct {
	durations, received, sent prometheus.Observer
	inFlight                  prometheus.Gauge
}

// New makes Metrics and registers them. It panics if the configuration is wrong,
// or if the registry has metrics of these names already.
//
// The metrics are, with the namespace "http":
//
//	http_requests_total{method,route,code}           requests that were answered
//	http_request_duration_seconds{method,route}      from this layer on, without connections that were taken over
//	http_request_size_bytes{method,route}            body, as far as it was received
//	http_response_size_bytes{method,route}           body, as it was sent through this layer
//	http_requests_in_flight{method,route}
func New(cfg Config) *Metrics {
	layer.Must(cfg.Validate())
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}
	cfg.Namespace = cmp.Or(cfg.Namespace, "http")
	if cfg.DurationBuckets == nil {
		cfg.DurationBuckets = prometheus.DefBuckets
	}
	if cfg.SizeBuckets == nil {
		cfg.SizeBuckets = []float64{256, 4 << 10, 64 << 10, 1 << 20, 16 << 20, 64 << 20}
	}
	if cfg.Route == nil {
		cfg.Route = routeOf
	}
	labels := []string{"method", "route"}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: cfg.Namespace, Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &Metrics{
		cfg: cfg,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: cfg.Namespace, Name: "requests_total", Help: "Requests that were answered.",
		}, append(labels, "code")),
		durations: histogram("request_duration_seconds", "How long requests took.", cfg.DurationBuckets),
		received:  histogram("request_size_bytes", "Sizes of the requests' bodies, as far as they were received.", cfg.SizeBuckets),
		sent:      histogram("response_size_bytes", "Sizes of the answers' bodies.", cfg.SizeBuckets),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: cfg.Namespace, Name: "requests_in_flight", Help: "Requests that are being served.",
		}, labels),
	}
	for _, metric := range []prometheus.Collector{m.requests, m.durations, m.received, m.sent, m.inFlight} {
		if err := cfg.Registry.Register(metric); err != nil {
			panic(layer.Misconfigured("prometheus", "Namespace", "the registry has a metric of this name: %v; write another Namespace for these Metrics", err))
		}
	}
	return m
}

// Registry returns the registry that holds the metrics, to register others in
// it.
func (m *Metrics) Registry() *prometheus.Registry { return m.cfg.Registry }

// Forget drops the series of a route that there is no more: of a program whose routes change. No request of
// it may be being served.
func (m *Metrics) Forget(route string) {
	of := func(key any) bool {
		switch key := key.(type) {
		case place:
			return key.route == route
		case answer:
			return key.route == route
		}
		return false
	}
	for _, cache := range []*sync.Map{&m.series, &m.answers} {
		cache.Range(func(key, _ any) bool {
			if of(key) {
				cache.Delete(key)
			}
			return true
		})
	}
	labels := prometheus.Labels{"route": route}
	for _, series := range []interface{ DeletePartialMatch(prometheus.Labels) int }{m.requests, m.durations, m.received, m.sent, m.inFlight} {
		series.DeletePartialMatch(labels)
	}
}

// Handler returns a handler that serves the metrics of the registry to
// Prometheus. It has no authentication of its own.
func (m *Metrics) Handler() dram.HandlerFunc {
	return dram.WrapH(promhttp.HandlerFor(m.cfg.Registry, promhttp.HandlerOpts{}))
}

// Layer returns a layer that measures the requests that go through it.
func (m *Metrics) Layer() dram.HandlerFunc {
	return func(c *dram.Context) {
		p := place{outcome.Method(c), strings.ToValidUTF8(m.cfg.Route(c), "\uFFFD")}
		s := m.at(p)
		s.inFlight.Inc()
		start := time.Now()
		outcome.Watch(c, nil, func(o outcome.Outcome, received int64) {
			m.counter(answer{p, o.Status}).Inc()
			s.observe(c, o, received, start)
		})
	}
}

// observe adds an answered request.
func (s *series) observe(c *dram.Context, o outcome.Outcome, received int64, start time.Time) {
	s.inFlight.Dec()
	if !o.Upgraded() {
		s.durations.Observe(time.Since(start).Seconds())
	}
	s.received.Observe(float64(received))
	s.sent.Observe(float64(outcome.Sent(c)))
}

// at finds, or makes, the series of a place.
func (m *Metrics) at(p place) *series {
	if s, ok := m.series.Load(p); ok {
		return s.(*series)
	}
	s, _ := m.series.LoadOrStore(p, &series{
		durations: m.durations.WithLabelValues(p.method, p.route),
		received:  m.received.WithLabelValues(p.method, p.route),
		sent:      m.sent.WithLabelValues(p.method, p.route),
		inFlight:  m.inFlight.WithLabelValues(p.method, p.route),
	})
	return s.(*series)
}

// counter finds, or makes, the counter of an answer.
func (m *Metrics) counter(a answer) prometheus.Counter {
	if counter, ok := m.answers.Load(a); ok {
		return counter.(prometheus.Counter)
	}
	counter := m.requests.WithLabelValues(a.method, a.route, strconv.Itoa(a.code))
	m.answers.Store(a, counter)
	return counter
}

func routeOf(c *dram.Context) string {
	if route := c.FullPath(); route != "" {
		return c.FullHost() + route
	}
	return UnmatchedRoute
}
