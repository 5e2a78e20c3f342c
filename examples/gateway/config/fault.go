package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fault is one mistake in a file.
type Fault struct {
	File string `json:"file"`
	Line int    `json:"line"`   // 1 is the first; 0 if the file as a whole is meant
	Path string `json:"path"`   // where in the file: routes[3].retry.budget
	Text string `json:"detail"` // what is wrong, and what to write instead
}

// Error is "gateway.yaml:41: routes[3].retry.budget: 1.5 is not a share: write 0 to 1 …".
func (f Fault) Error() string {
	text := f.Text
	if f.Path != "" {
		text = f.Path + ": " + text
	}
	if f.Line == 0 {
		return f.File + ": " + text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, text)
}

// Faults are all mistakes of a file, in the order of its lines. As an error it is a line for
// each.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Take adds the mistakes in err, those that are not there yet, and returns an error of another
// kind.
func (f *Faults) Take(err error) error {
	var more Faults
	var one Fault
	if errors.As(err, &one) {
		more = Faults{one}
	} else if !errors.As(err, &more) {
		return err
	}
	for _, fault := range more {
		if !slices.Contains(*f, fault) {
			*f = append(*f, fault)
		}
	}
	return nil
}

// Err returns the mistakes as an error, nil without any.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return f
}

// Together are the mistakes in all errs, or the first error of another kind.
func Together(errs ...error) error {
	var all Faults
	for _, err := range errs {
		if err = all.Take(err); err != nil {
			return err
		}
	}
	return all.Err()
}

// report collects the mistakes of a file.
type report struct {
	file     string
	dir      string            // that relative names of files begin at
	files    map[string]string // that were named, with their stamps
	faults   Faults
	missing  int             // of the faults, those of a file that cannot be read
	told     map[string]bool // places of which no more is said
	warnings Faults
}

func (r *report) add(line int, path, format string, args ...any) {
	for at := path; at != ""; at = at[:max(strings.LastIndexAny(at, ".["), 0)] {
		if r.told[at] {
			return
		}
	}
	r.faults = append(r.faults, Fault{File: r.file, Line: line, Path: path, Text: fmt.Sprintf(format, args...)})
}

// warn is add for what can be meant as it is written.
func (r *report) warn(line int, path, format string, args ...any) {
	r.warnings = append(r.warnings, Fault{File: r.file, Line: line, Path: path, Text: fmt.Sprintf(format, args...)})
}

func (r *report) err() error { return r.faults.Err() }
