// Guide writes what the pages of docs/internals show of the running program: call stacks,
// dumps of trees, traces, listings and pictures. Run it by "go generate" in the root; a test
// compares what it makes with what the pages have, so none of these can go stale. With the names
// of blocks it prints these, anywhere in a checkout:
//
//	go run ./internal/guide serve-stack
//
//	main.go        what is written
//	page.go        the pages, their order, and the line at their head
//	block.go       what a page asks for by name, and where it goes
//	reference.go   file#Symbol: what pages name in this repository and in Go's own source
//
// Each other file makes the blocks and pictures of one subject. See docs/internals/README.md.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("guide: ")
	dram.SetMode(dram.TestMode)
	at, err := findRoot()
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 1 {
		if err := show(os.Stdout, os.Args[1:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	files, err := generate(root())
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		name = filepath.Join(at, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if err == nil {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

// show writes blocks as a terminal has them: without fences.
func show(out io.Writer, names []string) error {
	for _, name := range names {
		made := blocks[name]
		if made == nil {
			return fmt.Errorf("nothing makes the block %q: there are %s", name, strings.Join(slices.Sorted(maps.Keys(blocks)), ", "))
		}
		for line := range strings.Lines(made() + "\n") {
			if !strings.HasPrefix(line, "```") {
				_, _ = io.WriteString(out, line)
			}
		}
	}
	return nil
}

// generate returns the files of the guide by their names: the pages with their blocks as they
// have to be, and the pictures.
func generate(repo fs.FS) (map[string]string, error) {
	pages, err := readPages(repo)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, p := range pages {
		if files[p.name], err = p.filled(repo, pages); err != nil {
			return nil, err
		}
	}
	for name, draw := range images {
		files[path.Join(dir, "img", name+".svg")] = draw()
	}
	return files, nil
}
