package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// MaxFile is how large a file may be.
const MaxFile = 4 << 20

// Load reads a file. Its error is of the system, or Faults: every mistake at once.
func Load(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	return Parse(name, text)
}

// Parse is Load for a text that is at hand; name is what its mistakes are told of, and where
// relative names of files begin. With Faults, the File has only the names of Files, unless all of them
// are that such a file cannot be read.
func Parse(name string, text []byte) (*File, error) {
	r := &report{file: filepath.Base(name), dir: filepath.Dir(name), files: make(map[string]string)}
	if len(text) > MaxFile {
		r.add(0, "", "it is larger than %d MiB: write less", MaxFile>>20)
		return new(File), r.err()
	}
	root, err := document(text)
	if err != nil {
		line, why := syntax(err, text)
		r.add(line, "", "%s", why)
		return new(File), r.err()
	}
	file := &File{dir: r.dir}
	d := &decoder{report: r}
	d.decode(root, reflect.ValueOf(file).Elem(), "", "")
	if !d.broken {
		r.told = make(map[string]bool) // what follows of the mistakes up to here is none
		for _, fault := range r.faults {
			r.told[fault.Path] = true
		}
		(&checker{report: r, file: file}).all()
	}
	file.Files, file.Warnings = r.files, r.warnings
	if len(r.faults) > r.missing {
		return &File{Files: r.files}, r.err()
	}
	return file, r.err()
}

// document is the one document of a text.
func document(text []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	in := yaml.NewDecoder(bytes.NewReader(text))
	if err := in.Decode(&doc); err == io.EOF || err == nil && len(doc.Content) == 0 {
		return nil, errors.New("the file is empty: write upstreams and routes")
	} else if err != nil {
		return nil, err
	}
	if in.Decode(&more) != io.EOF {
		return nil, errors.New("there is a second document (---): write one file for each gateway")
	}
	return doc.Content[0], nil
}

var (
	yamlError     = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	unknownAnchor = regexp.MustCompile(`^yaml: unknown anchor '(.*)' referenced$`)
	noText        = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\x{fffd}`) // so is what is not UTF-8
)

// syntax is what is wrong with a text that is not YAML.
func syntax(err error, text []byte) (line int, why string) {
	lineOf := func(i int) int { return bytes.Count(text[:max(i, 0)], []byte("\n")) + 1 }
	if m := unknownAnchor.FindStringSubmatch(err.Error()); m != nil {
		return lineOf(bytes.Index(text, []byte("*"+m[1]))), "it names what is nowhere defined: a text that begins with * stands in quotes"
	}
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, err.Error()
	}
	if line, _ = strconv.Atoi(m[1]); line == 0 { // the first, or that of bytes that are not text
		at := noText.FindIndex(text)
		line = lineOf(slices.Max(append(at, 0)))
	}
	return line, "it is not YAML: " + m[2]
}

// Stamp changes when a file does, or the one that a link leads to.
func Stamp(name string) string {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return ""
	}
	info, err := os.Stat(target)
	if err != nil {
		return ""
	}
	return fmt.Sprint(target, info.Size(), info.ModTime().UnixNano())
}

// Name is the path of a file that this one names.
func (f *File) Name(name string) string { return within(f.dir, name) }

func within(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}
