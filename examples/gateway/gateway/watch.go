package gateway

import (
	"context"
	"maps"
	"os"
	"time"

	"github.com/dram-go/dram/examples/gateway/config"
)

// settle is how long a file has to be left alone: editors write in several steps.
const settle = 250 * time.Millisecond

// Watch uses the file again whenever it, or one that it names, changes, until ctx ends: links count as what
// they lead to, which is what Kubernetes changes. A file that is at fault is logged, with every mistake, and
// changes nothing.
func (g *Gateway) Watch(ctx context.Context) {
	go func() {
		tick := time.NewTicker(settle)
		defer tick.Stop()
		var seen, refused map[string]string
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			used := g.files()
			now := make(map[string]string, len(used))
			for name := range used {
				now[name] = config.Stamp(name)
			}
			if g.loaded {
				text, _ := os.ReadFile(g.name) // one that is gone has changed
				now[g.name] = tagOf(text)
			}
			settled := maps.Equal(now, seen)
			if seen = now; settled && !maps.Equal(now, used) && !maps.Equal(now, refused) {
				if refused = nil; g.Refresh() != nil {
					refused = now
				}
			}
		}
	}()
}

// files are the file and those that it names, as they were when they were read.
func (g *Gateway) files() map[string]string {
	now := g.current.Load()
	files := maps.Clone(now.file.Files)
	if g.loaded {
		files[g.name] = now.tag
	}
	return files
}

// Refresh is Reload, and says what came of it.
func (g *Gateway) Refresh() error {
	err := g.Reload()
	if err != nil {
		g.options.Log.Error("the file is not used: the one before stays", "error", err)
	} else {
		g.options.Log.Info("the file is used anew", "tag", g.Tag())
	}
	return err
}
