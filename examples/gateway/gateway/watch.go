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
// changes nothing; it is tried again when it, or one that it names, changes or appears.
func (g *Gateway) Watch(ctx context.Context) {
	go func() {
		tick := time.NewTicker(settle)
		defer tick.Stop()
		var seen map[string]string
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			wanted := g.current.Load()
			if refused := g.refused.Load(); refused != nil {
				wanted = refused
			}
			tried := g.files(wanted)
			now := make(map[string]string, len(tried))
			for name := range tried {
				now[name] = config.Stamp(name)
			}
			if g.loaded {
				text, _ := os.ReadFile(g.name) // one that is gone has changed
				now[g.name] = tagOf(text)
			}
			settled := maps.Equal(now, seen)
			if seen = now; settled && !maps.Equal(now, tried) {
				_ = g.Refresh() // it says so
			}
		}
	}()
}

// files are the file and those that it names, as they were when they were read.
func (g *Gateway) files(of *generation) map[string]string {
	files := make(map[string]string)
	if of.file != nil {
		maps.Copy(files, of.file.Files)
	}
	if g.loaded {
		files[g.name] = of.tag
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
