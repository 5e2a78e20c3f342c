package mask

import (
	"log"
	"strings"
)

// This file is for the log of an http.Server, which quotes clients and prints what handlers have panicked.

// ErrorLog returns one for a server, which writes to another, or to the standard logger of package log if that is nil.
func ErrorLog(to *log.Logger) *log.Logger {
	return log.New(serverLog{to}, "", 0)
}

type serverLog struct{ to *log.Logger }

func (l serverLog) Write(record []byte) (int, error) {
	to := l.to
	if to == nil {
		to = log.Default()
	}
	to.Print(serverRecord(string(record)))
	return len(record), nil
}

// serverRecord is a record on one line, but for the stack behind a panic's value. That begins where it last may: the value could
// be a text that looks like one, the stack has no text of others.
func serverRecord(record string) string {
	record = strings.TrimSuffix(record, "\n")
	stack := strings.LastIndex(record, "\ngoroutine ")
	if stack < 0 || !strings.HasPrefix(record, "http") || !strings.Contains(record[:stack], "panic serving") {
		return Line(record)
	}
	return Line(record[:stack]) + record[stack:]
}
