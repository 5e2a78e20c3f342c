package main

import (
	"go/build"
	"io/fs"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

var repo = os.DirFS("../..")

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func guide(t *testing.T) []page {
	pages, err := readPages(repo)
	require.NoError(t, err)
	require.Len(t, pages, 2*19, "pages 0 to 17 and the index, in both languages")
	return pages
}

func TestThePagesShowWhatTheProgramDoes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the stacks of the pages are those of Linux")
	}
	needsGoSource(t)
	want, err := generate(repo)
	require.NoError(t, err)
	for name, text := range want {
		got, err := fs.ReadFile(repo, name)
		require.NoError(t, err, "run go generate in the root of the repository")
		if text != string(got) {
			assert.Equal(t, text, string(got))
			t.Errorf("%s is not what the program does: run go generate in the root of the repository", name)
		}
	}
	pictures, err := fs.Glob(repo, dir+"/img/*")
	require.NoError(t, err)
	for _, picture := range pictures {
		assert.Contains(t, want, picture, "nothing makes it")
	}
}

func TestEveryBlockAndPictureIsOnAPage(t *testing.T) {
	var all strings.Builder
	for _, p := range guide(t) {
		all.WriteString(p.text)
	}
	on := func(mark string) { assert.True(t, strings.Contains(all.String(), mark), "no page has %s", mark) }
	for name := range blocks {
		on(blockBegins + name + " -->")
	}
	for name := range images {
		on("](img/" + name + ".svg)")
		on("](../img/" + name + ".svg)")
	}
}

// needsGoSource skips where nobody knows where Go's source is.
func needsGoSource(t *testing.T) {
	if build.Default.GOROOT == "" {
		t.Skip("it is not known where Go's source is: the test was built with -trimpath")
	}
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	needsGoSource(t)
	own := goSource()
	found := 0
	err := walkSource(repo, func(name, text string) error {
		for _, r := range findReferences(text) {
			found++
			_, err := r.sourceIn(repo, own)
			assert.NoError(t, err, name)
		}
		return nil
	})
	require.NoError(t, err)
	assert.NotZero(t, found)
}

// Files that pages name without a symbol are there as well. Gin's have no backquotes.
func TestEveryFileIsThere(t *testing.T) {
	needsGoSource(t)
	own := goSource()
	for _, p := range guide(t) {
		for _, file := range files.FindAllStringSubmatch(p.text, -1) {
			_, err := fs.Stat(repo, file[1])
			if err != nil {
				_, err = fs.Stat(own, file[1])
			}
			assert.NoError(t, err, p.name)
		}
	}
}

var (
	fences = regexp.MustCompile("(?ms)^```(\\w*).*?^```$")
	begins = regexp.MustCompile(`^# [^\n]+\n\n<!-- generated: nav -->\n`)
	files  = regexp.MustCompile("`([\\w/]+\\.go)`")
	links  = regexp.MustCompile(`\]\(([^)#:"]+)[)#]`)
)

// A translation says what the page says: the same references, commands and generated blocks.
// pages_test.go compares the rest.
func TestBothLanguagesSayTheSame(t *testing.T) {
	pages := guide(t)
	for _, p := range pages {
		name, way := p.other()
		i := slices.IndexFunc(pages, func(other page) bool { return other.name == name })
		if !assert.GreaterOrEqual(t, i, 0, "%s has no page in the other language", p.name) {
			continue
		}
		assert.True(t, strings.Contains(p.text, "]("+way+")"), "%s does not lead to %s", p.name, way)
		if p.isChinese() {
			continue
		}
		ours, theirs := p, pages[i]
		assert.Equal(t, named(ours), named(theirs), p.name)
		assert.Equal(t, shown(ours), shown(theirs), p.name)
		assert.Equal(t, commands(ours), commands(theirs), p.name)
	}
}

