package main

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var repo = os.DirFS("../..")

func TestTheListIsWhatTheGeneratorMakes(t *testing.T) {
	want, err := generate(repo)
	require.NoError(t, err)
	got, err := fs.ReadFile(repo, "llms.txt")
	require.NoError(t, err)
	if string(want) != string(got) {
		assert.Equal(t, string(want), string(got))
		t.Error("llms.txt is not what the docs say: run go generate in the root of the repository")
	}
}

func TestEveryLinkOfTheListLeadsToAFile(t *testing.T) {
	text, err := fs.ReadFile(repo, "llms.txt")
	require.NoError(t, err)
	links := regexp.MustCompile(`\[[^\]]*\]\(([^)]*)\)`).FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(links), 150, "the list is not empty")
	for _, link := range links {
		info, err := fs.Stat(repo, link[1]) // a name of io/fs, so one that is relative and does not climb
		if assert.NoError(t, err) {
			assert.True(t, info.Mode().IsRegular(), link[1])
		}
	}
}

// The form of llmstxt.org: one title, one quote, and sections of links with notes.
func TestTheForm(t *testing.T) {
	text, err := fs.ReadFile(repo, "llms.txt")
	require.NoError(t, err)
	assert.Regexp(t, `^# dram\n\n> .+\n\n`+"```go\n", string(text))
	_, sections, found := strings.Cut(string(text), "\n```\n")
	require.True(t, found)
	var titles []string
	for line := range strings.Lines(sections) {
		if title, found := strings.CutPrefix(line, "## "); found {
			titles = append(titles, strings.TrimSpace(title))
		} else if line != "\n" {
			assert.Regexp(t, `^- \[[^\]]+\]\([^)]+\)(: .+)?\n$`, line)
		}
	}
	assert.Equal(t, "Optional", titles[len(titles)-1], "what may be skipped comes last")
}

func TestGenerate(t *testing.T) {
	repo := fstest.MapFS{}
	for name, text := range map[string]string{
		"README.md":                "# name\n\n![a picture](x.png)\n\nWhat it is,\nand [why](docs/why.md). More.\n\n```go\npackage main\n```\n\n```go\nother\n```\n",
		"CHANGELOG.md":             "# Changes\n\n- a list.\n\n`Code` begins it. More.\n",
		"docs/b.md":                "# B\n\n中文：[b](b.zh.md)\n\n| a table. |\n\nIt ends in a list: here it is:\n",
		"docs/b.zh.md":             "# 乙\n\n第一句。第二句。\n",
		"docs/adr/0001-a.md":       "# 0001: A\n\nBecause. And so on.\n",
		"go.mod":                   "module example.com/name\n",
		"name.go":                  "// Package name is small. It is.\npackage name\n\n// HandlerFunc is a handler.\ntype HandlerFunc func()\n\n// Layer refuses a [Context]. More.\nfunc Layer() HandlerFunc { return nil }\n\nfunc hidden() HandlerFunc { return nil }\n\n// Both is not a layer.\nfunc Both() (HandlerFunc, error) { return nil, nil }\n\n// Context is one request's.\ntype Context struct{}\n\n// Next goes on\n// with it. More.\nfunc (*Context) Next() {}\n",
		"name_test.go":             "// A test's comment.\npackage name_test\n\nfunc Example() {}\n\nfunc ExampleLayer() {}\n\nfunc ExampleContext_Next() {}\n\n// This one ends. More.\nfunc ExampleContext_Next_twice() {}\n",
		"internal/x/x.go":          "// Package x is not for users.\npackage x\n",
		"testdata/y.go":            "// Package y is data.\npackage y\n",
		"docs/handbook/1.md":       "# 1. One\n\nIt begins. More.\n",
		"docs/internals/0.md":      "# 0. None\n\n<!-- generated: nav -->\n[1](1.md)\n<!-- end -->\n\nIt is before. More.\n",
		"docs/internals/README.md": "# How\n\nAlong the way. More.\n\n| Page | What | Files |\n|---|---|---|\n| [0. None](0.md) | what `is` before | |\n",
		"docs/_code/w.go":          "// Package w is not built.\npackage w\n",
		".hidden/z.go":             "// Package z is hidden.\npackage z\n",
		"tests/z_test.go":          "package tests\n",
		"contrib/go.mod":           "module example.com/name/contrib\n",
		"contrib/one/one.go":       "// Package one has a dependency.\npackage one\n",
		"contrib/one/two.go":       "package one\n",
		"examples/go.mod":          "module example.com/name/examples\n",
		"examples/e/main.go":       "// E shows it:\n//\n//\tgo run .\npackage main\n",
	} {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	got, err := generate(repo)
	require.NoError(t, err)
	assert.Equal(t, `# name

> What it is, and why. More.

`+"```go\npackage main\n```"+`

## Docs

- [name](README.md): What it is, and why.
- [B](docs/b.md): It ends in a list: here it is:

## Handbook

- [1. One](docs/handbook/1.md): It begins.

## How it works, along the way of a request

- [0. None](docs/internals/0.md): what `+"`is`"+` before
- [How](docs/internals/README.md): Along the way.

## Packages

- [example.com/name](name.go): Package name is small.

## Layers and handlers

- [name.Layer](name.go): Layer refuses a Context. ([example](name_test.go))

## Packages with a dependency

- [example.com/name/contrib/one](contrib/one/one.go): Package one has a dependency.

## Example programs

- [examples/e](examples/e/main.go): E shows it:

## Runnable examples

- [name](name_test.go): Package name is small.
- [name.Context.Next](name_test.go): Next goes on with it.
- [name.Context.Next (twice)](name_test.go): This one ends.

## Optional

- [Changes](CHANGELOG.md): `+"`Code`"+` begins it.
- [乙](docs/b.zh.md): 第一句。
- [0001: A](docs/adr/0001-a.md): Because.
`, string(got))

	repo["name.go"] = &fstest.MapFile{Data: []byte("package (")}
	_, err = generate(repo)
	assert.ErrorContains(t, err, "name.go:1:9", "it says which file cannot be read")
	delete(repo, "go.mod")
	repo["name.go"] = &fstest.MapFile{Data: []byte("// Package name.\npackage name")}
	_, err = generate(repo)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = generate(fstest.MapFS{})
	assert.ErrorContains(t, err, "README.md")
}
