package gateway

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a file has to be left alone: editors write in several steps.
const settle = 100 * time.Millisecond

// Watch uses the file again whenever it, or one that it names, changes, until ctx ends. A file that
// is at fault is logged, with every mistake, and changes nothing.
func (g *Gateway) Watch(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	if err := g.watchFiles(watcher); err != nil {
		return errors.Join(err, watcher.Close())
	}
	go func() {
		defer watcher.Close()
		var changed <-chan time.Time
		for {
			select {
			case event := <-watcher.Events:
				// Kubernetes changes a link called ..data in place of the files.
				if g.names(event.Name) || filepath.Base(event.Name) == "..data" {
					changed = time.After(settle)
				}
			case <-changed:
				g.Refresh()
				_ = g.watchFiles(watcher) // of those that cannot be watched, SIGHUP tells
			case <-watcher.Errors: // of a directory that is gone: SIGHUP still works
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// watchFiles watches the directories of the files: one that takes the place of another is another.
func (g *Gateway) watchFiles(watcher *fsnotify.Watcher) error {
	file := g.current.Load().file
	for _, name := range file.Files {
		if err := watcher.Add(filepath.Dir(file.Name(name))); err != nil {
			return err
		}
	}
	return nil
}

// names reports whether a file is the gateway's, or one that it names.
func (g *Gateway) names(changed string) bool {
	file := g.current.Load().file
	return slices.ContainsFunc(file.Files, func(name string) bool {
		return filepath.Clean(file.Name(name)) == filepath.Clean(changed)
	})
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