// named are the references, each once.
func named(p page) (names []string) {
	for _, r := range findReferences(p.text) {
		names = append(names, r.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// shown are the blocks that both languages have in common.
func shown(p page) (all []string) {
	for _, made := range block.FindAllStringSubmatch(p.text, -1) {
		if made[1] != "nav" {
			all = append(all, made[1])
		}
	}
	return all
}

// commands are the fences of a shell.
func commands(p page) (all []string) {
	for _, fence := range fences.FindAllStringSubmatch(p.text, -1) {
		if fence[1] == "sh" {
			all = append(all, fence[0])
		}
	}
	return all
}

func TestTheFormOfAPage(t *testing.T) {
	for _, p := range guide(t) {
		assert.True(t, begins.MatchString(p.text), "%s does not begin with a title and the block nav", p.name)
		for _, fence := range fences.FindAllStringSubmatch(p.text, -1) {
			assert.NotEmpty(t, fence[1], "%s: a block is of no language:\n%s", p.name, fence[0])
		}
		if !p.isIndex() {
			assert.NotEmpty(t, commands(p), "%s has nothing to try", p.name)
		}
		for _, link := range links.FindAllStringSubmatch(fences.ReplaceAllString(p.text, ""), -1) {
			_, err := fs.Stat(repo, path.Join(path.Dir(p.name), link[1]))
			assert.NoError(t, err, p.name)
		}
	}
}

func TestTheIndexLeadsToEveryPage(t *testing.T) {
	pages := guide(t)
	for _, index := range pages {
		for _, p := range pages {
			if index.isIndex() && !p.isIndex() && p.isChinese() == index.isChinese() {
				assert.True(t, strings.Contains(index.text, "]("+path.Base(p.name)+")"), "%s does not lead to %s", index.name, p.name)
			}
		}
	}
}

func TestReferences(t *testing.T) {
	tree := fstest.MapFS{"a/b.go": {Data: []byte(`package b
type T[K comparable] struct { F, G int; E; *P[K] }
func (t *T[K]) M() {}
func F() { F() }
type I interface { N() }
const ( A, B = 1, 2 )
var V int
`)}}
	assert.Equal(t, []reference{{"a/b.go", "T.M"}, {"c.go", "x"}}, findReferences("see `a/b.go#T.M`, and c.go#x."))
	resolve := func(r reference, trees ...fs.FS) error {
		_, err := r.sourceIn(trees...)
		return err
	}
	for _, symbol := range []string{"T", "T.F", "T.G", "T.E", "T.P", "T.M", "F", "I", "I.N", "A", "B", "V"} {
		assert.NoError(t, resolve(reference{"a/b.go", symbol}, fstest.MapFS{}, tree), symbol)
	}
	for _, symbol := range []string{"M", "T.N", "t", "I.M", "C", "T.F.G", ""} {
		assert.ErrorContains(t, resolve(reference{"a/b.go", symbol}, fstest.MapFS{}, tree), "a/b.go declares no "+symbol)
	}
	assert.ErrorIs(t, resolve(reference{"b.go", "T"}, tree), fs.ErrNotExist)
	source, err := reference{"a/b.go", "F"}.source(tree)
	assert.NoError(t, err)
	assert.Equal(t, "func F() { F() }", source)
}

func TestBlocks(t *testing.T) {
	repo := fstest.MapFS{"x.go": {Data: []byte("package x\n\nvar X = 1\n")}}
	fill := func(text string) (string, error) {
		first, last := page{dir + "/00-a.md", "# 0. A\n"}, page{dir + "/02-c.md", "# 2. C\n"}
		p := page{dir + "/01-b.md", text}
		return p.filled(repo, []page{first, p, last, {dir + "/README.md", "# All\n"}})
	}
	got, err := fill("# B\n<!-- generated: nav -->\nold\n<!-- end -->\n\n<!-- generated: source x.go#X -->\n<!-- end -->\n")
	require.NoError(t, err)
	assert.Equal(t, "# B\n<!-- generated: nav -->\n[← 0. A](00-a.md) · [2. C →](02-c.md) · [all pages](README.md) · [中文](zh/01-b.md)\n<!-- end -->\n\n"+
		"<!-- generated: source x.go#X -->\n```go\nX = 1\n```\n<!-- end -->\n", got)
	again, err := fill(got)
	require.NoError(t, err)
	assert.Equal(t, got, again)
	for text, fault := range map[string]string{
		"<!-- generated: x -->\n<!-- end -->":             `01-b.md: nothing makes the block "x"`,
		"<!-- generated: source x.go#Y -->\n<!-- end -->": "x.go declares no Y",
		"<!-- generated: nav -->\n":                       "has no beginning or no end",
		"<!-- end -->\n":                                  "has no beginning or no end",
	} {
		_, err := fill(text)
		assert.ErrorContains(t, err, fault)
	}
}
