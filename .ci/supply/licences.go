package main

// The page of licences: what the go.mod files require (which, from Go 1.17 on, is every module
// that provides a package, whatever the system), and the texts that these modules come with.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
	"golang.org/x/mod/modfile"
)

// allowed are the licences that a dependency may have, by their SPDX identifiers. The core's may
// have only those that ask for no more than a notice.
var (
	allowedInCore = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}
	allowed       = slices.Concat(allowedInCore, []string{"CC-BY-4.0", "CC0-1.0", "MPL-2.0", "Unlicense"})
)

// dependency is a module at a version, and the folders of the go.mod files that require it.
type dependency struct {
	path, version string
	by            []string
}

const head = `# Licences of the dependencies

Every module that a go.mod of this repository requires, for programs, tests and tools. Written by
` + "`cd .ci/supply && GOWORK=off go run .`" + `, which fails on a licence that is not allowed
(%s; for the core %s). A user of the core gets those
of "core" alone, and of them only what is not for its tests.

| Module | Version | Licence | Required by |
|---|---|---|---|
`

// licences returns the page for the checkout at root, or what is wrong with each dependency
// that may not be used.
func licences(root string) (string, error) {
	found, err := dependencies(root)
	if err != nil {
		return "", err
	}
	cached, err := download(found)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, head, strings.Join(allowed, ", "), strings.Join(allowedInCore, ", "))
	var faults []error
	for _, d := range found {
		names, err := licencesIn(cached[d.path+"@"+d.version])
		faults = append(faults, err, fault(d, names))
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", d.path, d.version, strings.Join(names, ", "), strings.Join(d.by, ", "))
	}
	return text.String(), errors.Join(faults...)
}

// fault says why a dependency with these licences may not be used, nil if it may.
func fault(d dependency, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("supply: %s %s has no licence that is recognized", d.path, d.version)
	}
	may := allowed
	if slices.Contains(d.by, "core") {
		may = allowedInCore
	}
	for _, name := range names {
		if !slices.Contains(may, name) {
			return fmt.Errorf("supply: %s %s, required by %s, has the licence %s; allowed are %s",
				d.path, d.version, strings.Join(d.by, ", "), name, strings.Join(may, ", "))
		}
	}
	return nil
}

// folders returns the folders below root with a file of that name, slash-separated and sorted.
func folders(root, file string) (found []string, err error) {
	err = filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err == nil && d.Name() == file {
			var rel string
			rel, err = filepath.Rel(root, filepath.Dir(name))
			found = append(found, filepath.ToSlash(rel))
		}
		return err
	})
	slices.Sort(found)
	return found, err
}

// dependencies reads the go.mod files below root, but those that only tests build.
func dependencies(root string) ([]dependency, error) {
	dirs, err := folders(root, "go.mod")
	if err != nil {
		return nil, err
	}
	by := map[string]*dependency{}
	for _, dir := range dirs {
		if strings.Contains(dir+"/", "/testdata/") {
			continue
		}
		name := filepath.Join(root, dir, "go.mod")
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := modfile.Parse(name, data, nil)
		if err != nil {
			return nil, err
		}
		replaced := map[string]bool{}
		for _, r := range file.Replace {
			replaced[r.Old.Path] = true
		}
		if dir == "." {
			dir = "core"
		}
		for _, r := range file.Require {
			if replaced[r.Mod.Path] {
				continue // a module of this repository
			}
			if by[r.Mod.String()] == nil {
				by[r.Mod.String()] = &dependency{path: r.Mod.Path, version: r.Mod.Version}
			}
			by[r.Mod.String()].by = append(by[r.Mod.String()].by, dir)
		}
	}
	var found []dependency
	for _, key := range slices.Sorted(maps.Keys(by)) {
		found = append(found, *by[key])
	}
	return found, nil
}

// download returns the folders of the modules in the module cache, by path@version.
func download(modules []dependency) (map[string]string, error) {
	args := []string{"mod", "download", "-json"}
	for _, m := range modules {
		args = append(args, m.path+"@"+m.version)
	}
	command := exec.Command("go", args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("supply: go mod download: %w", err)
	}
	cached := map[string]string{}
	for in := json.NewDecoder(bytes.NewReader(out)); in.More(); {
		var m struct{ Path, Version, Dir string }
		if err := in.Decode(&m); err != nil {
			return nil, err
		}
		cached[m.Path+"@"+m.Version] = m.Dir
	}
	return cached, nil
}

// texts are the names of files that hold licences.
var texts = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)([-._].*)?$`)

// licencesIn returns the identifiers of the licences whose texts the files of the folder hold, sorted.
func licencesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, e := range entries {
		if e.IsDir() || !texts.MatchString(e.Name()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		for _, m := range licensecheck.Scan(data).Match {
			found[m.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}
