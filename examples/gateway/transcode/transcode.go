// Package transcode answers JSON over HTTP by the methods of a gRPC service. Which request is
// which method stands in the service's descriptor set, in rules of google.api.http (rules.go,
// template.go); what a request has becomes a message (request.go), the message is sent to a
// server that the upstream chooses (conns.go), and its answer, a stream of answers (stream.go)
// or a status (status.go) becomes the client's.
package transcode

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/change"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// handler answers the requests of a route.
type handler struct {
	rules     *Rules
	route     *config.Route
	transport *call.Transport
	conns     *conns
	allowed   allowed
	write     protojson.MarshalOptions
	change    func(text []byte) ([]byte, error) // of each message of a stream; nil if they stay as they are
	removed   [][]string                        // from bodies of requests
}

// Handler answers the requests of a route by the rules, at the servers of an upstream. The
// deadline of the request goes with the call. Fields without presence are in answers with their
// zero values. The header identity goes with each call.
//
// It answers 404 to a path without a rule and 405 to another method, 400 to a request that does
// not fit its message, with a list of faults, 413 to one whose message is longer than the upstream's
// max_message, 415 to a body that is not JSON, 502 where the answer's message is, and the status
// that google.rpc.Code names for what the service answers. A call that the server breaks off, or cancels, is a 503.
func Handler(rules *Rules, route *config.Route, pool *upstream.Pool, transport *call.Transport, identity string) dram.HandlerFunc {
	h := &handler{
		rules: rules, route: route, transport: transport, conns: connsOf(pool), allowed: newAllowed(identity, pool.Config.Metadata),
		write:  protojson.MarshalOptions{Resolver: rules.types, EmitDefaultValues: true},
		change: change.Messages(route.Response), removed: change.Removed(route.Request),
	}
	return dram.Try(h.serve)
}

var plainColons = strings.NewReplacer("%3A", ":", "%3a", ":")

func (h *handler) serve(c *dram.Context) error {
	if fault := grammar.PathFault(c.Request.URL.Path); fault != "" {
		return dram.NewProblem(http.StatusBadRequest, fault)
	}
	if strings.Contains(strings.ToUpper(c.Request.URL.EscapedPath()), "%2F") { // a slash to the router: the method could be that of another route
		return dram.NewProblem(http.StatusBadRequest, `the path has an escaped slash ("%2F")`)
	}
	path := change.Path(c, h.route)
	one, parts, others := h.rules.find(c.Request.Method, path)
	plain, _, _ := h.rules.find(c.Request.Method, plainColons.Replace(path)) // of which the router has chosen the route
	if plain != one && h.route.Rewrite == "" {                               // which escapes what is not a verb
		return dram.NewProblem(http.StatusBadRequest, `the path has an escaped colon ("%3A") in front of a verb`)
	}
	switch {
	case one == nil && len(others) > 0:
		slices.Sort(others)
		return dram.NewProblem(http.StatusMethodNotAllowed, "").WithHeader("Allow", strings.Join(others, ", "))
	case one == nil:
		return dram.NewProblem(http.StatusNotFound, "No method of the service has this path.")
	}
	in, err := h.rules.fill(c, one, parts, h.removed)
	if err != nil {
		return err
	}
	if proto.Size(in) > h.conns.max {
		return requestTooLong()
	}
	if one.rpc.IsStreamingServer() {
		return h.stream(c, one, in)
	}
	return h.unary(c, one, in)
}

// unary answers with one message.
func (h *handler) unary(c *dram.Context, one *rule, in proto.Message) error {
	var (
		out             *dynamicpb.Message
		header, trailer metadata.MD
		failed          error
	)
	md := h.allowed.outgoing(c)
	err := h.transport.Do(c.Request, true, func(ctx context.Context, p *upstream.Place) (int, bool) {
		conn, err := h.conns.to(p.Server)
		if err == nil {
			out = dynamicpb.NewMessage(one.rpc.Output())
			err = conn.Invoke(metadata.NewOutgoingContext(ctx, md), one.call, in, out, grpc.Header(&header), grpc.Trailer(&trailer))
			err = tooLong(brokenOff(ctx, err), in)
		}
		failed = err
		return outcome(err)
	})
	if err != nil {
		return err
	}
	h.allowed.answer(c.Writer.Header(), header, trailer)
	if failed != nil {
		return problemOf(c.Request.Context(), failed)
	}
	text, err := h.json(out, one.response)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, dram.MIMEJSON, text)
	return nil
}

// json is a message, or one field of it, as JSON.
func (h *handler) json(out *dynamicpb.Message, field protoreflect.FieldDescriptor) ([]byte, error) {
	text, err := h.write.Marshal(out)
	if err != nil {
		return nil, err
	}
	if field != nil {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil {
			return nil, err
		}
		if text = members[field.JSONName()]; text == nil {
			text = []byte("null") // a field with presence that is not set
		}
	}
	var compact bytes.Buffer
	err = json.Compact(&compact, text) // protojson's spaces differ from build to build
	return compact.Bytes(), err
}
