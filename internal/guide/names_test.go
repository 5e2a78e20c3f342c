package main

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file looks for what pages name in backquotes, or in a map that is drawn by hand, without
// saying in which file it is: files, directories, tests, and names of Go.

var (
	backquoted = regexp.MustCompile("`([^`\n]+)`")
	aPath      = regexp.MustCompile(`^[\w.*-]+(?:/[\w.*-]*)+$|^[\w*-]+\.(?:go|md)$`)
	aName      = regexp.MustCompile(`^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$`)
	aTest      = regexp.MustCompile(`^(?:Test|Benchmark|Example|Fuzz)[A-Z]\w*$`)
	inMaps     = regexp.MustCompile(`[\w/*]+\.go\b|\b(?:router|render|binding)/`)
)

// theirs are names that are neither this repository's nor found in its Go: Gin's, Go's own,
// those of WSGI and of systems, and what is in examples of paths.
var theirs = strings.Fields(`
	calculateAbsolutePath cleanPath findCaseInsensitivePath incrementChildPrio indices mapForm
	rebuild404Handlers rebuild405Handlers redirectFixedPath redirectTrailingSlash resolveAddress
	serveError skippedNodes
	serverHandler.ServeHTTP http.ResponseController
	wsgiref socketserver TCPServer.server_bind server_activate TCPServer.get_request
	BaseServer.serve_forever process_request ThreadingMixIn ForkingMixIn
	BaseHTTPRequestHandler.parse_request WSGIRequestHandler.get_environ
	setsockopt strace PORT users/ sers type/*
`)

// byHand is a page without what is generated.
func byHand(p page) string { return block.ReplaceAllString(p.text, "") }

// goNames are the names of the Go in this repository, and those of its tests' functions.
func goNames(t *testing.T) (names, tests map[string]bool) {
	names, tests = map[string]bool{}, map[string]bool{}
	collect := func(name, text string) error {
		var s scanner.Scanner
		file := token.NewFileSet().AddFile(name, -1, len(text))
		s.Init(file, []byte(text), nil, 0)
		isFunc := false
		for {
			_, tok, lit := s.Scan()
			switch {
			case tok == token.EOF:
				return nil
			case tok == token.IDENT && strings.HasSuffix(name, "_test.go"):
				if isFunc {
					tests[lit] = true
				}
			case tok == token.IDENT:
				names[lit] = true
			}
			isFunc = tok == token.FUNC
		}
	}
	require.NoError(t, walkSource(repo, func(name, text string) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		return collect(name, text)
	}))
	return names, tests
}

// isThere reports whether a file or a directory is in this repository, or in Go's own source.
func isThere(name string) bool {
	for _, tree := range []fs.FS{repo, goSource()} {
		found, err := fs.Glob(tree, strings.TrimSuffix(name, "/"))
		if err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

func TestEveryNameIsThere(t *testing.T) {
	needsGoSource(t)
	names, tests := goNames(t)
	for _, p := range guide(t) {
		for _, found := range backquoted.FindAllStringSubmatch(fences.ReplaceAllString(byHand(p), ""), -1) {
			switch name := found[1]; {
			case strings.Contains(name, "#") || slices.Contains(theirs, name) || token.IsKeyword(name):
			case aTest.MatchString(name):
				assert.Contains(t, tests, name, p.name)
			case isThere(name):
			case aPath.MatchString(name):
				t.Errorf("%s: there is no %s", p.name, name)
			case aName.MatchString(name):
				for _, part := range strings.Split(name, ".") {
					if !names[part] {
						t.Errorf("%s: nothing is called %s (%s)", p.name, part, name)
					}
				}
			}
		}
		drawn := ""
		for _, fence := range fences.FindAllStringSubmatch(byHand(p), -1) {
			if fence[1] == "text" {
				drawn += fence[0]
			}
		}
		if p.isIndex() {
			drawn = p.text // its table has a column of files
		}
		for _, name := range inMaps.FindAllString(drawn, -1) {
			assert.True(t, isThere(name), "%s: there is no %s", p.name, name)
		}
	}
}
