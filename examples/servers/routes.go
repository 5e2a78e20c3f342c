package main

import (
	"bufio"
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// This file is the Engine that all servers serve. Each route shows one thing that a server
// may or may not be able to pass on.

// maxBody is the limit of a request's body: 16 MiB.
const maxBody = 16 << 20

// steps is what handlers do that take their time: slowly for a person with curl; a test
// lets them go on when it has seen enough.
type steps struct {
	between func()           // comes between two pieces of a body
	tick    time.Duration    // is the time between the pieces of a body without an end
	left    func(how string) // is told how a handler learned that its client has left
}

var slowly = steps{
	between: func() { time.Sleep(time.Second) },
	tick:    time.Second,
	left:    func(how string) { log.Printf("the client has left: %s", how) },
}

func newEngine(at steps) *dram.Engine {
	engine := dram.New()
	engine.Use(dram.Recovery(), middleware.BodyLimit(middleware.BodyLimitConfig{Max: maxBody}))
	engine.GET("/", seen)
	engine.POST("/echo", dram.Try(echo))
	engine.GET("/stream", at.stream)
	engine.POST("/read", dram.Try(at.read))
	engine.GET("/wait", at.wait)
	engine.GET("/trailer", trailer)
	engine.GET("/hint", hint)
	engine.GET("/panic", broken)
	engine.GET("/hijack", hijack)
	return engine
}

// seen answers what the handler sees of the request.
func seen(c *dram.Context) {
	c.JSON(http.StatusOK, dram.H{"proto": c.Request.Proto, "client": c.ClientIP(), "scheme": c.Scheme()})
}

// echo sends the body back, and says of which length it was declared to be (-1: of none),
// and the trailer that came after it.
func echo(c *dram.Context) error {
	body, err := c.GetRawData()
	if err != nil {
		return err
	}
	c.Header("X-Length", strconv.FormatInt(c.Request.ContentLength, 10))
	c.Header("X-Trailer", c.Request.Trailer.Get("X-Sum"))
	c.Data(http.StatusOK, "application/octet-stream", body)
	return nil
}

// stream sends two pieces, the first at once. Its length is not known in advance.
func (at steps) stream(c *dram.Context) {
	c.Header("Content-Type", "text/plain; charset=utf-8")
	_, _ = c.Writer.WriteString("first\n")
	c.Writer.Flush()
	at.between()
	_, _ = c.Writer.WriteString("second\n")
}

// read takes the first line of the body before the client has sent the second.
func (at steps) read(c *dram.Context) error {
	body := bufio.NewReader(c.Request.Body)
	first, err := body.ReadString('\n')
	if err != nil {
		return err
	}
	at.between()
	second, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	c.String(http.StatusOK, "%s%s", first, second)
	return nil
}

// wait sends pieces until the client has left.
func (at steps) wait(c *dram.Context) {
	piece := strings.Repeat(".", 1023) + "\n"
	c.Header("Content-Type", "text/plain; charset=utf-8")
	_, _ = c.Writer.WriteString(piece)
	c.Writer.Flush()
	at.between()
	ticker := time.NewTicker(at.tick)
	defer ticker.Stop()
	client := c.Request.Context()
	for {
		select {
		case <-client.Done():
			at.left("context")
			return
		case <-c.Stopping():
			return
		case <-ticker.C:
		}
		if _, err := c.Writer.WriteString(piece); err != nil && client.Err() == nil {
			at.left("write")
			return
		}
		c.Writer.Flush()
	}
}

// trailer sends a field after the body (RFC 9110 section 6.5).
func trailer(c *dram.Context) {
	c.Header("Trailer", "X-Sum")
	c.String(http.StatusOK, "body\n")
	c.Writer.Flush()
	c.Header("X-Sum", "5")
}

// hint sends a 103 before the answer (RFC 8297).
func hint(c *dram.Context) {
	c.Header("Link", "</style.css>; rel=preload; as=style")
	c.Writer.WriteHeader(http.StatusEarlyHints)
	c.String(http.StatusOK, "body\n")
}

// broken panics in the middle of the body, whose length it has declared if asked to.
func broken(c *dram.Context) {
	c.Header("Content-Type", "text/plain; charset=utf-8")
	if length, ok := c.GetQuery("length"); ok {
		c.Header("Content-Length", length)
	}
	_, _ = c.Writer.WriteString("half\n")
	c.Writer.Flush()
	panic("on purpose")
}

// hijack takes the connection over, as a WebSocket does.
func hijack(c *dram.Context) {
	conn, _, err := c.Writer.Hijack()
	if err != nil {
		c.String(http.StatusNotImplemented, "%v\n", err)
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: nothing\r\n\r\n")
}
