package peers

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/dram-go/dram"
)

// FloorPeer is what lies below every framework that keeps a Context in a pool: a handler that takes one of dram's
// Contexts and gives it back; where JSON is answered, an encoder of encoding/json that is made once, and nothing else.
func FloorPeer() Peer { return Peer{Name: Floor, App: floorApp} }

func floorApp(app App) http.Handler {
	value := app.Value
	switch app.Work {
	case ParamJSON:
		value = Gordon
		fallthrough
	case JSON:
		var to http.ResponseWriter
		var encoder *json.Encoder
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if w != to {
				to, encoder = w, json.NewEncoder(w)
			}
			encoder.Encode(value)
		})
	}
	pool := sync.Pool{New: func() any { return new(dram.Context) }}
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { pool.Put(pool.Get()) })
}
