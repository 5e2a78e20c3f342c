package report

import (
	"fmt"
	"os"
	"strings"
)

// Fill puts each section between its markers in a page:
//
//	<!-- benchmarks:NAME -->
//	…
//	<!-- /benchmarks:NAME -->
//
// Sections for which a page has no markers are left out.
func Fill(page string, sections map[string]string) (string, error) {
	for name, text := range sections {
		begin, end := "<!-- benchmarks:"+name+" -->", "<!-- /benchmarks:"+name+" -->"
		before, rest, found := strings.Cut(page, begin)
		if !found {
			continue
		}
		_, after, found := strings.Cut(rest, end)
		if !found {
			return "", fmt.Errorf("the marker %s has no %s behind it", begin, end)
		}
		page = before + begin + "\n\n" + strings.TrimSpace(text) + "\n\n" + end + after
	}
	return page, nil
}

// FillFile is Fill for a file; one that is not there is left out.
func FillFile(path string, sections map[string]string) error {
	page, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	filled, err := Fill(string(page), sections)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(filled), 0o644)
}
