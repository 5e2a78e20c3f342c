// Package form has the types whose names stand in documents, where they would be in the way
// of what package typed exports. See docs/typed.md.
package form

// Problem is what a client finds in an answer to a request that failed (RFC 9457).
type Problem struct {
	Type   string  `json:"type,omitempty" format:"uri-reference" doc:"identifies the kind of problem"`
	Title  string  `json:"title" doc:"the kind of problem, for people"`
	Status int     `json:"status" doc:"the status of the answer"`
	Detail string  `json:"detail,omitempty" doc:"what was wrong this time"`
	Errors []Fault `json:"errors,omitempty" doc:"each thing that was wrong with the request"`
}

// Fault is one thing that is wrong with a request: a member of "errors" in the problem.
type Fault struct {
	// In is where the value stood: "path", "query", "header", "cookie" or "body".
	In string `json:"in"`
	// Pointer is the way to it, a JSON Pointer (RFC 6901): "/items/2/price", "/page"; "" is
	// the whole body.
	Pointer string `json:"pointer" doc:"a JSON Pointer (RFC 6901) to the value"`
	// Rule is what was broken: that of the tag binding, or "type" for a value that does not fit.
	Rule string `json:"rule"`
	// Param is what the rule has been given: "200" of max=200.
	Param string `json:"param,omitempty"`
	// Detail is a sentence for people, without the field's name.
	Detail string `json:"detail"`
}
