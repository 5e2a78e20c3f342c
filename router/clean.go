// CleanPath is what RemoveExtraSlash and RedirectFixedPath look up instead of
// the path that was asked for.
// See docs/internals/11-misses.md.

package router

// CleanPath returns the canonical form of path: it begins with '/', has no
// empty segment, no "." and no "..", and climbs no higher than "/". A trailing
// slash stays, "/a/." becomes "/a/", and "/a/b/.." becomes "/a". "" is "/". A path that is clean already is returned as it
// is, without allocating.
func CleanPath(path string) string {
	clean := cleanPrefix(path)
	if clean == len(path) {
		if clean == 0 {
			return "/"
		}
		return path
	}
	// Invariant: out begins with '/' and ends with one, so that the next
	// segment can be appended as it is.
	out := make([]byte, clean, len(path)+2)
	copy(out, path)
	if clean == 0 {
		out = append(out, '/')
	}
	for rest := path[clean:]; rest != ""; {
		end := segmentEnd(rest, 0)
		segment := rest[:end]
		rest = rest[end:]
		switch segment {
		case "", ".":
		case "..":
			out = dropSegment(out)
			if rest == "" && len(out) > 1 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, segment...)
			if rest != "" {
				out = append(out, '/')
			}
		}
		if rest != "" {
			rest = rest[1:]
		}
	}
	return string(out)
}

// cleanPrefix returns the length of the longest prefix of path that can stay:
// all of it, or up to and including the '/' before the first segment that
// cannot.
func cleanPrefix(path string) int {
	if path == "" || path[0] != '/' {
		return 0
	}
	start := 1
	for {
		end := segmentEnd(path, start)
		switch path[start:end] {
		case "", ".", "..":
			return start
		}
		if end == len(path) {
			return end
		}
		start = end + 1 // an empty segment if nothing follows
	}
}

// dropSegment removes the last segment of a path that ends with '/'.
func dropSegment(path []byte) []byte {
	if len(path) == 1 {
		return path
	}
	end := len(path) - 1
	for path[end-1] != '/' {
		end--
	}
	return path[:end]
}
