package httpfield

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// StatusClientGone is the status, in logs and metrics, of an answer whose client has left
// before it began. It is not registered; nginx uses it so.
const StatusClientGone = 499

// HasClientLeft reports whether the context of a request has ended since its client has left: without a
// cause, or with that for which HTTP/3 closes a connection. A program that ends a request for a reason of its own gives
// that (context.WithCancelCause).
func HasClientLeft(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return ctx.Err() == context.Canceled && (cause == context.Canceled || errors.Is(cause, net.ErrClosed))
}

// IsClientGone reports whether err has no cause but that the client of the request with this context has left:
// it is context.Canceled, or the context's own cause, which clients of net/http return in its place.
func IsClientGone(ctx context.Context, err error) bool {
	return HasClientLeft(ctx) && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx)))
}

// BodyAllowed reports whether an answer with this status may have a body (RFC
// 9110 sections 15.2, 15.3.5 and 15.4.5).
func BodyAllowed(status int) bool {
	return (status < 100 || status > 199) && status != http.StatusNoContent && status != http.StatusNotModified
}

// Informational reports whether more than one header follows this status: those
// of 1xx but 101, after which the connection speaks another protocol (RFC 9110
// section 15.2).
func Informational(status int) bool {
	return status >= 100 && status <= 199 && status != http.StatusSwitchingProtocols
}
