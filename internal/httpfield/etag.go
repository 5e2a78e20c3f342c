package httpfield

import "strings"

// MatchesTag reports whether a list of entity tags has etag, or is "*" and the
// resource exists. The strong comparison takes no weak tag at all (RFC 9110
// section 8.8.3.2).
func MatchesTag(lines []string, etag string, exists, strong bool) bool {
	for _, line := range lines {
		if strings.Trim(line, " \t") == "*" {
			return exists
		}
		for line != "" {
			var tag string
			tag, line = nextTag(line)
			if tag == "" {
				break
			}
			if etag == "" || strings.TrimPrefix(tag, "W/") != strings.TrimPrefix(etag, "W/") {
				continue
			}
			if !strong || tag[0] != 'W' && etag[0] != 'W' {
				return true
			}
		}
	}
	return false
}

// nextTag takes the first entity tag from a list. It returns "" at the end, and
// where the list is invalid: tags may contain commas, so the rest cannot be
// parsed.
func nextTag(list string) (tag, rest string) {
	list = strings.TrimLeft(list, ", \t")
	start := 0
	if strings.HasPrefix(list, "W/") {
		start = 2
	}
	if len(list) <= start || list[start] != '"' {
		return "", ""
	}
	end := strings.IndexByte(list[start+1:], '"')
	if end < 0 {
		return "", ""
	}
	end += start + 2
	return list[:end], list[end:]
}
