package gateway

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a file has to be left alone: editors write in several steps.
const settle = 100 * time.Millisecond

// Watch uses the file again whenever it, or one that it named at the start, changes, until ctx
// ends. A file that is at fault is logged, with every mistake, and changes nothing.
func (g *Gateway) Watch(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	file := g.current.Load().file
	names := map[string]bool{filepath.Clean(g.name): true}
	for _, name := range file.Files() {
		names[filepath.Clean(file.Name(name))] = true
	}
	for name := range names { // its directory: a file that takes the place of another is another file
		if err := watcher.Add(filepath.Dir(name)); err != nil {
			_ = watcher.Close()
			return err
		}
	}
	go func() {
		defer watcher.Close()
		var changed <-chan time.Time
		for {
			select {
			case event := <-watcher.Events:
				// Kubernetes changes a link called ..data in place of the files.
				if names[filepath.Clean(event.Name)] || filepath.Base(event.Name) == "..data" {
					changed = time.After(settle)
				}
			case <-changed:
				g.Refresh()
			case <-watcher.Errors: // of a directory that is gone: SIGHUP still works
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// Refresh is Reload, and says what came of it.
func (g *Gateway) Refresh() {
	if err := g.Reload(); err != nil {
		g.options.Log.Error("the file is not used: the one before stays", "error", err)
		return
	}
	if files := g.current.Load().file.Listen.TLS; files != nil && g.tls.Load() != nil {
		if err := g.certify(files); err != nil {
			g.options.Log.Error("the certificate is not used: the one before stays", "error", err)
		}
	}
	g.options.Log.Info("the file is used anew", "tag", g.Tag())
}
