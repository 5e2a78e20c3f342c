package transcode

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/typed"
)

// outcome is what an error says of the server: its status, and whether that is a failure of the
// server. A method that it does not have is none, nor is a message that is too long.
func outcome(err error) (httpCode int, failed bool) {
	var long *dram.Problem
	if errors.As(err, &long) {
		return long.Status, false
	}
	httpCode = runtime.HTTPStatusFromCode(status.Code(err))
	return httpCode, httpCode >= http.StatusInternalServerError && httpCode != http.StatusNotImplemented
}

// tooLong says of a call that failed since a message was too long whose it was, of which the status,
// ResourceExhausted, blames the client each time. Other errors are returned as they are.
func tooLong(err error, in proto.Message) error {
	st, _ := status.FromError(err)
	switch text := st.Message(); {
	case st.Code() != codes.ResourceExhausted || !strings.HasPrefix(text, "grpc: "): // the text of grpc-go itself, here or at the server
		return err
	case strings.Contains(text, fmt.Sprintf("(%d vs.", proto.Size(in))):
		return requestTooLong().Because(err)
	}
	return dram.NewProblem(http.StatusBadGateway, "The answer of the service is longer than it may be.").Because(err)
}

// brokenOff says of a call that its server has reset, or answered with a page, that the server was not there: gRPC makes a
// status of these which may blame the client, with the text of the page. So it says of CANCELLED, while somebody waits: 499
// means that the client has left.
func brokenOff(ctx context.Context, err error) error {
	st, _ := status.FromError(err)
	text := st.Message() // of grpc-go itself
	made := strings.HasPrefix(text, "stream terminated by RST_STREAM") || strings.HasPrefix(text, "unexpected HTTP status code received from server")
	if ctx.Err() == nil && (st.Code() == codes.Canceled || made && runtime.HTTPStatusFromCode(st.Code()) < http.StatusInternalServerError) {
		return status.Error(codes.Unavailable, text)
	}
	return err
}

func requestTooLong() *dram.Problem {
	return dram.NewProblem(http.StatusRequestEntityTooLarge, "The request is longer than the service takes.")
}

// problemOf is what a client is told of a call that failed: the code by its name, and, if the
// fault is the client's, what the server says of it (google.rpc.Status) with the fields that it
// names. Why the gateway has ended ctx comes first.
func problemOf(ctx context.Context, err error) *dram.Problem {
	var own *dram.Problem
	if errors.As(context.Cause(ctx), &own) || errors.As(err, &own) {
		return own
	}
	st := status.Convert(err)
	httpCode := runtime.HTTPStatusFromCode(st.Code())
	problem := dram.NewProblem(httpCode, "").Because(err).With("code", code.Code(st.Code()).String())
	blamed := httpCode < http.StatusInternalServerError
	if blamed {
		problem.Detail = st.Message()
	}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.BadRequest:
			if !blamed {
				continue
			}
			var faults []typed.Fault
			for _, field := range d.GetFieldViolations() {
				pointer := grammar.Pointer(field.GetField())
				faults = append(faults, typed.Fault{In: "body", Pointer: pointer, Rule: strings.ToLower(field.GetReason()), Detail: field.GetDescription()})
			}
			problem = problem.With("errors", faults)
		case *errdetails.RetryInfo:
			seconds := max(int(math.Ceil(d.GetRetryDelay().AsDuration().Seconds())), 1)
			problem = problem.WithHeader("Retry-After", strconv.Itoa(seconds))
		}
	}
	return problem
}
