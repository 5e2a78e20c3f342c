package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dram-go/dram"
)

// root is the repository.
func root() fs.FS { return os.DirFS(rootDir()) }

// rootDir is its directory: this one, or the one around it that has a module.
func rootDir() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		} else if dir == filepath.Dir(dir) {
			panic("this is not run inside of the repository")
		}
	}
}

// inMode does something while the program is in a mode.
func inMode(mode string, do func()) {
	defer dram.SetMode(dram.Mode())
	dram.SetMode(mode)
	do()
}
