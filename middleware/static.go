package middleware

import (
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// Static serves files: from a directory, which no symbolic link leads out of,
// or from any fs.FS, such as an embed.FS. RouterGroup.Static is Gin's and does
// less.

// StaticConfig sets up Static. Root or FS must be set.
type StaticConfig struct {
	// Root is a directory of the operating system, which must exist. It is opened
	// as an os.Root: no symbolic link leads out of it.
	Root string
	// FS is a file system, in place of Root: an embed.FS, perhaps with fs.Sub.
	// Symbolic links in an os.DirFS may lead anywhere: use Root instead.
	FS fs.FS
	// Prefix is removed from the front of request paths to get the name of a file:
	// "/assets". Default "/".
	Prefix string
	// Index is the file that is served for a directory. Default "index.html"; "-"
	// means none. Directories are never listed.
	Index string
	// Dotfiles also serves files whose name, or that of a directory above them,
	// starts with a dot (.git, .env). Default false.
	Dotfiles bool
	// Precompressed serves app.js.br, app.js.zst or app.js.gz for app.js to
	// clients that accept its coding, unless it is older than app.js.
	Precompressed bool
	// Immutable, if set, reports whether the file of a name never changes, so that
	// clients need not revalidate it for a year; see HashedName. All other files
	// are revalidated before each use (Cache-Control: no-cache) and answered with
	// 304 while they are unchanged. A Cache-Control that is already set is kept.
	Immutable func(name string) bool
	// Fallthrough lets the chain go on if there is no such file. By default it is
	// a 404.
	Fallthrough bool
	// OnError answers with 404 and 405; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg StaticConfig) Validate() error {
	return validateFiles("Static", cfg.Root, cfg.FS, cfg.Prefix, cfg.Index)
}

// Static serves GET and HEAD with the files below Root or in FS, with
// conditional requests and ranges. Use it as the handler of a catch-all route,
//
//	files := middleware.Static(middleware.StaticConfig{Root: "dist", Prefix: "/assets"})
//	r.GET("/assets/*filepath", files)
//	r.HEAD("/assets/*filepath", files)
//
// or as a NoRoute handler, for the paths that no route matches. With
// Fallthrough it is a layer in front of others.
func Static(cfg StaticConfig) dram.HandlerFunc {
	must(cfg.Validate())
	source := openFiles("Static", cfg.Root, cfg.FS, cfg.Prefix)
	source.dotfiles, source.immutable, source.precompressed = cfg.Dotfiles, cfg.Immutable, cfg.Precompressed
	switch cfg.Index {
	case "":
		source.Index = "index.html"
	case "-":
	default:
		source.Index = cfg.Index
	}
	return func(c *dram.Context) {
		if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			if !cfg.Fallthrough {
				c.Header("Allow", "GET, HEAD")
				refuse(c, cfg.OnError, http.StatusMethodNotAllowed, "files can only be read")
			}
			return
		}
		err := source.answer(c)
		switch {
		case err == nil:
			c.Writer.WriteHeaderNow()
			c.Abort()
		case source.refused(c, cfg.OnError, err):
		case !cfg.Fallthrough:
			refuse(c, cfg.OnError, http.StatusNotFound, "there is no such file")
		}
	}
}

// answer serves a file, a directory's index page, or a redirect to where a
// directory ends in a slash.
func (s *fileSource) answer(c *dram.Context) error {
	name, slash, ok := s.name(c)
	if !ok {
		return fs.ErrNotExist
	}
	return s.Serve(c.Writer, c.Request, name, slash)
}

// HashedName reports whether the name of a file seems to hold a digest of its
// content, as bundlers write it: app.3f2a9c1b.js, index-DiwrgTda2.css. The part
// before the extension must consist of at least eight letters, digits and
// underscores, with a digit and something else among them, and follow a hyphen
// or dot. It is for StaticConfig.Immutable, where all names come from a
// bundler: it also reports true for "notes-version2024.txt".
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
