package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRecipes takes the program out as a module of its own and adds a table to it, as README.md
// and RECIPES.md say; its tests, and those of the table, pass there.
func TestRecipes(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs all tests once more, in a copy: leave -short out")
	}
	dir, module := filepath.Join(t.TempDir(), "shop"), "example.com/you/shop"
	do(t, ".", "go", "run", "./newapp", module, dir)

	linksLead(t, dir)

	const recipe = "testdata/authors"
	touched := 0
	for _, name := range files(t, recipe) {
		text, err := os.ReadFile(filepath.Join(recipe, name))
		require.NoError(t, err)
		touched++
		if name == "routes.diff" {
			continue
		}
		text = []byte(strings.ReplaceAll(string(text), "github.com/dram-go/dram/examples/crud", module))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	require.LessOrEqual(t, touched, 7, "files that a new table needs")
	diff, err := filepath.Abs(filepath.Join(recipe, "routes.diff"))
	require.NoError(t, err)
	do(t, dir, "git", "apply", diff)

	// Its document has grown; the golden file is written anew, as RECIPES.md says.
	do(t, dir, "sh", "-c", "go run . openapi > testdata/openapi.json")
	do(t, dir, "go", "vet", "./...")
	do(t, dir, "go", "test", "-short", "./...") // the long ones have run in the original
	require.Contains(t, do(t, dir, "go", "run", ".", "openapi"), `"/api/authors/{id}"`)
}

// linksLead has each link of the pages in a directory lead to a file, or a section, that is there.
func linksLead(t *testing.T, dir string) {
	for _, name := range []string{"README.md", "RECIPES.md"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		sections := strings.ReplaceAll(strings.ToLower(string(text)), " ", "-")
		for _, link := range regexp.MustCompile(`\]\(([^):]*)\)`).FindAllStringSubmatch(string(text), -1) {
			if section, ok := strings.CutPrefix(link[1], "#"); ok {
				require.Contains(t, sections, "\n##-"+section+"\n", name)
			} else {
				require.FileExists(t, filepath.Join(dir, link[1]), name)
			}
		}
	}
}

// files returns the files below a directory, with their paths in it.
func files(t *testing.T, dir string) (names []string) {
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, err = filepath.Rel(dir, name)
			names = append(names, name)
		}
		return err
	}))
	return names
}

func do(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if dir != "." {
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS="+os.Getenv("GOFLAGS")+" -vet=off") // it is vetted before
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), out)
	return string(out)
}
