// Package h1 is a server for HTTP/1.1 under unmodified http.Handlers, which spends about two
// thirds of the processor time of net/http's on a short request. It is an option: nothing else
// in this module imports it, and a program that does changes one line:
//
//	log.Fatal((&h1.Server{Handler: engine}).Run()) // was: log.Fatal(engine.Run())
//
// A handler sees what it would see from net/http: Request, URL, Header, body and context are
// new for each request, and so is the ResponseWriter; only buffers of bytes are kept. What is
// cheaper is how it comes about. The text of a head becomes one string, of which all names and
// values are parts. No goroutine watches the connection until somebody asks for the end of the
// request's context. A short answer goes out in one write. Deadlines are set when they have to
// be, not for each request.
//
// HTTP/2, over TLS and by its preface, is handed to net/http on the same connection.
//
// What differs on purpose is in docs/h1.md with the reasons, and with the tests that compare the
// two servers: net/http's own run over this one.
package h1
