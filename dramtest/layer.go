package dramtest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dram-go/dram"
)

// This file runs the contract of all writers over a layer: alone, and inside and outside of each other one.

// Layer fails the test if a layer breaks the contract of writers, which handlers and other layers rely on:
//
//   - what a handler sees of its writer (Status, Size, Written, what a write returns, whether it can
//     flush …) is what it would see without the layer;
//   - the client gets the status and the body that the handler has written, and for HEAD the status alone;
//   - an answer that breaks off, or whose handler panics, is cut, or is an error: it does not look whole;
//   - a writer that is used when its layer or its request is over panics with the name of the route in
//     test mode, and does nothing in release mode;
//   - a write to a client that is gone fails, and files go on to the server as such (sendfile).
//
// It is tried with some thirty handlers, alone and with other layers around it and in it. The layer has to let a GET of any path pass; what it
// may do besides is said by a Contract. What the layer adds to the header is not looked at.
func Layer(t testing.TB, layers ...dram.HandlerFunc) {
	t.Helper()
	Contract{}.Check(t, layers...)
}

// Contract is what a layer is meant to do to answers. Its zero value is that it changes no status and no body, or only the coding
// of a body that the client accepts.
type Contract struct {
	// Options describe requests that the layer lets pass: the token that it asks for, say.
	Options []Option
	// Status, unless 0, is the status that the layer gives to every answer.
	Status int
	// Replaces says that the layer answers in place of what is inside, with Status.
	Replaces bool
	// Encodes says that the layer changes every body: files are not copied by the server.
	Encodes bool
	// Keeps says that the layer has bodies for itself, too, or first: a client that is gone does not show
	// when it is written.
	Keeps bool
	// OwnSize says that Size is what has left the layer, as with writers that embed dram.ResponseWriter
	// and encode: what the handler sees is not compared.
	OwnSize bool
	// NoUnwrap says that the layer has a writer of its own without the method Unwrap: http.ResponseController,
	// CloseNotify and Pusher need not work inside, and files are not copied by the server.
	NoUnwrap bool
	// Decode removes a Content-Encoding other than gzip from a body.
	Decode func(coding string, body []byte) ([]byte, error)
}

// checker runs the contract over one layer.
type checker struct {
	Contract
	t      testing.TB
	layers []dram.HandlerFunc
	faults int
	asked  int

	transcript strings.Builder // of the handler that runs
}

// maxFaults is after how many faults a layer is given up.
const maxFaults = 10

// Check fails the test if the layers, one inside the other, break the contract; see Layer.
func (contract Contract) Check(t testing.TB, layers ...dram.HandlerFunc) {
	t.Helper()
	contract.check(t, others(), layers...)
}

// check is Check with some of the others.
func (contract Contract) check(t testing.TB, others []other, layers ...dram.HandlerFunc) {
	t.Helper()
	k := &checker{Contract: contract, t: t, layers: layers}
	if i := slices.IndexFunc(layers, func(layer dram.HandlerFunc) bool { return layer == nil }); i >= 0 {
		t.Fatalf("dramtest: the layer %d is nil", i+1)
	}
	k.reach()
	want := k.seen("without the layer")
	k.compare("alone", want, layers)
	for _, o := range others {
		k.compare("inside of "+o.name, want, append([]dram.HandlerFunc{o.layer}, layers...))
		k.compare("outside of "+o.name, want, append(layers[:len(layers):len(layers)], o.layer))
	}
	k.late(dram.TestMode)
	k.late(dram.ReleaseMode)
	k.deadClient()
	k.copied()
}

// reach has a handler be asked once: the contract says nothing of a layer that lets none run, unless it is to replace all answers.
func (k *checker) reach() {
	k.t.Helper()
	client, end := k.client(k.layers)
	defer end()
	res := client.GET(k.fresh("/script/0"))
	if k.transcript.Len() == 0 && !k.Replaces {
		res.fatal("the layer lets no handler run: describe by Contract.Options a request that it lets pass, as in dramtest.Contract{Options: []dramtest.Option{dramtest.Bearer(token)}}")
	}
}

// fault reports one.
func (k *checker) fault(format string, args ...any) {
	k.t.Helper()
	k.t.Errorf("dramtest: the layer breaks the contract: "+format, args...)
	if k.faults++; k.faults == maxFaults {
		k.t.Fatal("dramtest: more faults are not looked for")
	}
}

// view is what a client and the handler see of one script.
type view struct {
	status           int
	body, transcript string
}

