package config

import "strings"

// Meant says which of the known words was meant, or which there are: "write agent", "write a or b".
func Meant(word string, known []string) string {
	if best := meant(word, known); best != "" {
		return "write " + best
	}
	return "write " + or(known)
}

// meant is the known word that was meant, "" if none is like it.
func meant(word string, known []string) (best string) {
	distance := 3
	for _, k := range known {
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	return best
}

// or is a list of words: a, b or c.
func or(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// edits counts the letters to change, add or drop between two words (Levenshtein).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
