package middleware

import "github.com/dram-go/dram/internal/httpfield"

// This file reads Accept-Encoding (RFC 9110 section 12.5.3) for Compress and
// Static: which coding a client wants most, and whether it takes none at all.

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
	best, bestWeight := noCoding, 0
	for i, name := range names {
		if weight, _ := httpfield.CodingWeight(accept, name); weight > bestWeight {
			best, bestWeight = i, weight
		}
	}
	weight, listed := httpfield.CodingWeight(accept, "identity")
	if listed && weight > bestWeight {
		best = noCoding
	}
	return best, !listed || weight > 0
}
