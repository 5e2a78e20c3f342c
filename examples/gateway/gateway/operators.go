package gateway

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/dram-go/dram/examples/gateway/admin"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// Admin makes the page of operators, which is for a listener of its own: that of File.Admin.
func (g *Gateway) Admin() *admin.Admin {
	return admin.New(operated{g}, g.current.Load().file.Admin, g.options.Log)
}

// operated is a Gateway as its operators see it.
type operated struct{ *Gateway }

// State is what the gateway is at the moment.
func (g operated) State() admin.State {
	now, rates := g.current.Load(), &g.metrics.Rates
	s := admin.State{Tag: now.tag, Since: now.since}
	for _, r := range now.routes {
		to := []string{r.To}
		if r.To == "" {
			to = nil
			for _, part := range r.Merge {
				to = append(to, part.To)
			}
		}
		s.Routes = append(s.Routes, admin.Route{
			Name: r.name, Methods: strings.Join(r.Methods, " "), Hosts: strings.Join(r.Hosts, ", "), Path: r.Path, To: strings.Join(to, ", "),
			Line: r.Line, RED: rates.Route(r.name),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(now.upstreams)) {
		u := admin.Upstream{Name: name}
		for _, server := range now.upstreams[name].Servers {
			u.Servers = append(u.Servers, admin.Server{State: server.State(), RED: rates.Server(name, server.Addr)})
		}
		s.Upstreams = append(s.Upstreams, u)
	}
	for _, r := range now.routes {
		if r.split != nil {
			one := admin.Split{State: r.split.State()}
			for _, v := range one.Versions {
				one.Rates = append(one.Rates, rates.Version(r.name, v.Name))
			}
			s.Splits = append(s.Splits, one)
		}
	}
	s.Decisions, s.Decided = now.judge.Recent()
	return s
}

// File is the text that is served with, and its ETag.
func (g operated) File() (text []byte, tag string) {
	now := g.current.Load()
	return now.text, now.tag
}

// Server returns a server.
func (g operated) Server(name, addr string) *upstream.Server {
	return seen.Server(g.pools(), name, addr)
}

// Token is what operators show, "" if the file has none.
func (g operated) Token() string { return config.Revealed(g.current.Load().file.Admin.Token) }

// Replace puts a text in place of the file, here and where it is stored, if the tags of both match.
func (g operated) Replace(match func(tag string) bool, text []byte) (tag string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.loaded {
		return "", admin.ErrElsewhere
	}
	stored, err := os.ReadFile(g.name)
	if err != nil {
		return "", err
	}
	if !match(g.Tag()) || !match(tagOf(stored)) {
		return "", admin.ErrChanged
	}
	next, err := g.compile(text)
	if err != nil {
		return "", err
	}
	if err := store(g.name, text); err != nil {
		g.leave(next)
		return "", err
	}
	g.swap(next)
	return next.tag, nil
}

// store puts a text in place of a file, or of the one that a link leads to: it is written beside it, with its rights,
// and renamed. One that cannot be replaced in this way, since it is mounted alone, say, is left as it is: a text
// that is written into it would be there by half when the disk is full, or the gateway is killed.
func store(name string, text []byte) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("%w: give the gateway the directory of the file, and the right to write there", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(info.Mode()), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	if errors.Is(err, syscall.EBUSY) {
		return fmt.Errorf("%w: it is mounted alone, mount its directory", err)
	}
	return err
}