// engine returns one with layers around the scripts and the endings.
func (k *checker) engine(layers []dram.HandlerFunc) *dram.Engine {
	r := dram.New()
	r.Use(layers...)
	r.GET("/script/:index", func(c *dram.Context) {
		say := func(format string, args ...any) {
			fmt.Fprintf(&k.transcript, format, args...)
			if k.Status == 0 { // else the layer has changed it
				fmt.Fprintf(&k.transcript, ": status %d", c.Writer.Status())
			}
			fmt.Fprintf(&k.transcript, ", size %d, written %v\n", c.Writer.Size(), c.Writer.Written())
		}
		scripts[indexOf(c)].steps(c, say)
		say("end")
	})
	r.GET("/ending/:index", func(c *dram.Context) { endings[indexOf(c)].handle(c) })
	return r
}

func indexOf(c *dram.Context) int {
	index, _ := strconv.Atoi(c.Param("index"))
	return index
}

// client returns one of the layers, and what ends it.
func (k *checker) client(layers []dram.HandlerFunc) (client *Client, end func()) {
	s := newServer(k.engine(layers))
	end = s.start(k.t)
	return newClient(k.t, s, k.Options), end
}

// fresh is a path with a query that was not asked for: a layer that keeps answers has none.
func (k *checker) fresh(path string) string {
	k.asked++
	return path + "?n=" + strconv.Itoa(k.asked)
}

// seen returns what is seen of each script by GET, through layers.
func (k *checker) seen(where string, layers ...dram.HandlerFunc) (views []view) {
	client, end := k.client(layers)
	defer end()
	for i := range scripts {
		views = append(views, k.view(client, http.MethodGet, i))
	}
	return views
}

// view has a script answer.
func (k *checker) view(client *Client, method string, index int) view {
	k.transcript.Reset()
	res := client.Do(method, k.fresh("/script/"+strconv.Itoa(index)))
	body, err := k.body(res)
	if err != nil {
		body = "not whole: " + err.Error()
	}
	if value := res.exchange.panicked; value != nil {
		body += fmt.Sprintf("; a panic: %v", value)
	}
	return view{res.Status(), body, k.transcript.String()}
}

// body returns the body of an answer without its coding.
func (k *checker) body(res *Response) (string, error) {
	coding := res.answer.Header.Get("Content-Encoding")
	switch {
	case res.err != nil || coding == "" || len(res.raw) == 0:
		return string(res.raw), res.err
	case coding == "gzip":
		body, err := res.unzipped()
		return string(body), err
	case k.Decode == nil:
		return "", errors.New("the Content-Encoding is " + coding)
	}
	body, err := k.Decode(coding, res.raw)
	return string(body), err
}

// compare compares what is seen through layers with what is to be seen.
func (k *checker) compare(where string, wanted []view, layers []dram.HandlerFunc) {
	k.t.Helper()
	client, end := k.client(layers)
	defer end()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for i, s := range scripts {
			if s.powers && k.NoUnwrap {
				continue
			}
			want := k.meant(wanted[i], method)
			got := k.view(client, method, i)
			if k.Replaces && want.body == "" {
				got.body = ""
			}
			if k.OwnSize || k.Replaces && got.transcript == "" { // or the handler did not run
				got.transcript, want.transcript = "", ""
			}
			if got != want {
				k.fault("%s, %s, the script %q:%s", where, method, s.name, difference(got, want))
			}
		}
	}
	for i, e := range endings {
		res := client.Do(http.MethodGet, k.fresh("/ending/"+strconv.Itoa(i)))
		body, err := k.body(res)
		looksWhole := k.Status == 0 && res.Status() < 500 || strings.Contains(body, longText[:20])
		if err == nil && !k.Replaces && looksWhole {
			k.fault("%s, %s: the answer looks whole: %d %s", where, e.name, res.Status(), quoted(body))
		}
		if got, want := k.view(client, http.MethodGet, 0), k.meant(wanted[0], http.MethodGet); got.status != want.status {
			k.fault("%s, the request after %s:%s", where, e.name, difference(got, want))
		}
	}
}

// meant returns what is to be seen of a script when the layer is there.
func (k *checker) meant(want view, method string) view {
	if k.Status != 0 {
		want.status = k.Status
	}
	if k.Replaces || method == http.MethodHead {
		want.body = ""
	}
	return want
}

// difference shows what differs.
func difference(got, want view) string {
	var out strings.Builder
	if got.status != want.status {
		fmt.Fprintf(&out, " status %d, want %d;", got.status, want.status)
	}
	if got.body != want.body {
		fmt.Fprintf(&out, " body %s, want %s;", quoted(got.body), quoted(want.body))
	}
	if got.transcript != want.transcript {
		fmt.Fprintf(&out, " the handler sees of its writer\n%swant\n%s", got.transcript, want.transcript)
	}
	return strings.TrimRight(out.String(), ";\n")
}
