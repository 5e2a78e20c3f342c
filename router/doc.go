// Package router implements the radix tree that finds the route of a path. It is
// generic in the value of a route and knows nothing of HTTP.
//
// # Patterns
//
// A pattern begins with '/' and consists of segments between slashes. In each
// of them there may be one wildcard:
//
//	segment      wildcard    matches
//	users        –           the same bytes
//	:id          param       one segment, which ends at the next '/' or at the end
//	v:version    param       a segment that begins with "v"; the value is what follows
//	*path        catch-all   all that is left, the '/' before it included; only as the last segment
//	a\:b         –           the bytes "a:b"
//
// A backslash is allowed only before a colon. Names must not be empty. If a
// pattern has two wildcards of the same name, [Params.Get] returns the first.
//
// # What matches
//
//	pattern          path             params
//	/users           /users
//	                 /users/          no match: slashes count
//	                 /Users           no match: case counts
//	/users/:id       /users/7         id=7
//	                 /users/7/edit    no match
//	                 /users/          no match: at the end a param is never empty
//	/x/:y/z          /x//z            y=: in the middle a param may be empty
//	/v:ver/docs      /v2/docs         ver=2
//	                 /v/docs          ver=
//	/v:ver           /v               no match
//	/files/*path     /files/a/b.txt   path=/a/b.txt
//	                 /files/          path=/
//	                 /files           no match
//	/*path           /                path=/
//
// # Which route wins
//
// A path may match many patterns; the one that is most specific at the earliest
// segment where they differ is found, in whatever order they were registered:
//
//  1. literal            /users/new    for /users/new
//  2. prefix and param   /users/n:x    the longest prefix first
//  3. param              /users/:id
//  4. catch-all          /users/*rest
//
// If the most specific way leads nowhere, the next one is tried, back to the root
// if need be: a path that matches any pattern on its own has a route. With /users/new and /users/:id/posts, the path /users/new/posts finds
// the second.
//
// Patterns conflict only if they are equal except for the names of their
// wildcards: /users/:id and /users/:name do, /users/:id and /users/:name/posts
// do not, and each route has its own names. [Tree.Add] refuses a conflicting or
// malformed pattern with an error and leaves the tree as it was.
//
// # Cost
//
// No lookup allocates, whether it finds a route or not, if the Params have room
// for [Tree.MaxParams].
//
//	route                  time
//	without wildcards      found in a map, see static.go
//	with params            a step for each literal between them and one for each param
//	with siblings          the same; a step back for each way that led nowhere
//	none                   the steps up to where the path leaves the tree, and those back
//
// However hostile the path, each node of the tree is entered at most once; the
// reason is in lookup.go. A route takes about 350 bytes. Lookups store
// nothing, so no client can make the tree grow.
//
// # Reading order
//
// tree.go (the API), pattern.go, node.go, insert.go (the way in), static.go and
// lookup.go (the way out); slash.go, fold.go and clean.go serve the redirects
// of an engine. An insert and a lookup are traced in docs/internals/10-tree.md.
package router
