package httpfield

import (
	"slices"
	"strings"
)

// Accepted are the elements of Accept headers (RFC 9110 section 12.5.1).
type Accepted []mediaRange

// Best returns the offer with the highest weight, "" if none is accepted. Of two with
// the same, the one that the client names first wins.
func (ranges Accepted) Best(offers []string) string {
	best, bestWeight, bestPlace := "", 0, 0
	for _, offer := range offers {
		weight, place := ranges.quality(offer)
		if weight > bestWeight || weight == bestWeight && weight > 0 && place < bestPlace {
			best, bestWeight, bestPlace = offer, weight, place
		}
	}
	return best
}

// Names reports whether the client accepts a media type by its name: a browser that
// opens a page names text/html, what a page loads comes with */*.
func (ranges Accepted) Names(mediaType string) bool {
	return slices.ContainsFunc(ranges, func(r mediaRange) bool { return r.name == mediaType && r.weight > 0 })
}

// mediaRange is one element of an Accept header: type/subtype, or type/*, or */*.
type mediaRange struct {
	name   string
	weight int // in thousandths
}

// maxRanges bounds how many elements of an Accept header are looked at: no
// client sends as many.
const maxRanges = 64

// MediaRanges reads the elements of Accept headers in their order; nil without one.
func MediaRanges(headers []string) (ranges Accepted) {
	for element := range Items(headers) {
		if len(ranges) == maxRanges {
			break
		}
		if name, params := CutParam(element); name != "" {
			ranges = append(ranges, mediaRange{strings.ToLower(name), Weight(params)})
		}
	}
	return ranges
}

// quality is the q-value of an offer, that of the most specific range that
// covers it, and the place of the first range that gives it as much. The params of
// an offer are left out, as those of the ranges are.
func (ranges Accepted) quality(offer string) (weight, place int) {
	offer, _ = CutParam(strings.ToLower(offer))
	bestRank := 0
	for _, r := range ranges {
		if rank := r.covers(offer); rank > bestRank {
			bestRank, weight = rank, r.weight
		}
	}
	for place < len(ranges) && (ranges[place].weight != weight || ranges[place].covers(offer) == 0) {
		place++
	}
	return weight, place
}

// covers says how exactly the range names a media type: 3 by its name, 2 by
// type/*, 1 by */*, 0 not at all.
func (r mediaRange) covers(offer string) int {
	switch {
	case r.name == offer:
		return 3
	case r.name == "*/*" || r.name == "*":
		return 1
	case strings.HasSuffix(r.name, "/*") && strings.HasPrefix(offer, r.name[:len(r.name)-1]):
		return 2
	}
	return 0
}
