// Two routes conflict only if their patterns are equal but for the names of
// their wildcards: then they match the same paths, and no order between them
// would be right. All else is decided by precedence.
// See docs/internals/05-addroute.md.

package router

import (
	"errors"
	"fmt"
)

// ErrDuplicate is what every [ConflictError] unwraps to.
var ErrDuplicate = errors.New("dram: duplicate route")

// ConflictError says that a pattern matches exactly the paths of another one
// that was registered before. It unwraps to [ErrDuplicate].
type ConflictError struct {
	Pattern  string // the one that was refused
	Source   string // where that was registered, "" if not known
	Existing string // the one that is in the tree
	Previous string // where that was registered, "" if not known
	Path     string // a path that both match
}

// Error shows both patterns with their places, and a path that both match.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("dram: handlers are already registered for path '%s'%s: '%s'%s matches the same paths, such as %s; remove one of the two",
		e.Pattern, place(e.Source), e.Existing, place(e.Previous), e.Path)
}

// Unwrap returns ErrDuplicate.
func (e *ConflictError) Unwrap() error { return ErrDuplicate }

func place(source string) string {
	if source == "" {
		return ""
	}
	return " (registered at " + source + ")"
}
