package main

import (
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/turn"
)

func peerName(p peers.Peer) string { return p.Name }

// BenchmarkRow/ROW/PEER is a row of the table: go test -bench '^BenchmarkRow$/^Param$' .
func BenchmarkRow(b *testing.B) {
	for _, row := range rows.All() {
		b.Run(row.Name, func(b *testing.B) {
			turn.Each(b, row.Peers(), peerName, func(b *testing.B, p peers.Peer) {
				serving(b, row, p, func(load *rows.Load) { load.Measure(b) })
			})
		})
	}
}

// BenchmarkParallel/ROW/PEER has a goroutine on each processor answer the row.
func BenchmarkParallel(b *testing.B) {
	all := peers.All()
	quartet := []peers.Peer{all[0], all[1], all[2], all[5]} // dram, gin, echo, bunrouter
	for _, row := range rows.Parallel() {
		b.Run(row.Name, func(b *testing.B) {
			turn.Each(b, quartet, peerName, func(b *testing.B, p peers.Peer) {
				serving(b, row, p, func(load *rows.Load) {
					loads := make(chan *rows.Load, runtime.GOMAXPROCS(0))
					for range cap(loads) {
						loads <- load.Clone()
					}
					b.ReportAllocs()
					b.ResetTimer()
					b.RunParallel(func(pb *testing.PB) {
						for load := <-loads; pb.Next(); {
							load.Once()
						}
					})
				})
			})
		})
	}
}

// serving has a framework's program of the row served by do. What the framework leaves to the program, and that it refuses the
// routes, is marked with a unit.
func serving(b *testing.B, row rows.Row, p peers.Peer, do func(*rows.Load)) {
	defer p.Enter()()
	handler, err := p.Build(row.App)
	if err != nil {
		none(b, "refuses")
		return
	}
	do(rows.NewLoad(handler, row.Headers, row.Requests...))
	if p.ByHand(row.App.Work) {
		b.ReportMetric(1, "by-hand")
	}
}

// none says why there is no figure.
func none(b *testing.B, why string) {
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(1, why)
}

// BenchmarkTyped/ROW/PEER is a typed handler beside the same one by hand, and beside huma.
func BenchmarkTyped(b *testing.B) {
	for _, book := range rows.Books() {
		b.Run(book.Name, func(b *testing.B) {
			turn.Each(b, rows.BookPeers(), func(p rows.BookPeer) string { return p.Name }, func(b *testing.B, p rows.BookPeer) {
				b.Cleanup(peers.All()[0].Enter())
				rows.NewLoad(p.Handler, true, book.Request).Measure(b)
			})
		})
	}
}

// BenchmarkLayer/LAYER/PEER is a layer of package middleware beside its twins.
func BenchmarkLayer(b *testing.B) {
	for _, layer := range rows.Layers() {
		b.Run(layer.Name, func(b *testing.B) {
			turn.Each(b, layer.Peers(), func(p rows.LayerPeer) string { return p.Name }, func(b *testing.B, p rows.LayerPeer) {
				rows.NewLoad(p.Handler, true, layer.Request).Measure(b)
			})
		})
	}
}

// refusals are the rows whose routes a framework cannot hold.
var refusals = map[string]string{"siblings, all": "httprouter"}

func TestEveryPeerAnswersEveryRow(t *testing.T) {
	for _, row := range rows.All() {
		for _, p := range row.Peers() {
			if p.Name == peers.Floor {
				continue
			}
			t.Run(row.Name+"/"+p.Name, func(t *testing.T) {
				err := row.Check(p)
				if refusals[row.Name] == p.Name {
					require.ErrorIs(t, err, peers.ErrRefuses)
					return
				}
				require.NoError(t, err)
			})
		}
	}
}

func TestEveryPeerAnswersBodies(t *testing.T) {
	for _, size := range []int{1 << 10, 100 << 10} {
		render, bind := rows.Bodies(size)
		for _, p := range render.Peers() {
			assert.NoError(t, errors.Join(render.Check(p), bind.Check(p)))
		}
	}
}

func TestEveryBookPeerAnswersEveryRow(t *testing.T) {
	defer peers.All()[0].Enter()()
	for _, book := range rows.Books() {
		for _, p := range rows.BookPeers() {
			assert.NoError(t, book.Check(p))
		}
	}
}

func TestEveryLayerAnswersAsItsTwins(t *testing.T) {
	for _, layer := range rows.Layers() {
		assert.NoError(t, layer.Check())
	}
}
