// Command plain renders all that must not link html/template's or encoding/xml's
// engine. A test builds it and looks into the binary.
package main

import (
	"net/http"
	"time"

	"github.com/dram-go/dram/render"
)

func main() {
	renders := []render.Render{
		render.JSON{}, render.IndentedJSON{}, render.PureJSON{}, render.SecureJSON{}, render.JsonpJSON{}, render.AsciiJSON{},
		render.String{}, render.Data{}, render.Reader{}, render.Redirect{}, render.SSEvent{Retry: time.Second},
		render.YAML{}, render.TOML{}, render.ProtoBuf{}, render.MsgPack{}, render.BSON{},
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		for _, r := range renders {
			if err := r.Render(w); err != nil {
				panic(err)
			}
		}
	})
	panic(http.ListenAndServe("127.0.0.1:0", nil))
}
