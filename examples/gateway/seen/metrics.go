// Package seen is what can be seen of a gateway from outside: metrics for Prometheus (this
// file), rates of them for the admin page (rates.go), traces (trace.go), and what the access log
// says beyond dram's own (request.go).
package seen

import (
	"iter"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/dram-go/dram"
	dramprometheus "github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/risk"
	"github.com/dram-go/dram/examples/gateway/split"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// Metrics live as long as the gateway, over all its files:
//
//	http_requests_total{method,route,code} and its kin, of contrib/prometheus, by the routes' names
//	gateway_upstream_requests_total{route,upstream,server,version,code}   tries; code 0 without a whole answer
//	gateway_upstream_request_duration_seconds{route,upstream,server,version}
//	gateway_upstream_repeats_total{route,upstream,why}                    retries, hedges, and tries at another version
//	gateway_server_health{upstream,server,version,health}                 1 for the health that it has
//	gateway_server_in_flight, gateway_server_weight, gateway_server_ejections{upstream,server,version}
//	gateway_risk_decisions_total{route,action,refused}                    of those that are recorded
//	gateway_risk_rule_failures_total{rule}                                rules that could not be evaluated, and counted
//	gateway_mirror_copies_total{route,result}                             sent, failed or dropped
//	gateway_limit_without_store_total{route,without}                      requests that Redis has not counted, by what was done
//	gateway_split_share{route,split,version}                              of the requests, from 0 to 1
//	gateway_ramp_status{route,split,version,status}                       1 for the status that it has
//	gateway_reloads_total{result}
//
// and Go's and the process's own. All labels are the file's. The series of routes and servers that it has no more are
// dropped.
type Metrics struct {
	Rates // for the admin page

	requests *dramprometheus.Metrics
	pools    func() upstream.Set
	splits   iter.Seq2[string, *split.Split]

	tries     *prometheus.CounterVec
	took      *prometheus.HistogramVec
	repeats   *prometheus.CounterVec
	decisions *prometheus.CounterVec
	failures  *prometheus.CounterVec
	copies    *prometheus.CounterVec
	uncounted *prometheus.CounterVec
	reloads   *prometheus.CounterVec
}

// NewMetrics makes Metrics; pools are the upstreams of the newest file, and splits those of its routes, by name.
func NewMetrics(pools func() upstream.Set, splits iter.Seq2[string, *split.Split]) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "gateway", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		requests: dramprometheus.New(dramprometheus.Config{Route: func(c *dram.Context) string {
			if r := of(c.Request.Context()); r != nil && r.name != "" {
				return r.name
			}
			return dramprometheus.UnmatchedRoute
		}}),
		pools: pools, splits: splits,
		tries: counter("upstream_requests_total", "Requests to servers; code 0 without a whole answer.", "route", "upstream", "server", "version", "code"),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "gateway", Name: "upstream_request_duration_seconds", Help: "How long servers took to begin their answers.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "upstream", "server", "version"}),
		repeats:   counter("upstream_repeats_total", "Retries, hedges, and tries at another version.", "route", "upstream", "why"),
		decisions: counter("risk_decisions_total", "Decisions on risk that were recorded.", "route", "action", "refused"),
		failures:  counter("risk_rule_failures_total", "Rules that could not be evaluated, and counted.", "rule"),
		copies:    counter("mirror_copies_total", "Copies of requests that were sent, have failed, or were dropped.", "route", "result"),
		uncounted: counter("limit_without_store_total", "Requests that Redis has not counted, by what was done.", "route", "without"),
		reloads:   counter("reloads_total", "Files that were loaded, or refused.", "result"),
	}
	m.requests.Registry().MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.tries, m.took, m.repeats, m.decisions, m.failures, m.copies, m.uncounted, m.reloads, current{m})
	return m
}

// Layer measures requests; it stands behind Begin.
func (m *Metrics) Layer() dram.HandlerFunc { return m.requests.Layer() }

// Handler serves the metrics to Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.requests.Registry(), promhttp.HandlerOpts{})
}

// Try counts a try.
func (m *Metrics) Try(route, upstream string, t call.Try) {
	labels := []string{route, upstream, t.Server.Addr, t.Server.Version, strconv.Itoa(t.Status)}
	m.took.WithLabelValues(labels[:4]...).Observe(t.Took.Seconds())
	m.tries.WithLabelValues(labels...).Inc()
	m.rate(subject{"version", route, t.Server.Version}).add(t.Took, t.Failed())
	m.rate(subject{"server", upstream, t.Server.Addr}).add(t.Took, t.Failed())
	if t.Why != "" {
		m.repeats.WithLabelValues(route, upstream, t.Why).Inc()
	}
}

