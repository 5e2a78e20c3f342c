package layername

import (
	"bufio"
	"cmp"
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
)

// This file finds sources whose names a build with -trimpath has cut: a file of the module under test begins with the
// module's path, one of another module with path@version, one of the standard library with its package.

// onDisk returns where a file is, as the runtime calls it.
func onDisk(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	tested, root := moduleOfTest()
	if rest, ok := strings.CutPrefix(file, tested+"/"); ok && tested != "" {
		return filepath.Join(root, rest)
	}
	module, version, found := strings.Cut(file, "@")
	if !found {
		return filepath.Join(build.Default.GOROOT, "src", file)
	}
	version, rest, _ := strings.Cut(version, "/")
	cache := cmp.Or(os.Getenv("GOMODCACHE"), filepath.Join(filepath.SplitList(build.Default.GOPATH + string(filepath.ListSeparator))[0], "pkg", "mod"))
	return filepath.Join(cache, inCache(module+"@"+version), rest)
}

// moduleOfTest is the module that has the directory in which "go test" runs a test, and where it is.
var moduleOfTest = sync.OnceValues(func() (module, root string) {
	dir, err := os.Getwd()
	for before := ""; err == nil && dir != before; before, dir = dir, filepath.Dir(dir) {
		file, err := os.Open(filepath.Join(dir, "go.mod"))
		if err != nil {
			continue
		}
		defer func() { _ = file.Close() }()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "module "); ok {
				return strings.Trim(name, ` "`), dir
			}
		}
	}
	return "", ""
})

// inCache is what the module cache calls a module: "!a" for "A".
func inCache(path string) string {
	var out strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			out.WriteByte('!')
			r = unicode.ToLower(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}
