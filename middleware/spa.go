package middleware

import (
	"cmp"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// SPA serves a single-page application: its files, and its page for all paths
// that the router of the page knows.

// SPAConfig sets up SPA. Root or FS must be set.
type SPAConfig struct {
	// Root, FS, Prefix, Dotfiles, Precompressed and Immutable are as in
	// StaticConfig.
	Root          string
	FS            fs.FS
	Prefix        string
	Dotfiles      bool
	Precompressed bool
	Immutable     func(name string) bool
	// Index is the page of the application. Default "index.html". It must exist.
	Index string
	// Exclude are prefixes of paths that never get the page, such as "/api/": a
	// client that asks for data must get a 404.
	Exclude []string
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg SPAConfig) Validate() error {
	if err := validateFiles("SPA", cfg.Root, cfg.FS, cfg.Prefix, cfg.Index); err != nil {
		return err
	}
	if cfg.Index == "-" {
		return misconfigured("SPA", "Index", `"-" leaves the application without its page; use Static`)
	}
	for _, prefix := range cfg.Exclude {
		if !strings.HasPrefix(prefix, "/") {
			return misconfigured("SPA", "Exclude", `%q is not a path; write one such as "/api/"`, prefix)
		}
	}
	return nil
}

// SPA serves the files of an application as Static does, and its page for every
// other path that a browser opens: for GET and HEAD that accept text/html, of a
// path whose last segment has no extension (a missing script must not be
// answered with a page). All other requests continue along the chain. Use it as
// the NoRoute handler:
//
//	r.NoRoute(middleware.SPA(middleware.SPAConfig{Root: "dist", Exclude: []string{"/api/"}}))
//
// Caches must revalidate the page before each use, since it names the current
// scripts.
func SPA(cfg SPAConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.Index = cmp.Or(cfg.Index, "index.html")
	source := openFiles("SPA", cfg.Root, cfg.FS, cfg.Prefix)
	if info, err := source.Stat(cfg.Index); err != nil || info.IsDir() {
		panic(misconfigured("SPA", "Index", "there is no file %q; build the application first", cfg.Index))
	}
	source.dotfiles, source.precompressed = cfg.Dotfiles, cfg.Precompressed
	if cfg.Immutable != nil {
		source.immutable = func(name string) bool { return name != cfg.Index && cfg.Immutable(name) }
	}
	return func(c *dram.Context) {
		if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			return
		}
		name, slash, ok := source.name(c)
		if !ok || cfg.excludes(c.Request.URL.Path) {
			return
		}
		err := fs.ErrNotExist
		if name != "" && !slash {
			err = source.Send(c.Writer, c.Request, name) // of a directory there is no page
		}
		if err != nil && !source.refused(c, nil, err) && cfg.isPage(c, name) {
			err = source.Send(c.Writer, c.Request, cfg.Index)
			source.refused(c, nil, err)
		}
		if err == nil {
			c.Writer.WriteHeaderNow()
			c.Abort()
		}
	}
}

// excludes reports whether the path is below one of Exclude.
func (cfg *SPAConfig) excludes(name string) bool {
	for _, prefix := range cfg.Exclude {
		if strings.HasPrefix(name, prefix) || name+"/" == prefix {
			return true
		}
	}
	return false
}

// isPage reports whether the path is one that a browser opens as a page, rather
// than one that a page loads.
func (cfg *SPAConfig) isPage(c *dram.Context, name string) bool {
	if name == "" {
		return true
	}
	if path.Ext(name) != "" {
		return false
	}
	httpfield.AddVary(c.Writer.Header(), "Accept")
	return httpfield.MediaRanges(c.Request.Header["Accept"]).Names("text/html")
}
