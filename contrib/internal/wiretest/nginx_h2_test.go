package wiretest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/contrib/internal/nginxtest"
	"github.com/dram-go/dram/internal/freeport"
)

// This file sends some of the floods to an nginx that speaks HTTP/2, and HTTP/1.1 to the Engine.

func TestFloodsThroughNginx(t *testing.T) {
	for _, kind := range []string{"net/http", "h1"} {
		t.Run(kind, func(t *testing.T) {
			for _, f := range floods() {
				if !slices.Contains(theWorst, f.name) {
					continue
				}
				t.Run(f.name, func(t *testing.T) {
					var end sync.WaitGroup
					s := start(t, kind, slow(&end))
					addr, other := freeport.Addr(t), freeport.Addr(t)
					nginx := nginxtest.Start(t, fmt.Sprintf(`
						log_format counted '$upstream_addr $request_uri';
						access_log access.log counted;
						proxy_next_upstream off; proxy_http_version 1.1; proxy_set_header Connection "";
						upstream engine { server %[1]s; keepalive 4; }
						server { listen %[2]s http2; listen %[3]s; location / { proxy_pass http://engine; } }`,
						s.addr, addr, other), addr, other)
					f.cut, f.handlers = false, 1024 // as many as nginx has connections
					flooded{server: s, end: &end, kind: kind, addr: addr, other: other}.by(t, f)
					nginx.Stop()
					passed := 0
					for line := range strings.Lines(nginx.File("access.log")) {
						if !strings.HasPrefix(line, "-") {
							passed++
						}
					}
					assert.LessOrEqual(t, len(s.taken()), passed, "the Engine has seen what nginx has not")
				})
			}
		})
	}
}
