package middleware

import (
	"net/http"
	"strings"

	"github.com/dram-go/dram"
)

// HostAllowlist stands before everything that believes the Host header: links
// in mails, redirects, caches. It also stops DNS rebinding, by which a page of
// the web reaches a service on the user's own machine.

// HostAllowlistConfig sets up HostAllowlist. Hosts must be set.
type HostAllowlistConfig struct {
	// Hosts are the names of the service: "example.com" with any port,
	// "example.com:8443" with that port only, "*.example.com" for all names
	// below example.com but not for itself, "[::1]".
	Hosts []string
	// OnError answers refused requests with 421; see ErrorHandler.
	OnError ErrorHandler
}

// Validate tells what is wrong with the configuration.
func (cfg HostAllowlistConfig) Validate() error {
	if len(cfg.Hosts) == 0 {
		return misconfigured("HostAllowlist", "Hosts", `is empty, which would refuse everything; list the service's names, such as "example.com"`)
	}
	for _, host := range cfg.Hosts {
		name := strings.TrimPrefix(host, "*.")
		if name == "" || strings.ContainsAny(name, "*/@ ") || strings.HasPrefix(name, ".") {
			return misconfigured("HostAllowlist", "Hosts", `%q is no host; write "example.com", "example.com:8443" or "*.example.com"`, host)
		}
	}
	return nil
}

// HostAllowlist refuses requests for hosts that are not listed: 421 Misdirected
// Request (RFC 9110 section 15.5.20). Names are compared whole, without case
// and without a dot at the end. X-Forwarded-Host is not read.
func HostAllowlist(cfg HostAllowlistConfig) dram.HandlerFunc {
	must(cfg.Validate())
	exact, below := make(map[string]bool), []string(nil)
	for _, host := range cfg.Hosts {
		host = strings.ToLower(host)
		if parent, ok := strings.CutPrefix(host, "*"); ok {
			below = append(below, parent)
		} else {
			exact[host] = true
		}
	}
	return func(c *dram.Context) {
		host := strings.ToLower(c.Request.Host)
		name := hostName(host)
		if exact[name] || exact[host] {
			return
		}
		for _, parent := range below {
			if isBelow(name, parent) || isBelow(host, parent) {
				return
			}
		}
		refuse(c, cfg.OnError, http.StatusMisdirectedRequest, "this server is not responsible for that host")
	}
}

// hostName is a host without its port and the dot at its end.
func hostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.TrimSuffix(host, ".")
}

// isBelow tells whether name has something in front of parent, which starts
// with a dot.
func isBelow(name, parent string) bool {
	return len(name) > len(parent) && strings.HasSuffix(name, parent)
}
