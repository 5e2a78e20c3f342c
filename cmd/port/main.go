// Port rewrites the imports of a program that is written for Gin to dram's, adds the
// formats that the program uses, and prints what needs a look:
//
//	go run github.com/dram-go/dram/cmd/port@latest [-n] [dir …]
//
// It takes the Go files of the folders, by default of the one where it runs, and of
// all below: whatever their build tags, but not vendor, testdata, and folders whose
// names begin with a dot or an underscore. Each file is parsed before any is written;
// when one cannot be, none is. A second run changes nothing.
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
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	dry := flag.Bool("n", false, "write no file")
	flag.Parse()
	dirs := flag.Args()
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	if err := port(os.Stdout, dirs, *dry); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// port does it all: find, rewrite in memory, and write if no file was at fault.
func port(out io.Writer, dirs []string, dry bool) error {
	var changed []*source
	var all program
	var faults []error
	for _, dir := range dirs {
		err := walk(dir, func(name string, text []byte) {
			s, err := parse(name, text)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s cannot be parsed, so no file was written: %w", name, err))
				return
			}
			s.rewrite()
			all.look(s)
			if !bytes.Equal(s.text, text) {
				changed = append(changed, s)
			}
		})
		if err != nil {
			return err
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	for _, s := range changed {
		fmt.Fprintln(out, "rewritten:", s.name)
		if err := s.write(dry); err != nil {
			return err
		}
	}
	all.print(out, len(changed) > 0)
	return nil
}

// walk calls f for each Go file below dir that speaks of Gin or dram.
func walk(dir string, f func(name string, text []byte)) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != dir && leftAlone(d.Name()):
			return filepath.SkipDir
		case !d.Type().IsRegular() || filepath.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte(gin)) || bytes.Contains(text, []byte(dram)) {
			f(name, text)
		}
		return nil
	})
}

// leftAlone reports whether a folder is not the program's own source.
func leftAlone(folder string) bool {
	return slices.Contains([]string{"vendor", "testdata"}, folder) || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
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
