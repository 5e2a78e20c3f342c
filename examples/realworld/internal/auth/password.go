// Package auth turns passwords into hashes and users into tokens.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/crypto/argon2"
)

// Cost says how much work one argon2id hash is.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultCost is OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
var DefaultCost = Cost{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1}

const (
	saltLen = 16
	keyLen  = 32
)

// ErrMismatch says that a password is not the one that was hashed.
var ErrMismatch = errors.New("auth: password does not match")

// Hasher hashes passwords with argon2id, in the PHC string format, which carries its
// salt and cost: raising the cost later leaves old hashes valid. It lets only as many
// run at once as there are CPUs, so that a flood of logins cannot eat the memory.
// It is safe for concurrent use.
type Hasher struct {
	cost  Cost
	slots chan struct{}
	decoy string
}

// NewHasher returns a Hasher of the given cost.
func NewHasher(cost Cost) *Hasher {
	h := &Hasher{cost: cost, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	h.decoy = encode(cost, make([]byte, saltLen), make([]byte, keyLen))
	return h
}

// Hash returns the PHC string of the password. It fails only when ctx ends while it waits its turn.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails, says crypto/rand
	key, err := h.key(ctx, h.cost, password, salt)
	if err != nil {
		return "", err
	}
	return encode(h.cost, salt, key), nil
}

// Verify returns nil when password is the one that was hashed, and ErrMismatch otherwise.
// An empty hash (there is no such user) costs the same time and never matches, so that
// the time of an answer does not tell which e-mail addresses are known.
func (h *Hasher) Verify(ctx context.Context, hash, password string) error {
	known := hash != ""
	if !known {
		hash = h.decoy
	}
	cost, salt, want, err := decode(hash)
	if err != nil {
		return err
	}
	got, err := h.key(ctx, cost, password, salt)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(got, want) == 0 || !known {
		return ErrMismatch
	}
	return nil
}

func (h *Hasher) key(ctx context.Context, cost Cost, password string, salt []byte) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, cost.Passes, cost.MemoryKiB, cost.Lanes, keyLen), nil
}

func encode(cost Cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, cost.MemoryKiB, cost.Passes, cost.Lanes, b64(salt), b64(key))
}

func decode(hash string) (cost Cost, salt, key []byte, err error) {
	var version int
	var rest string
	if _, err := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &cost.MemoryKiB, &cost.Passes, &cost.Lanes, &rest); err != nil {
		return cost, nil, nil, fmt.Errorf("auth: stored hash is not an argon2id PHC string: %w", err)
	}
	if version != argon2.Version {
		return cost, nil, nil, fmt.Errorf("auth: stored hash has argon2 version %d, want %d", version, argon2.Version)
	}
	for i := range rest {
		if rest[i] != '$' {
			continue
		}
		salt, err = base64.RawStdEncoding.DecodeString(rest[:i])
		if err == nil {
			key, err = base64.RawStdEncoding.DecodeString(rest[i+1:])
		}
		if err != nil {
			return cost, nil, nil, fmt.Errorf("auth: stored hash: %w", err)
		}
		return cost, salt, key, nil
	}
	return cost, nil, nil, errors.New("auth: stored hash has no key")
}
