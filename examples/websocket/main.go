// Websocket sends every message back to where it came from. The library takes
// the connection over from c.Writer, as from any http.ResponseWriter.
//
//	go run ./examples/websocket
//	curl --include --no-buffer -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
//		-H 'Sec-WebSocket-Key: ZHJhbSBzYXlzIGhlbGxvIQ==' http://127.0.0.1:8080/echo
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/coder/websocket"
	"github.com/dram-go/dram"
)

// echo ends when the client closes the connection or breaks the protocol, or the server ends. A
// page of another origin is refused by Accept, which has then answered.
func echo(c *dram.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil)
	if err != nil {
		_ = c.Error(err)
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(64 << 10)
	ctx, ended := context.WithCancel(c.Request.Context())
	defer ended()
	stopping := c.Stopping()
	c.Go(func(context.Context) { // the end of the server waits for it
		select {
		case <-ctx.Done():
		case <-stopping:
			_ = conn.Close(websocket.StatusGoingAway, "the server ends")
		}
	})
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			if status := websocket.CloseStatus(err); status != websocket.StatusNormalClosure && status != websocket.StatusGoingAway {
				_ = c.Error(err)
			}
			return
		}
		if err := conn.Write(ctx, kind, message); err != nil {
			_ = c.Error(err)
			return
		}
	}
}

func newEngine() *dram.Engine {
	engine := dram.Default()
	engine.GET("/echo", echo)
	return engine
}

// serve ends in order on Ctrl-C, and on SIGTERM, which docker and systemd send.
func serve(engine *dram.Engine, addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return engine.RunContext(ctx, addr)
}

func main() {
	if err := serve(newEngine(), "127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
