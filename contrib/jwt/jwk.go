package jwt

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// This file reads public keys from a JWK set (RFC 7517; the parameters are those
// of RFC 7518 section 6 and RFC 8037).

// publicKey is a key for verification.
type publicKey struct {
	id        string
	algorithm string // "" is any that the key fits
	key       any
}

// jwk is one key as it is published.
type jwk struct {
	Kty string   `json:"kty"`
	Kid string   `json:"kid"`
	Use string   `json:"use"`
	Ops []string `json:"key_ops"`
	Alg string   `json:"alg"`
	Crv string   `json:"crv"`
	N   string   `json:"n"`
	E   string   `json:"e"`
	X   string   `json:"x"`
	Y   string   `json:"y"`
}

// parseSet reads a set. Keys of other types, for other uses, and invalid ones
// are ignored, as RFC 7517 section 5 recommends; a set without any other is an
// error.
func parseSet(data []byte) ([]publicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("the set is not a JSON object with keys: %w", err)
	}
	if len(set.Keys) > maxSetKeys {
		return nil, fmt.Errorf("the set has %d keys, more than %d", len(set.Keys), maxSetKeys)
	}
	var keys []publicKey
	for _, text := range set.Keys {
		var k jwk
		if json.Unmarshal(text, &k) != nil || !k.verifies() {
			continue
		}
		if key, err := k.public(); err == nil {
			keys = append(keys, publicKey{k.Kid, k.Alg, key})
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the set has no key that can be used")
	}
	return keys, nil
}

// verifies reports whether the key is meant for signatures (RFC 7517 sections 4.2 and
// 4.3).
func (k jwk) verifies() bool {
	return (k.Use == "" || k.Use == "sig") && (k.Ops == nil || slices.Contains(k.Ops, "verify"))
}

// find returns the key with this id that fits the algorithm. For a token
// without an id it returns a key only if it is the only one that fits.
func find(keys []publicKey, id, algorithm string) any {
	var found any
	for _, k := range keys {
		if k.algorithm != "" && k.algorithm != algorithm || keyFault(algorithm, k.key) != "" || id != "" && k.id != id {
			continue
		}
		if id != "" {
			return k.key
		}
		if found != nil {
			return nil
		}
		found = k.key
	}
	return found
}

var errKind = errors.New("a key of another kind")

// public returns the public key.
func (k jwk) public() (any, error) {
	switch k.Kty {
	case "RSA":
		return k.rsa()
	case "EC":
		return k.ecdsa()
	case "OKP":
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || k.Crv != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return nil, errKind
		}
		return ed25519.PublicKey(x), nil
	}
	return nil, errKind
}

// maxRSABytes is the size of the longest modulus that is accepted: verifying
// with a longer one would take too much time.
const maxRSABytes = 16384 / 8

func (k jwk) rsa() (*rsa.PublicKey, error) {
	n, err := base64.RawURLEncoding.DecodeString(k.N)
	if err != nil || len(n) > maxRSABytes {
		return nil, errKind
	}
	e, err := base64.RawURLEncoding.DecodeString(k.E)
	if err != nil || len(e) == 0 || len(e) > 4 {
		return nil, errKind
	}
	exponent := new(big.Int).SetBytes(e).Int64()
	if exponent < 3 || exponent > 1<<31-1 || exponent%2 == 0 {
		return nil, errKind
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent)}, nil
}

func (k jwk) ecdsa() (*ecdsa.PublicKey, error) {
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Crv]
	if curve == nil {
		return nil, errKind
	}
	size := (curve.Params().BitSize + 7) / 8
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if errX != nil || errY != nil || len(x) != size || len(y) != size {
		return nil, errKind
	}
	point := append(append([]byte{4}, x...), y...) // SEC 1 section 2.3.3
	return ecdsa.ParseUncompressedPublicKey(curve, point)
}
