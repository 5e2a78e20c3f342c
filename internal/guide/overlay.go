package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// This file runs programs of testdata that see more of dram than others do: they are compiled
// with files in the place of, or beside, those of the repository, which nobody else sees.

// runWith runs a program with such files, by their names in the repository. It is given the
// question, and its output is read into the answer, both as JSON.
func runWith(files map[string]string, program string, question, answer any) error {
	asked, err := json.Marshal(question)
	if err != nil {
		return err
	}
	text, err := goWith(files, asked, "run", program)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), answer)
}

// goWith runs a command of go for a package with such files.
func goWith(files map[string]string, input []byte, command, pkg string) (string, error) {
	dir, err := os.MkdirTemp("", "guide")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	replace := map[string]string{}
	for name, text := range files {
		file := filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		replace[filepath.Join(rootDir(), filepath.FromSlash(name))] = file
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, overlay, 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command("go", command, "-overlay", name, pkg)
	cmd.Dir = rootDir()
	return output(cmd, input)
}

// output runs a command and returns what it prints; the error has what it says besides.
func output(cmd *exec.Cmd, input []byte) (string, error) {
	var errors bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &errors
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, &errors)
	}
	return string(out), nil
}
