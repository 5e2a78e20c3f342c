package wiretest

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/contrib/internal/nginxtest"
	"github.com/dram-go/dram/internal/freeport"
)

// This file sends the rows through nginx, which reads many of them otherwise than a server
// of Go does. Both count the requests of each connection of a client: one that the Engine
// has seen and nginx has not was smuggled past what nginx guards.

// forwarding is nginx in front of an Engine, with its connections to it kept, and bodies sent on as
// they arrive or once they are whole.
const forwarding = `
	log_format counted '$server_port:$remote_port $upstream_addr $status';
	access_log access.log counted;
	proxy_ignore_client_abort on; proxy_next_upstream off; proxy_http_version 1.1;
	proxy_set_header Connection ""; proxy_set_header Host $http_host;
	proxy_set_header X-From $server_port:$remote_port;
`

func TestAmbiguousRequestsThroughNginx(t *testing.T) {
	type way struct {
		name, addr string
		server     *server
	}
	var ways []way
	var addrs []string
	conf := forwarding
	for i, kind := range []string{"net/http", "h1"} {
		s := start(t, kind, nil)
		conf += fmt.Sprintf("upstream engine%d { server %s; keepalive 4; }\n", i, s.addr)
		for _, buffering := range []string{"on", "off"} {
			addr := freeport.Addr(t)
			conf += fmt.Sprintf("server { listen %s; location / { proxy_pass http://engine%d; proxy_request_buffering %s; } }\n", addr, i, buffering)
			ways = append(ways, way{kind + ", buffering " + buffering, addr, s})
			addrs = append(addrs, addr)
		}
	}
	nginx := nginxtest.Start(t, conf, addrs...)

	names := make(map[string]string) // by what nginx calls the connection
	for _, w := range ways {
		_, port, _ := net.SplitHostPort(w.addr)
		for _, r := range rows() {
			conn := dial(t, w.addr)
			_, local, _ := net.SplitHostPort(conn.LocalAddr().String())
			names[port+":"+local] += w.name + ", " + r.name
			send(t, conn, r.sent+next, true)
			_ = conn.Close()
		}
	}
	nginx.Stop()

	passed := make(map[string]int)
	for line := range strings.Lines(nginx.File("access.log")) {
		if fields := strings.Fields(line); fields[1] != "-" {
			passed[fields[0]]++
		}
	}
	for _, s := range []*server{ways[0].server, ways[2].server} {
		s.stop(t)
		saw := make(map[string]int)
		requests := s.taken()
		for _, r := range requests {
			from := strings.Join(r.header["X-From"], ",")
			saw[from]++
			assert.LessOrEqual(t, saw[from], passed[from], "%s: %s %s, which nginx has not seen", names[from], r.method, r.target)
		}
		t.Logf("%d connections, %d requests passed on by nginx and seen", 2*len(rows()), len(requests))
		assert.Greater(t, len(requests), len(rows()), "the rows do not arrive")
	}
}
