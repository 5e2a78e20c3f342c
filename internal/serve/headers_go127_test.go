//go:build go1.27

package serve_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/serve"
)

// The limit on the number of header values holds for HTTP/1.1 and for the streams of the
// inner server; net/http's default is 500.
func TestHeaderValuesAreCounted(t *testing.T) {
	for name, tt := range map[string]struct {
		server *http.Server
		values int
		want   int
	}{
		"by default, few":   {&http.Server{}, 400, 200},
		"by default, many":  {&http.Server{}, 600, 431},
		"limited, few":      {&http.Server{MaxHeaderValueCount: 20}, 10, 200},
		"limited, too many": {&http.Server{MaxHeaderValueCount: 20}, 30, 431},
		"more than usual":   {&http.Server{MaxHeaderValueCount: 1000}, 600, 200},
	} {
		tt.server.Handler = serve.H2C(echo, func(error) {})
		url := mount(t, tt.server)
		for proto, client := range map[string]*http.Client{"HTTP/1.1": http.DefaultClient, "h2c": h2cClient(t)} {
			t.Run(name+", "+proto, func(t *testing.T) {
				req, err := http.NewRequest(http.MethodGet, url, nil)
				require.NoError(t, err)
				for i := range tt.values {
					req.Header.Add("X-Value", strconv.Itoa(i))
				}
				resp, err := client.Do(req)
				if proto == "h2c" && tt.want == 431 && err != nil {
					return // the stream is reset
				}
				require.NoError(t, err)
				_ = resp.Body.Close()
				assert.Equal(t, tt.want, resp.StatusCode)
			})
		}
	}
}
