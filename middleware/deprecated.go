package middleware

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

// Deprecated tells clients that a route will go away, since when, and what comes
// instead. It stands on the routes and groups concerned.

// DeprecatedConfig sets up Deprecated. Since must be set. Where a link is a path it is one of
// the service, which has the prefix of a proxy put before it (Context.BasePath).
type DeprecatedConfig struct {
	// Since is when the route was or will be deprecated: the header Deprecation
	// (RFC 9745 section 2). Whole seconds are sent.
	Since time.Time
	// Sunset, if set, is when the route is expected to stop working: the header
	// Sunset (RFC 8594). It must not be before Since.
	Sunset time.Time
	// Documentation is where a developer reads about the deprecation, a URI or a
	// path: a Link with rel="deprecation" (RFC 9745 section 3).
	Documentation string
	// SunsetPolicy is where one reads about the end of the route, or of routes in
	// general: a Link with rel="sunset" (RFC 8594 section 6).
	SunsetPolicy string
	// Successor is the newer version of the resource: a Link with
	// rel="successor-version" (RFC 5829 section 3).
	Successor string
	// Gone answers with 410 from Sunset on. By default nothing changes on that day.
	Gone bool
	// OnError answers with 410; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg DeprecatedConfig) Validate() error {
	switch {
	case cfg.Since.IsZero():
		return misconfigured("Deprecated", "Since", "it is not set; write the day from which the route is deprecated, past or future: time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)")
	case cfg.Sunset.IsZero() && cfg.Gone:
		return misconfigured("Deprecated", "Gone", "nothing says when; set Sunset")
	case !cfg.Sunset.IsZero() && cfg.Sunset.Unix() < cfg.Since.Unix():
		return misconfigured("Deprecated", "Sunset", "%v is before Since, %v (RFC 9745 section 4)", cfg.Sunset, cfg.Since)
	case cfg.Sunset.UTC().Year() > 9999 || cfg.Since.UTC().Year() > 9999:
		return misconfigured("Deprecated", "Sunset", "a date in a header has a year of four digits, and so has Since")
	}
	for _, link := range cfg.links() {
		if fault := linkFault(link.target); fault != "" {
			return misconfigured("Deprecated", link.field, "%q %s", link.target, fault)
		}
	}
	return nil
}

// deprecationLink is a Link that Deprecated sets.
type deprecationLink struct{ field, target, rel string }

func (cfg DeprecatedConfig) links() []deprecationLink {
	return slices.DeleteFunc([]deprecationLink{
		{"Documentation", cfg.Documentation, "deprecation"},
		{"SunsetPolicy", cfg.SunsetPolicy, "sunset"},
		{"Successor", cfg.Successor, "successor-version"},
	}, func(link deprecationLink) bool { return link.target == "" })
}

// linkFault says what is wrong with the target of a Link, a URI reference (RFC 8288
// section 3.1).
func linkFault(target string) string {
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c > '~' || slices.Contains([]byte("<>\"\\^`{|}"), c) {
			return "has a character that a URI has not; percent-encode it"
		}
	}
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return "is not a URI: " + err.Error()
	case u.User != nil:
		return "has a user, whom every client would see"
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host == "":
		return "has no host; write https://api.example.com/v2 or a path"
	}
	return ""
}

// Deprecated sets Deprecation, and Sunset and Link if configured, on every answer of
// the routes that it stands on, refusals and errors of the layers inside included.
// Links that others set stay. Inside another Deprecated, that of a group say, its own
// dates are sent, and the links of both.
//
// To learn who still comes, put a handler of your own beside it, which counts.
func Deprecated(cfg DeprecatedConfig) dram.HandlerFunc {
	must(cfg.Validate())
	d := &deprecation{since: []string{"@" + strconv.FormatInt(cfg.Since.Unix(), 10)}}
	if !cfg.Sunset.IsZero() {
		d.sunset = []string{cfg.Sunset.UTC().Format(http.TimeFormat)}
	}
	for _, link := range cfg.links() {
		d.links = append(d.links, "<"+link.target+`>; rel="`+link.rel+`"`)
	}
	d.links = slices.Clip(d.links) // shared by all answers: appending copies it
	d.look = d.complete
	root := d
	return func(c *dram.Context) {
		d, h := root, c.Writer.Header()
		if base := c.BasePath(); base != "" {
			d = root.below(base)
		}
		delete(h, "Deprecation")
		if d.sunset != nil {
			delete(h, "Sunset")
		}
		d.add(h)
		if cfg.Gone && !time.Now().Before(cfg.Sunset) {
			refuse(c, cfg.OnError, http.StatusGone, "this resource is gone since "+d.sunset[0])
			return
		}
		c.NextAnswer(nil, d.look)
	}
}

// deprecation has the values of the headers, which all answers share.
type deprecation struct {
	since, sunset, links []string
	look                 func(dram.Answer) // complete, made once
}

// below returns the deprecation of a service that the client sees below a path of its proxy.
func (d *deprecation) below(base string) *deprecation {
	own := *d
	own.links = slices.Clone(d.links)
	for i, link := range own.links {
		if strings.HasPrefix(link, "</") && !strings.HasPrefix(link, "<//") {
			own.links[i] = "<" + base + link[1:]
		}
	}
	own.look = own.complete
	return &own
}

// complete adds what a handler has replaced with a Link of its own.
func (d *deprecation) complete(a dram.Answer) { d.add(a.Header()) }

// add sets what is not there.
func (d *deprecation) add(h http.Header) {
	if len(h["Deprecation"]) == 0 {
		h["Deprecation"] = d.since
	}
	if d.sunset != nil && len(h["Sunset"]) == 0 {
		h["Sunset"] = d.sunset
	}
	if len(d.links) > 0 && len(h["Link"]) == 0 {
		h["Link"] = d.links
		return
	}
	for _, link := range d.links {
		if !slices.Contains(h["Link"], link) {
			h["Link"] = append(h["Link"], link)
		}
	}
}
