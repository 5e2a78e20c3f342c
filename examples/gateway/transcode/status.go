package transcode

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/typed"
)

// outcome is what an error says of the server: its status, and whether that is a failure of the
// server. A method that it does not have is none.
func outcome(err error) (httpCode int, failed bool) {
	httpCode = runtime.HTTPStatusFromCode(status.Code(err))
	return httpCode, httpCode >= http.StatusInternalServerError && httpCode != http.StatusNotImplemented
}

// problemOf is what a client is told of a call that failed: the code by its name, and, if the
// fault is the client's, what the server says of it (google.rpc.Status) with the fields that it
// names.
func problemOf(err error) *dram.Problem {
	st := status.Convert(err)
	httpCode := runtime.HTTPStatusFromCode(st.Code())
	problem := dram.NewProblem(httpCode, "").Because(err).With("code", code.Code(st.Code()).String())
	if httpCode < http.StatusInternalServerError {
		problem.Detail = st.Message()
	}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.BadRequest:
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
