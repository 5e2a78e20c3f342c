package api

import "net/http"

// Dialect is a choice between the two ways that RealWorld clients expect an answer. The
// OpenAPI document and the newer of the public test collections disagree in three places.
type Dialect struct {
	// CommentCreated is the status of a new comment.
	CommentCreated int
	// Taken is the status when a user name or an e-mail address is in use.
	Taken int
	// EmptyIsNull shows an empty bio or image as null, not as "".
	EmptyIsNull bool
}

// OpenAPI answers as the OpenAPI document says. It is the default.
var OpenAPI = Dialect{CommentCreated: http.StatusOK, Taken: http.StatusUnprocessableEntity}

// Hurl answers as the RealWorld project's Hurl collection expects.
var Hurl = Dialect{CommentCreated: http.StatusCreated, Taken: http.StatusConflict, EmptyIsNull: true}

// text shows a bio or an image.
func (d Dialect) text(s string) *string {
	if s == "" && d.EmptyIsNull {
		return nil
	}
	return &s
}
