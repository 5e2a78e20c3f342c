package api

import "net/http"

// Dialect is how the API answers where the OpenAPI document and its clients disagree.
type Dialect struct {
	// ErrorsHaveBody gives every error the list "body" that the document requires, also
	// when no field of that name is wrong. Front ends print one line for each name.
	ErrorsHaveBody bool
	// CommentCreated is the status of a new comment.
	CommentCreated int
	// Taken is the status when a user name or an e-mail address is in use.
	Taken int
	// EmptyIsNull shows an empty bio or image as null, not as "".
	EmptyIsNull bool
}

// The dialects, which Dialects has by their names.
var (
	// Web answers as the document says, but for the list "body" of errors. It is the default.
	Web = Dialect{CommentCreated: http.StatusOK, Taken: http.StatusUnprocessableEntity}
	// OpenAPI answers as the document says, to the letter.
	OpenAPI = Dialect{ErrorsHaveBody: true, CommentCreated: http.StatusOK, Taken: http.StatusUnprocessableEntity}
	// Hurl answers as the RealWorld project's Hurl collection expects.
	Hurl = Dialect{CommentCreated: http.StatusCreated, Taken: http.StatusConflict, EmptyIsNull: true}

	Dialects = map[string]Dialect{"web": Web, "openapi": OpenAPI, "hurl": Hurl}
)

// text shows a bio or an image.
func (d Dialect) text(s string) *string {
	if s == "" && d.EmptyIsNull {
		return nil
	}
	return &s
}
