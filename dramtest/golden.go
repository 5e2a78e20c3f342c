package dramtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This file compares answers with files that are kept beside the tests.

var update = flag.Bool("dramtest.update", false, "write the golden files of dramtest anew; so does the environment variable DRAMTEST_UPDATE=1")

func updating() bool { return *update || os.Getenv("DRAMTEST_UPDATE") == "1" }

// Golden fails the test unless the body is what the file has. With -dramtest.update, or DRAMTEST_UPDATE=1, the file is written instead.
//
// JSON is compared as by JSON with Exact, and written with indents: "…" in the file fits any value, and stays when the file
// is written anew. What else changes from run to run is found by the expressions: a match in the body is "…" as well. In JSON
// they see each string, number, true and false alone, a string without its quotes; names are left as they are, and of what is not a string
// a match takes all.
func (res *Response) Golden(file string, changing ...string) *Response {
	res.t.Helper()
	got := res.Text()
	patterns := make([]*regexp.Regexp, len(changing))
	for i, expression := range changing {
		pattern, err := regexp.Compile(expression)
		if err != nil {
			res.t.Fatalf("dramtest: Golden: %v", err)
		}
		patterns[i] = pattern
	}
	wanted, err := os.ReadFile(file)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !(isNew && updating()) {
		res.fatal("Golden: %v: run the test once with -dramtest.update", err)
	}
	value, notJSON := parseJSON([]byte(got))
	if notJSON == nil {
		known, _ := parseJSON(wanted) // nil, which keeps nothing, if it is not
		value = withoutChanging(value, patterns)
		got = indented(keepAnything(known, value))
	} else {
		got = replaced(got, patterns)
	}
	switch {
	case updating():
		res.write(file, got)
	case notJSON == nil:
		known, err := parseJSON(wanted)
		if err != nil {
			res.fatal("Golden: %s is not JSON: %v", file, err)
		}
		if faults := compare("", known, value, true); len(faults) > 0 {
			res.fatal("the JSON differs from %s\n\t%s", file, strings.Join(faults, "\n\t"))
		}
	case got != string(wanted):
		res.fatal("the body differs from %s%s", file, firstDifference(string(wanted), got))
	}
	return res
}

func (res *Response) write(file, text string) {
	res.t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o777)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o666)
	}
	if err != nil {
		res.t.Fatalf("dramtest: Golden: %v", err)
	}
	res.t.Logf("dramtest: %s was written", file)
}

// replaced puts "…" in place of what the patterns match.
func replaced(text string, patterns []*regexp.Regexp) string {
	for _, pattern := range patterns {
		text = pattern.ReplaceAllLiteralString(text, anything)
	}
	return text
}

// withoutChanging does so in the values of JSON, which stays JSON.
func withoutChanging(value any, patterns []*regexp.Regexp) any {
	switch value := value.(type) {
	case map[string]any:
		for name := range value {
			value[name] = withoutChanging(value[name], patterns)
		}
	case []any:
		for i := range value {
			value[i] = withoutChanging(value[i], patterns)
		}
	case string:
		return replaced(value, patterns)
	case json.Number, bool:
		if text := fmt.Sprint(value); replaced(text, patterns) != text {
			return anything
		}
	}
	return value
}

// keepAnything returns a value with "…" wherever the known one has it.
func keepAnything(known, value any) any {
	if known == anything {
		return anything
	}
	switch value := value.(type) {
	case map[string]any:
		known, _ := known.(map[string]any)
		for name := range value {
			value[name] = keepAnything(known[name], value[name])
		}
	case []any:
		known, _ := known.([]any)
		for i := range min(len(known), len(value)) {
			value[i] = keepAnything(known[i], value[i])
		}
		if last := len(known) - 1; last >= 0 && known[last] == anything && len(value) >= last && len(value) != len(known) {
			return append(value[:last:last], anything) // any further ones
		}
	}
	return value
}

// indented is JSON as it stands in a file.
func indented(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err.Error() // of a value that was decoded: it does not happen
	}
	return out.String()
}

// firstDifference shows the first line that differs.
func firstDifference(want, got string) string {
	wanted, lines := slices.Collect(strings.Lines(want)), slices.Collect(strings.Lines(got))
	for i := range max(len(wanted), len(lines)) {
		line := func(of []string) string {
			if i < len(of) {
				return strings.TrimRight(of[i], "\n")
			}
			return "(the end)"
		}
		if line(wanted) != line(lines) {
			return " at line " + strconv.Itoa(i+1) + "\n\tgot  " + line(lines) + "\n\twant " + line(wanted)
		}
	}
	return " at its end"
}
