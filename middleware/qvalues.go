package middleware

import "strings"

// This file reads Accept-Encoding (RFC 9110 section 12.5.3) for Compress and
// Static: which coding a client wants most, and whether it takes none at all.

// Qualities are counted in thousandths, which is all that the grammar allows.
const fullQuality = 1000

// noCoding is what chooseCoding returns for a body without a coding.
const noCoding = -1

// chooseCoding finds, among the names of codings in the server's order of
// preference, the one that the client wants most. It is noCoding when the client
// wants none of them, or wants identity more. identity tells whether a body
// without a coding is acceptable.
func chooseCoding(accept []string, names []string) (best int, identity bool) {
	if len(accept) == 0 {
		return noCoding, true
	}
	best, bestQuality := noCoding, 0
	for i, name := range names {
		if q, _ := codingQuality(accept, name); q > bestQuality {
			best, bestQuality = i, q
		}
	}
	q, listed := codingQuality(accept, "identity")
	if listed && q > bestQuality {
		best = noCoding
	}
	return best, !listed || q > 0
}

// codingQuality is the quality of one coding, and whether the client named it
// or gave one to all codings by "*". The first mention of a name counts.
func codingQuality(accept []string, name string) (quality int, listed bool) {
	for _, line := range accept {
		for line != "" {
			var item string
			item, line, _ = strings.Cut(line, ",")
			coding, params, _ := strings.Cut(item, ";")
			coding = strings.Trim(coding, " \t")
			if isCoding(coding, name) {
				return parseQuality(params), true
			}
			if coding == "*" && !listed {
				quality, listed = parseQuality(params), true
			}
		}
	}
	return quality, listed
}

// isCoding compares names of codings; x-gzip is an old name of gzip (RFC 9110
// section 8.4.1.3).
func isCoding(sent, name string) bool {
	return strings.EqualFold(sent, name) || name == "gzip" && strings.EqualFold(sent, "x-gzip")
}

// parseQuality reads the weight among an item's parameters. Without one it is
// full; one that cannot be read is 0, since a wrong "yes" breaks the client and
// a wrong "no" only costs bytes.
func parseQuality(params string) int {
	for params != "" {
		var param string
		param, params, _ = strings.Cut(params, ";")
		name, value, ok := strings.Cut(strings.Trim(param, " \t"), "=")
		if ok && strings.EqualFold(name, "q") {
			return parseWeight(value)
		}
	}
	return fullQuality
}

// parseWeight reads 0, 1, or a number between them with up to three decimals.
func parseWeight(s string) int {
	if s == "" || len(s) > len("0.000") || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' {
		return 0
	}
	weight := int(s[0]-'0') * fullQuality
	for i, unit := 2, fullQuality/10; i < len(s); i, unit = i+1, unit/10 {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		weight += int(s[i]-'0') * unit
	}
	if weight > fullQuality {
		return 0
	}
	return weight
}
