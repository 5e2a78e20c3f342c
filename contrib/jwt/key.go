package jwt

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"strings"
)

// This file checks that a key fits its algorithm (RFC 7518 section 3): a key of
// another kind is refused when the layer is made, not when a token arrives.

// minRSABits is the size of the shortest RSA key that may be used (RFC 7518
// section 3.3).
const minRSABits = 2048

// keyFault returns what is wrong with a key for an algorithm; "" if nothing is.
func keyFault(algorithm string, key any) string {
	switch algorithm[:2] {
	case "HS":
		secret, ok := key.([]byte)
		switch {
		case !ok:
			return algorithm + " wants a []byte"
		case strings.HasPrefix(strings.TrimSpace(string(secret)), "-----BEGIN"):
			return "is a PEM file, which is not a secret; for a public key write the algorithm that it belongs to, such as RS256"
		case len(secret) < sizeOf(algorithm)/8:
			return "is too short to be a secret (RFC 7518 section 3.2); write as many random bytes as the hash has: 32 for HS256, 48 for HS384, 64 for HS512"
		}
	case "RS", "PS":
		public, ok := key.(*rsa.PublicKey)
		if !ok || public == nil || public.N == nil || public.N.BitLen() < minRSABits {
			return algorithm + " wants a *rsa.PublicKey of 2048 bits at least"
		}
	case "ES":
		public, ok := key.(*ecdsa.PublicKey)
		if !ok || public == nil || public.Curve == nil || public.Curve.Params().BitSize != sizeOf(algorithm) {
			return algorithm + " wants a *ecdsa.PublicKey of its own curve: P-256 for ES256, P-384 for ES384, P-521 for ES512"
		}
	case "Ed":
		if public, ok := key.(ed25519.PublicKey); !ok || len(public) != ed25519.PublicKeySize {
			return algorithm + " wants an ed25519.PublicKey"
		}
	}
	return ""
}

// sizeOf returns the size of the hash (HS) or curve (ES) of an algorithm, in
// bits.
func sizeOf(algorithm string) int {
	switch algorithm {
	case "HS256", "ES256":
		return 256
	case "HS384", "ES384":
		return 384
	case "ES512":
		return 521
	}
	return 512
}
