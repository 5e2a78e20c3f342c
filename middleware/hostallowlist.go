package middleware

import (
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// HostAllowlist stands before everything that trusts the Host header: links in
// mails, redirects, caches. It also stops DNS rebinding, by which a page on the
// web reaches a service on the user's own machine.

// HostAllowlistConfig sets up HostAllowlist. Hosts must be set.
type HostAllowlistConfig struct {
	// Hosts are the names of the service: "example.com" with any port,
	// "example.com:8443" with that port only, "[::1]", and "*.example.com" for all
	// names below example.com, with any number of labels, but not for example.com
	// itself. A name in another script is listed in its ASCII form, "xn--…".
	Hosts []string
	// OnError answers refused requests with 421; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg HostAllowlistConfig) Validate() error {
	if len(cfg.Hosts) == 0 {
		return misconfigured("HostAllowlist", "Hosts", `is empty, which would refuse everything; list the service's names, such as "example.com"`)
	}
	for _, entry := range cfg.Hosts {
		name, isBelow := strings.CutPrefix(entry, "*.")
		if h, ok := httpfield.ParseHost(name); !ok || isBelow && h.Name[0] == '[' {
			return misconfigured("HostAllowlist", "Hosts", `%q is not a host; write "example.com", "example.com:8443", "*.example.com" or "[::1]"`, entry)
		}
	}
	return nil
}

// HostAllowlist refuses requests for hosts that are not listed, or whose Host
// is invalid, with 421 Misdirected Request (RFC 9110 section 15.5.20). Whole
// names are compared, ignoring case and a dot at the end. X-Forwarded-Host is
// not read.
func HostAllowlist(cfg HostAllowlistConfig) dram.HandlerFunc {
	must(cfg.Validate())
	exact, below := make(map[httpfield.Host]bool), []httpfield.Host(nil)
	for _, entry := range cfg.Hosts {
		name, isBelow := strings.CutPrefix(entry, "*.")
		h, _ := httpfield.ParseHost(name) // Validate has parsed it
		if isBelow {
			below = append(below, httpfield.Host{Name: "." + h.Name, Port: h.Port})
		} else {
			exact[h] = true
		}
	}
	return func(c *dram.Context) {
		asked, ok := httpfield.HostOf(c.Request)
		if ok && (exact[asked] || exact[httpfield.Host{Name: asked.Name}]) {
			return
		}
		for _, parent := range below {
			if ok && strings.HasSuffix(asked.Name, parent.Name) && (parent.Port == 0 || parent.Port == asked.Port) {
				return
			}
		}
		refuse(c, cfg.OnError, http.StatusMisdirectedRequest, "this server is not responsible for that host")
	}
}
