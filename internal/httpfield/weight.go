package httpfield

import "strings"

// FullWeight is the weight of what has none. Weights are counted in thousandths,
// which is all that their grammar allows.
const FullWeight = 1000

// Weight is the q-value among the params of an item (RFC 9110 section 12.4.2):
// the first one counts, and without one the weight is full. One that is not
// written as the grammar has it is 0, since a wrong "yes" breaks the client and
// a wrong "no" costs it no more than its second choice.
func Weight(params string) int {
	for params != "" {
		var param string
		param, params = CutParam(params)
		name, value, _ := strings.Cut(param, "=")
		if EqualFold(strings.TrimRight(name, space), "q") {
			return parseWeight(strings.TrimLeft(value, space))
		}
	}
	return FullWeight
}

// parseWeight reads 0, 1, or a number between them with up to three decimals.
func parseWeight(s string) int {
	if s == "" || len(s) > len("0.000") || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' {
		return 0
	}
	weight := int(s[0]-'0') * FullWeight
	for i, unit := 2, FullWeight/10; i < len(s); i, unit = i+1, unit/10 {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		weight += int(s[i]-'0') * unit
	}
	if weight > FullWeight {
		return 0
	}
	return weight
}

// CodingWeight is the weight of a content coding in the lines of an
// Accept-Encoding (RFC 9110 section 12.5.3), and whether they name it or give
// one to all codings by "*". The first mention of a name counts; x-gzip is an
// old name of gzip (section 8.4.1.3).
func CodingWeight(accept []string, name string) (weight int, listed bool) {
	for item := range Items(accept) {
		coding, params := CutParam(item)
		if EqualFold(coding, name) || name == "gzip" && EqualFold(coding, "x-gzip") {
			return Weight(params), true
		}
		if coding == "*" && !listed {
			weight, listed = Weight(params), true
		}
	}
	return weight, listed
}

// BestCoding finds, among the names of codings in the server's order of
// preference, the one that the client wants most: its index, or NoCoding if the
// client wants none of them, or wants identity more. identity says whether it
// takes a body without a coding.
func BestCoding(accept, names []string) (best int, identity bool) {
	if len(accept) == 0 {
		return NoCoding, true
	}
	best, bestWeight := NoCoding, 0
	for i, name := range names {
		if weight, _ := CodingWeight(accept, name); weight > bestWeight {
			best, bestWeight = i, weight
		}
	}
	weight, listed := CodingWeight(accept, "identity")
	if listed && weight > bestWeight {
		best = NoCoding
	}
	return best, !listed || weight > 0
}

// NoCoding is what BestCoding returns for a body without a coding.
const NoCoding = -1
