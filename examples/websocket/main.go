// Websocket sends every message back to where it came from. The library takes
// the connection over from c.Writer, as from any http.ResponseWriter.
//
//	go run ./examples/websocket
//	curl --include --no-buffer -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
//		-H 'Sec-WebSocket-Key: ZHJhbSBzYXlzIGhlbGxvIQ==' http://127.0.0.1:8080/echo
package main

import (
	"log"

	"github.com/coder/websocket"
	"github.com/dram-go/dram"
)

// echo ends when the client closes the connection or breaks the protocol. A
// page of another origin is refused by Accept, which has then answered.
func echo(c *dram.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil)
	if err != nil {
		_ = c.Error(err)
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(64 << 10)
	ctx := c.Request.Context()
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
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

func main() {
	if err := newEngine().Run("127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
