package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/dram-go/dram"
)

// This file panics in handlers of a real server, and shows what becomes of each.

func init() { blocks["recovery"] = recovery }

func recovery() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-38s%-28s%-10s%s\n", "the handler", "the client gets", "Recovery", "a layer outside sees")
	for _, fault := range []struct {
		what    string
		handler dram.HandlerFunc
	}{
		{`panics`, func(*dram.Context) { panic("boom") }},
		{`records 200, then panics`, func(c *dram.Context) { c.Status(200); panic("boom") }},
		{`writes "half", then panics`, func(c *dram.Context) { c.String(200, "half"); panic("boom") }},
		{`writes "half", flushes, then panics`, func(c *dram.Context) { c.String(200, "half"); c.Writer.Flush(); panic("boom") }},
		{`sends 404 without a body, then panics`, func(c *dram.Context) { c.AbortWithStatus(404); panic("boom") }},
		{`panics: EPIPE, of a database, say`, func(*dram.Context) { panic(error(syscall.EPIPE)) }},
		{`panics: EPIPE, the client has left`, func(c *dram.Context) { <-c.Request.Context().Done(); panic(error(syscall.EPIPE)) }},
		{`panics: http.ErrAbortHandler`, func(*dram.Context) { panic(http.ErrAbortHandler) }},
	} {
		leaves := strings.Contains(fault.what, "has left")
		client, logged, outside := panicking(fault.handler, leaves)
		fmt.Fprintf(&out, "%-38s%-28s%-10s%s\n", fault.what, client, logged, outside)
	}
	return fenced("text", out.String())
}

// panicking serves one request and returns what each side has seen of it.
func panicking(handler dram.HandlerFunc, leaves bool) (client, logged, outside string) {
	var report strings.Builder
	served := make(chan string, 1)
	r := dram.New()
	r.Use(func(c *dram.Context) {
		seen := "the panic"
		defer func() { served <- seen }()
		c.Next()
		seen = fmt.Sprintf("status %d, %d error", c.Writer.Status(), len(c.Errors))
	}, dram.RecoveryWithWriter(&report))
	r.GET("/", handler)
	serving(r, func(url string) {
		client = answerOf(strings.TrimPrefix(url, "http://"), leaves)
		outside = <-served
	})
	switch {
	case report.Len() == 0:
		logged = "nothing"
	case strings.Count(report.String(), "\n") == 1:
		logged = "one line"
	default:
		logged = "a stack"
	}
	return client, logged, outside
}

// answerOf sends a request and describes its answer.
func answerOf(address string, leaves bool) string {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if leaves {
		return "nobody is there"
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "the connection closed"
	}
	body, err := io.ReadAll(answer.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("%d, %q, cut off", answer.StatusCode, body)
	}
	return fmt.Sprintf("%d, %q", answer.StatusCode, body)
}
