package growth

import (
	"encoding/json"
	"net/http"

	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
)

// Bodies measures larger and larger bodies, in and out as JSON.
func Bodies(sizes []int, plan measure.Plan) ([]Point, error) {
	var points []Point
	for _, size := range sizes {
		value := peers.Catalogue(size)
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		get := []peers.Route{{Method: "GET", Pattern: "/"}}
		post := []peers.Route{{Method: "POST", Pattern: "/"}}
		render := bodyRow("render", peers.App{Routes: get, Work: peers.JSON, Value: value}, rows.Request{Method: "GET"})
		bind := bodyRow("bind", peers.App{Routes: post, Work: peers.BindList},
			rows.Request{Method: "POST", ContentType: "application/json", Body: string(text)})
		for _, row := range []rows.Row{render, bind} {
			result, err := rows.Run(row, plan)
			if err != nil {
				return nil, err
			}
			for _, cell := range result.Cells {
				points = append(points, Point{Curve: row.Name, Peer: cell.Peer, Size: size, Ns: cell.Ns, Bytes: cell.Bytes})
			}
		}
	}
	return points, nil
}

func bodyRow(name string, app peers.App, request rows.Request) rows.Row {
	request.Target, request.Status = "/", http.StatusOK
	// The four that bind nothing are one program here: net/http's own.
	without := []string{"chi", "httprouter", "bunrouter"}
	return rows.Row{Name: name, Group: rows.Render, App: app, Requests: []rows.Request{request}, Without: without}
}
