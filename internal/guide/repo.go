package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dram-go/dram"
)

// root is the repository.
func root() fs.FS { return os.DirFS(rootDir()) }

// rootDir is its directory. main has looked whether it is there.
func rootDir() string {
	dir, err := findRoot()
	if err != nil {
		panic(err)
	}
	return dir
}

// findRoot returns the working directory, or the one around it that has dram's own module, not
// one of the modules below it.
func findRoot() (string, error) {
	began, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := began; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module "+modulePath+"\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not in a checkout of %s: run this in one", began, modulePath)
		}
	}
}

// inMode does something while the program is in a mode.
func inMode(mode string, do func()) {
	defer dram.SetMode(dram.Mode())
	dram.SetMode(mode)
	do()
}
