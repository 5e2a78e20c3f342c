package middleware

import (
	"net/http"
	"strings"
)

// This file holds what layers that change answers know of statuses and lists.

// bodyAllowed tells whether an answer with this status may have a body (RFC
// 9110 sections 15.2, 15.3.5 and 15.4.5).
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// isInformational tells whether more than one header follows this status.
func isInformational(status int) bool {
	return status >= 100 && status <= 199 && status != http.StatusSwitchingProtocols
}

// listHas tells whether a header's comma-separated list has an entry, whatever
// its case.
func listHas(list, entry string) bool {
	for list != "" {
		var item string
		item, list, _ = strings.Cut(list, ",")
		if strings.EqualFold(strings.Trim(item, " \t"), entry) {
			return true
		}
	}
	return false
}

// addVary adds a name to Vary, unless it is there.
func addVary(h http.Header, name string) {
	for _, line := range h["Vary"] {
		if line == "*" || listHas(line, name) {
			return
		}
	}
	h["Vary"] = append(h["Vary"], name)
}
