// Command newapp copies examples/crud out of a checkout of dram, as a module of your own:
//
//	go run ./examples/crud/newapp example.com/you/shop ../shop
//
// The copy has your module's name in its imports, the versions that the examples are tested
// with in its go.mod, and all of the tests.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	framework = "github.com/dram-go/dram"
	source    = framework + "/examples/crud"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: newapp MODULE DIRECTORY, such as: newapp example.com/you/shop ../shop")
		os.Exit(2)
	}
	if err := copyOut(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "newapp:", err)
		os.Exit(1)
	}
	fmt.Printf("%s is in %s. Next:\n\n\tcd %[2]s && go test ./... && go run .\n", os.Args[1], os.Args[2])
}

func copyOut(module, to string) error {
	var from, examples struct{ Dir string }
	if err := list(&from, source); err != nil {
		return err
	}
	if err := list(&examples, "-m", framework+"/examples"); err != nil {
		return err
	}
	if entries, err := os.ReadDir(to); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty: name a new directory", to)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := writeModule(module, examples.Dir, to); err != nil {
		return errors.Join(err, os.Remove(filepath.Join(to, "go.mod")), os.Remove(filepath.Join(to, "go.sum")))
	}
	files := os.DirFS(from.Dir)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == "newapp": // of no use in a copy
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case name == "newapp_test.go", strings.Contains(name, ".db"):
			return nil
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(text, []byte(source), []byte(module))
		text = bytes.ReplaceAll(text, []byte("./examples/crud"), []byte("."))
		if name == "README.md" { // without the section about this command
			if before, rest, found := bytes.Cut(text, []byte("## Take it with you\n")); found {
				_, after, _ := bytes.Cut(rest, []byte("\n## "))
				text = slices.Concat(before, []byte("## "), after)
			}
		}
		if strings.HasSuffix(name, ".go") { // imports are sorted by their names
			if text, err = format.Source(text); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
	if err != nil {
		return err
	}
	return run(to, nil, "mod", "tidy")
}

// writeModule makes go.mod, with the versions of the examples. Where these are built with a
// checkout of dram, the copy is, too.
func writeModule(module, examples, to string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(examples, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	edit := []string{"mod", "edit", "-module=" + module}
	for _, name := range []string{framework, framework + "/contrib"} {
		var m struct{ Dir, Version string }
		if err := list(&m, "-m", name); err != nil {
			return err
		}
		edit = append(edit, "-dropreplace="+name)
		if m.Version == "" {
			edit = append(edit, "-replace="+name+"="+m.Dir)
		}
	}
	return run(to, nil, edit...)
}

// list asks the go command about a package or a module.
func list(into any, args ...string) error {
	var out bytes.Buffer
	if err := run(".", &out, append([]string{"list", "-json"}, args...)...); err != nil {
		return fmt.Errorf("%w (run it in a checkout of %s)", err, framework)
	}
	return json.Unmarshal(out.Bytes(), into)
}

func run(dir string, out *bytes.Buffer, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if out != nil {
		cmd.Stdout = out
	}
	if dir != "." {
		cmd.Env = append(os.Environ(), "GOWORK=off")
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return nil
}
