// Port rewrites the imports of a program that is written for Gin to dram's, adds the
// formats that the program uses, and prints what needs a look:
//
//	go run github.com/dram-go/dram/cmd/port@latest [-n] dir …
//
// It takes the Go files of the folders and of all below: whatever their build tags, but
// not vendor, testdata, folders whose names begin with a dot or an underscore, and the
// modules of dram itself. It writes only those that import Gin, and none by a link, which it
// names. Each file is parsed before any is written; when one cannot be, none is. A second run
// changes nothing; behind one that was interrupted it does the rest.
//
// The smallest change that compiles is made: gin. stays the qualifier in the program,
// as the name of the import of dram. Libraries that import Gin themselves go on with
// the replace line of docs/migration.md, beside the imports that were rewritten.
//
// With -n it writes no file, and prints the same.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const usage = `usage: port [-n] dir …
rewrites the imports of the Gin program in the folders, and below; "port ." takes the current one
`

func main() { os.Exit(run(os.Stdout, os.Stderr, os.Args[1:])) }

// run is main, and returns the exit code.
func run(out, errOut io.Writer, args []string) int {
	flags := flag.NewFlagSet("port", flag.ContinueOnError)
	flags.SetOutput(errOut)
	dry := flags.Bool("n", false, "write no file")
	flags.Usage = func() {
		fmt.Fprint(errOut, usage)
		flags.PrintDefaults()
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() == 0:
		flags.Usage()
		return 2
	}
	if err := port(out, flags.Args(), *dry); err != nil {
		fmt.Fprintln(errOut, err)
		return 1
	}
	return 0
}

// port does it all: find, rewrite in memory, and write if no file was at fault.
func port(out io.Writer, dirs []string, dry bool) error {
	sources, links, err := find(dirs)
	if err != nil {
		return err
	}
	var changed []*source
	var all program
	all.lookAtLinks(links, sources)
	for _, s := range sources {
		before := s.text
		if s.importsGin() {
			s.rewrite()
		} else {
			all.lookAtFormats(s)
		}
		if speaks(before) {
			all.look(s)
		}
		if !bytes.Equal(s.text, before) {
			changed = append(changed, s)
		}
	}
	for i, s := range changed {
		if err := s.write(dry); err != nil {
			return fmt.Errorf("%s cannot be written, and %d of %d files were: run it again for the others: %w", s.name, i, len(changed), err)
		}
		fmt.Fprintln(out, "rewritten:", s.name)
	}
	all.print(out, modules(changed))
	return nil
}

// find parses the files in the folders, and finds what their names are, package by package.
// Links are those that lead to files which import Gin.
func find(dirs []string) (sources []*source, links []string, err error) {
	var faults []error
	fset := token.NewFileSet()
	packages := map[[2]string][]*source{}
	for _, dir := range dirs {
		err := walk(dir, func(name string, link bool, text []byte) {
			if link {
				if bytes.Contains(text, []byte(gin)) {
					links = append(links, name)
				}
				return
			}
			s, err := parse(fset, name, text)
			if err != nil && !speaks(text) {
				return // it may be a template
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("%s cannot be parsed, so no file was written: %w", name, err))
				return
			}
			sources = append(sources, s)
			pkg := [2]string{filepath.Dir(name), s.file.Name.Name}
			packages[pkg] = append(packages[pkg], s)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	for _, files := range packages {
		check(fset, files)
	}
	return sources, links, errors.Join(faults...)
}

// speaks reports whether a file may import Gin or dram. The others only declare what these use.
func speaks(text []byte) bool {
	return bytes.Contains(text, []byte(gin)) || bytes.Contains(text, []byte(dram))
}

// walk calls f for each Go file below dir, which may be a link itself.
func walk(dir string, f func(name string, link bool, text []byte)) error {
	inside, err := filepath.EvalSymlinks(dir)
	if err == nil {
		inside, err = filepath.Abs(inside)
	}
	if err != nil || isOurs(inside) {
		return err
	}
	link, err := os.Lstat(dir)
	if to, fault := os.Stat(dir); err == nil && fault == nil && !link.IsDir() && to.IsDir() {
		dir += string(filepath.Separator) // WalkDir follows no link without it; of a drive, C: is not C:\
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != dir && (leftAlone(d.Name()) || isOurs(name)):
			return filepath.SkipDir
		case filepath.Ext(name) != ".go":
			return nil
		}
		link := d.Type() == fs.ModeSymlink
		if info, err := os.Stat(name); !d.Type().IsRegular() && (!link || err != nil || !info.Mode().IsRegular()) {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f(name, link, text)
		return nil
	})
}

// leftAlone reports whether a folder is not the program's own source.
func leftAlone(folder string) bool {
	return slices.Contains([]string{"vendor", "testdata"}, folder) || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

// isOurs reports whether a folder is the root of a module of dram, or of one that stands
// in for Gin; of an absolute path, whether the folder is inside of one. They import Gin
// to be compared with it.
func isOurs(folder string) bool {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if up := filepath.Dir(folder); err != nil && filepath.IsAbs(folder) && up != folder {
		return isOurs(up)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "module" {
			module := strings.Trim(fields[1], "\"`")
			return module == gin || module == dram || strings.HasPrefix(module, dram+"/")
		}
	}
	return false
}

// modules are the folders with a go.mod that files are in; "" where no file is in one. A link may lead into another one
// than it is in itself.
func modules(files []*source) []string {
	var roots []string
	for _, s := range files {
		folder, _ := filepath.Abs(filepath.Dir(s.name)) // which was read
		real, _ := filepath.EvalSymlinks(folder)
		root := moduleOf(folder)
		if in := moduleOf(real); !isSame(in, root) {
			root = in
		}
		if !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	if len(roots) > 1 {
		roots = slices.DeleteFunc(roots, func(root string) bool { return root == "" })
	}
	return roots
}

// moduleOf is the folder with the go.mod of another one, "" without.
func moduleOf(folder string) string {
	for ; !isThere(folder, "go.mod"); folder = filepath.Dir(folder) {
		if folder == filepath.Dir(folder) {
			return ""
		}
	}
	return folder
}

func isSame(one, other string) bool {
	a, err := os.Stat(one)
	b, fault := os.Stat(other)
	return err == nil && fault == nil && os.SameFile(a, b)
}

func isThere(folder, name string) bool {
	_, err := os.Stat(filepath.Join(folder, name))
	return err == nil
}

// write replaces the file when the new one is whole.
func (s *source) write(dry bool) error {
	if dry {
		return nil
	}
	info, err := os.Stat(s.name)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(s.name), ".port-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // it is not there any more when all went well
	_, err = temp.Write(s.text)
	if err := errors.Join(err, temp.Chmod(info.Mode()), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), s.name)
}
