package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
)

// digest is the SHA-256 of a key: who reads the file does not learn the keys, and how long it
// takes to look one up says nothing of them.
type digest = [sha256.Size]byte

// owner is whose a key is.
type owner struct {
	name   string
	scopes []string
	line   int
}

// Keys are API keys, of the text of their file. The error is a config.Fault.
func Keys(name string, at config.At, cfg *config.Keys, text []byte) (*Way, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, at.Fault("keys.file", "%s: %v", cfg.File, err)
	}
	know := func(c *dram.Context) (string, []string, error) {
		switch shown := c.Request.Header.Values(cfg.Header); len(shown) {
		case 0:
			return "", nil, errNothing
		case 1:
			if o, ok := keys[sha256.Sum256([]byte(shown[0]))]; ok {
				return o.name, o.scopes, nil
			}
		}
		return "", nil, &refused{why: "the key is not known"}
	}
	return &Way{Name: name, Challenge: `ApiKey header="` + cfg.Header + `"`, know: know}, nil
}

// parseKeys reads lines of "user sha256-of-the-key scope,scope"; those that begin with # are
// comments.
func parseKeys(text []byte) (map[digest]owner, error) {
	keys := make(map[digest]owner)
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) > 3 || len(fields) < 2 {
			return nil, fmt.Errorf("line %d has %d words: write a user, the SHA-256 of a key, and scopes with commas", n, len(fields))
		}
		sum, err := hex.DecodeString(fields[1])
		if err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("line %d: the second word is not a SHA-256: write the 64 digits of printf %%s KEY | sha256sum", n)
		}
		o := owner{name: fields[0], line: n}
		if len(fields) == 3 {
			o.scopes = strings.FieldsFunc(fields[2], func(r rune) bool { return r == ',' })
		}
		if before, twice := keys[digest(sum)]; twice {
			return nil, fmt.Errorf("line %d has the key of line %d: give each user a key", n, before.line)
		}
		keys[digest(sum)] = o
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no keys, so nobody could come in: write a line with one")
	}
	return keys, nil
}
