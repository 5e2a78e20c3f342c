package httpfield

import "strings"

// MediaType is a Content-Type without its params, in lower case (RFC 9110
// section 8.3.1). What follows a space is not part of it either.
func MediaType(contentType string) string {
	contentType = strings.Trim(contentType, space)
	if end := strings.IndexAny(contentType, "; \t"); end >= 0 {
		contentType = contentType[:end]
	}
	return strings.ToLower(contentType)
}

// IsMultipart reports whether contentType is of the family multipart/*.
func IsMultipart(contentType string) bool {
	const family = "multipart/"
	contentType = strings.Trim(contentType, space)
	return len(contentType) > len(family) && EqualFold(contentType[:len(family)], family)
}
