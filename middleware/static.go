package middleware

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// Static serves files: of a directory, which no link leads out of, or of any
// fs.FS, such as an embed.FS. RouterGroup.Static is Gin's and does less.

// StaticConfig sets up Static. Root or FS must be set.
type StaticConfig struct {
	// Root is a directory of the operating system. It is opened as an os.Root:
	// no symbolic link leads out of it. It must exist.
	Root string
	// FS is the file system, in place of Root: an embed.FS, perhaps with fs.Sub.
	// Of an os.DirFS links may lead anywhere: use Root.
	FS fs.FS
	// Prefix is what stands in request paths before the names of files:
	// "/assets". Default "/".
	Prefix string
	// Index is the file that a directory is answered with. Default "index.html";
	// "-" is none. Directories are never listed.
	Index string
	// Dotfiles serves files whose name, or that of a directory above, starts with
	// a dot (.git, .env). Default false.
	Dotfiles bool
	// Precompressed serves app.js.br, app.js.zst or app.js.gz for app.js to
	// clients that want it so, unless it is older.
	Precompressed bool
	// Immutable tells which files never change under their name, so that clients
	// need not ask for a year. HashedName is one; default none. All others are
	// asked for each time (Cache-Control: no-cache) and answered with 304 while
	// they are the same, unless Cache-Control is set already.
	Immutable func(name string) bool
	// Fallthrough lets the chain go on when there is no such file. Default false:
	// 404.
	Fallthrough bool
	// OnError answers with 404 and 405; see ErrorHandler.
	OnError ErrorHandler
}

// Validate tells what is wrong with the configuration.
func (cfg StaticConfig) Validate() error {
	return validateFiles("Static", cfg.Root, cfg.FS, cfg.Prefix, cfg.Index)
}

// validateFiles is what Static and SPA check alike.
func validateFiles(layer, root string, fsys fs.FS, prefix, index string) error {
	if (root == "") == (fsys == nil) {
		return misconfigured(layer, "Root", `set it to a directory, or else FS to a file system; "." is the current directory`)
	}
	if root != "" {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			return misconfigured(layer, "Root", "%q is no directory that can be read", root)
		}
	}
	if prefix != "" && (prefix[0] != '/' || strings.ContainsAny(prefix, ":*") || path.Clean(prefix) != strings.TrimSuffix(prefix, "/") && prefix != "/") {
		return misconfigured(layer, "Prefix", `%q is no path; write one such as "/assets"`, prefix)
	}
	if index != "" && index != "-" && (!fs.ValidPath(index) || strings.Contains(index, "/")) {
		return misconfigured(layer, "Index", `%q is no file's name; write "index.html", or "-" for none`, index)
	}
	return nil
}

// Static serves GET and HEAD with the files below Root or of FS, with
// conditions and ranges. Use it as the handler of a catch-all route and its HEAD,
//
//	r.GET("/assets/*filepath", middleware.Static(middleware.StaticConfig{Root: "dist", Prefix: "/assets"}))
//
// or as a NoRoute handler, which serves what no route does. With Fallthrough it is a
// layer in front of others.
func Static(cfg StaticConfig) dram.HandlerFunc {
	must(cfg.Validate())
	source, err := openFiles(cfg.Root, cfg.FS, cfg.Prefix)
	if err != nil {
		panic(misconfigured("Static", "Root", "%v", err))
	}
	source.dotfiles, source.immutable = cfg.Dotfiles, cfg.Immutable
	if cfg.Precompressed {
		source.precompressed = precompressions
	}
	if cfg.Index == "" {
		cfg.Index = "index.html"
	}
	return func(c *dram.Context) {
		if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			if !cfg.Fallthrough {
				c.Header("Allow", "GET, HEAD")
				refuse(c, cfg.OnError, http.StatusMethodNotAllowed, "files can only be read")
			}
			return
		}
		name, dir, ok := source.name(c)
		if ok && source.answer(c, name, dir, cfg.Index) {
			c.Abort()
			return
		}
		if !cfg.Fallthrough {
			refuse(c, cfg.OnError, http.StatusNotFound, "there is no such file")
		}
	}
}

// openFiles makes the source of files. A Root stays open as long as the program.
func openFiles(root string, fsys fs.FS, prefix string) (*fileSource, error) {
	if root != "" {
		opened, err := os.OpenRoot(root)
		if err != nil {
			return nil, err
		}
		fsys = opened.FS()
	}
	return &fileSource{fsys: fsys, prefix: strings.TrimSuffix(prefix, "/") + "/"}, nil
}

// answer serves a file, a directory's index page, or a redirect to where a
// directory ends in a slash, so that relative links in the page work.
func (s *fileSource) answer(c *dram.Context, name string, dir bool, index string) bool {
	if name != "" && !dir && s.serve(c, name) {
		return true
	}
	page := path.Join(name, index)
	if index == "-" {
		return false
	}
	if dir {
		return s.serve(c, page)
	}
	if _, ok := s.regular(page); !ok {
		return false
	}
	location := "./" + (&url.URL{Path: path.Base(c.Request.URL.Path)}).EscapedPath() + "/"
	if query := c.Request.URL.RawQuery; query != "" {
		location += "?" + query
	}
	c.Header("Location", location)
	c.Status(http.StatusMovedPermanently)
	c.Writer.WriteHeaderNow()
	return true
}

// HashedName tells whether a file's name holds a digest of its content, as
// bundlers write it: app.3f2a9c1b.js, index-DiwrgTda2.css. The last part before
// the extension must have at least eight letters and digits, and both of them,
// and a hyphen or dot before it. It is for StaticConfig.Immutable, where all
// names come from a bundler: it cannot tell "notes-version2024.txt" from one.
func HashedName(name string) bool {
	base := path.Base(name)
	base = strings.TrimSuffix(base, path.Ext(base))
	digest := base[strings.LastIndexAny(base, ".-")+1:]
	if len(digest) < 8 || len(digest) == len(base) {
		return false
	}
	chars := []byte(digest)
	isDigit := func(c byte) bool { return '0' <= c && c <= '9' }
	isOther := func(c byte) bool { return !httpfield.IsAlphaNum(c) && c != '_' }
	return !slices.ContainsFunc(chars, isOther) && slices.ContainsFunc(chars, isDigit) &&
		slices.ContainsFunc(chars, func(c byte) bool { return !isDigit(c) })
}
