package httpfield

import "net/http"

// StatusClientGone is the status, in logs and metrics, of an answer whose client has left
// before it began. It is not registered; nginx uses it so.
const StatusClientGone = 499

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
