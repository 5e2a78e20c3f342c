// Package typed makes routes of functions whose types say what they read and what they
// answer, and an OpenAPI document of the same types.
//
//	type Create struct {
//		Shelf string `uri:"shelf" binding:"required,uuid"`
//		Title string `json:"title" binding:"required,max=200"`
//	}
//
//	func (s *Store) Create(ctx context.Context, in *Create) (typed.Created[Book], error)
//
//	api := typed.New(r, typed.Info{Title: "Library", Version: "1.2"})
//	typed.POST(api, "/shelves/:shelf/books", s.Create, typed.Summary("adds a book"))
//
// A handler is a function of a context and a pointer to a struct, which is filled and
// validated as Context.BindAll does it: each field from the source that its tag names. What it
// returns is the answer: a value as JSON, or one of Created, NoContent, Redirect, File, and
// iter.Seq2 for a stream. An error is answered as Context.Fail answers it, by problem details.
//
// A typed route is a route of the RouterGroup below (docs/internals/04-handle.md): its layers, names, conflicts and the order of
// registration are those of any route, and both kinds may stand side by side. All that can
// be known of a type is looked at when the route is registered, and what is wrong with it is
// a panic there, which names the type, the field, the position and the mend.
package typed
