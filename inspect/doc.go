// Package inspect shows a program at work, in a browser: which route a path comes to and why, what each
// layer of a request did and how long it took, who set the status, who aborted, where a panic
// happened. It is for development; see [Mount] for the pages, [Explain] and [Lint] for the same as text, and
// docs/inspect.md.
//
//	if err := inspect.Mount(r, inspect.Config{}); err != nil {
//		log.Print(err)
//	}
//	log.Fatal(r.Run()) // prints http://localhost:8080/debug/dram/…/?token=…
//
// # Vocabulary
//
// A layer is one handler of a chain. Its total time is that from its beginning to its end, its own time
// is what is left without the layers inside of it. A request is recorded when it is over; its
// body is not, nor that of its answer.
package inspect
