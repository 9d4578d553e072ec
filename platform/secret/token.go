package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// Token returns 256 random bits as 43 characters of base64url. The token is shown
// once, and only its hash is stored.
func Token() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// HashToken returns the SHA-256 of a token, for storage. 256 random bits cannot be
// guessed, so the hash needs neither salt nor work factor (ASVS 11.4.2 is about
// passwords).
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// HexHash returns HashToken as 64 hexadecimal digits.
func HexHash(token string) string { return hex.EncodeToString(HashToken(token)) }
