package httpfield

import "net/http"

// AddVary adds names, one or a list, to the header Vary: those that are not
// there (RFC 9110 section 12.5.5). "*" covers every name.
func AddVary(h http.Header, names string) {
	for names != "" {
		var name string
		name, names = CutItem(names)
		if lines := h["Vary"]; name != "" && !Has(lines, name) && !Has(lines, "*") {
			h["Vary"] = append(lines, name)
		}
	}
}

// ShareVary is AddVary for a value that all requests share. The slice must have
// no room, so that appending to it copies it.
func ShareVary(h http.Header, value []string) {
	if len(h["Vary"]) == 0 {
		h["Vary"] = value
		return
	}
	for _, names := range value {
		AddVary(h, names)
	}
}
