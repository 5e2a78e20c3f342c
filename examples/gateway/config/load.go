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
// relative names of files begin.
func Parse(name string, text []byte) (*File, error) {
	r := &report{file: filepath.Base(name), dir: filepath.Dir(name)}
	if len(text) > MaxFile {
		r.add(0, "", "it is larger than %d MiB: write less", MaxFile>>20)
		return nil, r.err()
	}
	root, err := document(text)
	if err != nil {
		line, why := syntax(err)
		r.add(line, "", "%s", why)
		return nil, r.err()
	}
	file := &File{dir: r.dir}
	d := &decoder{report: r}
	d.decode(root, reflect.ValueOf(file).Elem(), "", "")
	(&checker{report: r, file: file}).all()
	file.Files, file.Warnings = append(r.files, filepath.Base(name)), r.warnings
	if err := r.err(); err != nil {
		return nil, err
	}
	return file, nil
}

// document is the one document of a text.
func document(text []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	in := yaml.NewDecoder(bytes.NewReader(text))
	if err := in.Decode(&doc); err == io.EOF || err == nil && len(doc.Content) == 0 {
		return nil, errors.New("yaml: the file is empty: write upstreams and routes")
	} else if err != nil {
		return nil, err
	}
	if in.Decode(&more) != io.EOF {
		return nil, errors.New("yaml: there is a second document (---): write one file for each gateway")
	}
	return doc.Content[0], nil
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax is what is wrong with a text that is not YAML.
func syntax(err error) (line int, why string) {
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, fmt.Sprintf("it is not YAML: %v", err)
	}
	line, _ = strconv.Atoi(m[1])
	if line > 0 {
		return line, "it is not YAML: " + m[2]
	}
	return 0, m[2]
}

// Name is the path of a file that this one names.
func (f *File) Name(name string) string { return within(f.dir, name) }

func within(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}
