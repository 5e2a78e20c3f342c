package transcode

import (
	"context"
	"io"
	"iter"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/render"
)

// The media types of a stream, the preferred one first.
const (
	eventStream = "text/event-stream"
	jsonLines   = "application/jsonl"
)

// stream answers with the messages of a stream: as events or as lines of JSON, whichever the
// client accepts. An error in front of the first message is answered as any other; a later one
// cuts the answer. The time of the route is that of the first message.
func (h *handler) stream(c *dram.Context, one *rule, in proto.Message) error {
	c.Writer.Header().Add("Vary", "Accept")
	format := c.NegotiateFormat(eventStream, jsonLines)
	if format == "" {
		return dram.NewProblem(http.StatusNotAcceptable, "The answer is a stream: "+eventStream+" or "+jsonLines+".")
	}
	ctx, cancel := context.WithCancelCause(c.Request.Context())
	defer cancel(nil)
	over, stopping := make(chan struct{}), c.Stopping()
	defer close(over)
	go func() { // a message may be waited for when the server begins to end
		select {
		case <-stopping:
			cancel(http.ErrServerClosed)
		case <-over:
		}
	}()
	messages := func(func([]byte, error) bool) {}
	if c.Request.Method != http.MethodHead {
		all, stop, err := begun(h.messages(ctx, c, one, in))
		defer stop()
		switch {
		case err == nil:
			messages = all
		case context.Cause(ctx) != http.ErrServerClosed:
			return err
		case format == jsonLines: // no lines would look like all of them
			return dram.NewProblem(http.StatusServiceUnavailable, "The gateway ends.")
		}
	}
	if format == jsonLines {
		return lines(c, messages)
	}
	dram.SSE(c, func(sse context.Context, _ string) (iter.Seq2[render.SSEvent, error], error) {
		context.AfterFunc(sse, func() { cancel(nil) })
		return func(yield func(render.SSEvent, error) bool) {
			for text, err := range messages {
				if !yield(render.SSEvent{Data: text}, err) {
					return
				}
			}
		}, nil
	})
	return nil
}

// begun waits for the first of some messages, and returns all of them, or its error. stop ends them.
func begun(messages iter.Seq2[[]byte, error]) (all func(func([]byte, error) bool), stop func(), err error) {
	next, stop := iter.Pull2(messages)
	text, err, more := next()
	return func(yield func([]byte, error) bool) {
		for ; more && yield(text, err); text, err, more = next() {
		}
	}, stop, err
}

// lines sends messages as lines, each when it is there.
func lines(c *dram.Context, messages iter.Seq2[[]byte, error]) error {
	c.Header("Content-Type", jsonLines)
	for text, err := range messages {
		if err != nil {
			return err
		}
		if _, err := c.Writer.Write(append(text, '\n')); err != nil {
			return err
		}
		c.Writer.Flush()
	}
	c.Writer.WriteHeaderNow()
	return nil
}

// messages are those of one call, as JSON, until ctx ends. The server's place is taken as long
// as it lasts.
func (h *handler) messages(ctx context.Context, c *dram.Context, one *rule, in proto.Message) iter.Seq2[[]byte, error] {
	md, req := h.allowed.outgoing(c), c.Request
	return func(yield func([]byte, error) bool) {
		// A deadline that went with the call would end the stream later: ctx lifts its own when the answer begins.
		whole, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
		defer cancel(nil)
		defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
		none := h.transport.Do(req.WithContext(whole), false, func(ctx context.Context, p *upstream.Place) (int, bool) {
			err := h.receive(metadata.NewOutgoingContext(ctx, md), p.Server, one, in, func(text []byte) bool {
				p.Begun()
				return yield(text, nil)
			})
			err = tooLong(brokenOff(ctx, err), in)
			if err != nil && context.Cause(whole) == context.DeadlineExceeded {
				err = status.FromContextError(context.DeadlineExceeded).Err() // gRPC was only told that it ends
			}
			if err != nil {
				yield(nil, problemOf(ctx, err))
			}
			return outcome(err)
		})
		if none != nil {
			yield(nil, none)
		}
	}
}

// receive gives each message to take, until that wants no more. nil is the end of the stream.
func (h *handler) receive(ctx context.Context, s *upstream.Server, one *rule, in proto.Message, take func([]byte) bool) error {
	conn, err := h.conns.to(s)
	if err != nil {
		return err
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, one.call)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(in); err != nil && err != io.EOF { // whose reason RecvMsg has
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for {
		out := dynamicpb.NewMessage(one.rpc.Output())
		if err := stream.RecvMsg(out); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		text, err := h.json(out, one.response)
		if err != nil {
			return err
		}
		if h.change != nil {
			if text, err = h.change(text); err != nil {
				return err
			}
		}
		if !take(text) {
			return nil
		}
	}
}