// Decision counts a decision on risk.
func (m *Metrics) Decision(d risk.Decision) {
	m.decisions.WithLabelValues(d.Route, string(d.Action), strconv.FormatBool(d.Refused)).Inc()
	for rule := range d.Failed {
		m.failures.WithLabelValues(rule).Inc()
	}
}

// Copy counts a copy of a request.
func (m *Metrics) Copy(route, result string) { m.copies.WithLabelValues(route, result).Inc() }

// Uncounted counts a request that Redis has not counted.
func (m *Metrics) Uncounted(route, without string) { m.uncounted.WithLabelValues(route, without).Inc() }

// Reloaded counts a file.
func (m *Metrics) Reloaded(err error) {
	result := "loaded"
	if err != nil {
		result = "refused"
	}
	m.reloads.WithLabelValues(result).Inc()
}

// ForgetRoute drops the series of a route.
func (m *Metrics) ForgetRoute(name string) {
	m.requests.Forget(name)
	gone := prometheus.Labels{"route": name}
	for _, of := range []interface{ DeletePartialMatch(prometheus.Labels) int }{m.tries, m.took, m.repeats, m.decisions, m.copies, m.uncounted} {
		of.DeletePartialMatch(gone)
	}
	m.of.Range(func(of, _ any) bool {
		if s := of.(subject); s.kind != "server" && s.name == name {
			m.of.Delete(of)
		}
		return true
	})
}

// ForgetServers drops the series of servers that the newest file does not have.
func (m *Metrics) ForgetServers(old upstream.Set) {
	now := m.pools()
	for name, pool := range old {
		if now[name] == nil {
			m.repeats.DeletePartialMatch(prometheus.Labels{"upstream": name})
		}
		for _, server := range pool.Servers {
			if same := Server(now, name, server.Addr); same == nil || same.Version != server.Version {
				gone := prometheus.Labels{"upstream": name, "server": server.Addr, "version": server.Version}
				m.tries.DeletePartialMatch(gone)
				m.took.DeletePartialMatch(gone)
				m.of.Delete(subject{"server", name, server.Addr})
			}
		}
	}
}

// Server is a server of an upstream, nil if there is none.
func Server(of upstream.Set, name, addr string) *upstream.Server {
	if pool := of[name]; pool != nil {
		for _, server := range pool.Servers {
			if server.Addr == addr {
				return server
			}
		}
	}
	return nil
}

// current collects what servers, splits and ramps are at the moment.
type current struct{ *Metrics }

var (
	serverLabels = []string{"upstream", "server", "version"}
	healthDesc   = prometheus.NewDesc("gateway_server_health", "1 for the health that a server has.", append(serverLabels, "health"), nil)
	inFlightDesc = prometheus.NewDesc("gateway_server_in_flight", "Requests that a server is answering.", serverLabels, nil)
	weightDesc   = prometheus.NewDesc("gateway_server_weight", "The weight of a server.", serverLabels, nil)
	ejectedDesc  = prometheus.NewDesc("gateway_server_ejections_total", "How often a server was ejected.", serverLabels, nil)
	shareDesc    = prometheus.NewDesc("gateway_split_share", "The share of a version, from 0 to 1.", []string{"route", "split", "version"}, nil)
	rampDesc     = prometheus.NewDesc("gateway_ramp_status", "1 for the status that a ramp has.", []string{"route", "split", "version", "status"}, nil)
)

func (now current) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{healthDesc, inFlightDesc, weightDesc, ejectedDesc, shareDesc, rampDesc} {
		to <- desc
	}
}

func (now current) Collect(to chan<- prometheus.Metric) {
	for name, pool := range now.pools() {
		for _, server := range pool.Servers {
			state := server.State()
			labels := []string{name, state.Addr, state.Version}
			to <- prometheus.MustNewConstMetric(healthDesc, prometheus.GaugeValue, 1, append(labels, string(state.Health))...)
			to <- prometheus.MustNewConstMetric(inFlightDesc, prometheus.GaugeValue, float64(state.InFlight), labels...)
			to <- prometheus.MustNewConstMetric(weightDesc, prometheus.GaugeValue, state.Weight, labels...)
			to <- prometheus.MustNewConstMetric(ejectedDesc, prometheus.CounterValue, float64(state.Ejections), labels...)
		}
	}
	for route, s := range now.splits {
		state := s.State()
		for _, version := range state.Versions {
			to <- prometheus.MustNewConstMetric(shareDesc, prometheus.GaugeValue, version.Share, route, state.Route, version.Name)
		}
		if ramp := state.Ramp; ramp != nil {
			to <- prometheus.MustNewConstMetric(rampDesc, prometheus.GaugeValue, 1, route, state.Route, ramp.Version, string(ramp.Status))
		}
	}
}
