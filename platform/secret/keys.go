// Package secret makes and checks unguessable values: keys derived from SECRET_KEY,
// random tokens, and password hashes.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
)

// minMAC is the shortest MAC that Verify accepts, in bytes. 96 bits cannot be guessed
// over a network (RFC 2104, 5, recommends at least 80).
const minMAC = 12

// ErrSealed is returned by Open for bytes that were not sealed for this purpose and
// context with the current or the previous key.
var ErrSealed = errors.New("secret: not sealed with this key, purpose and context")

// Keys signs and seals with a key for each purpose (HKDF-SHA-256, RFC 5869): a
// value made for one purpose is invalid for every other. The current SECRET_KEY
// makes new values. Values of the previous one are still accepted, so that
// SECRET_KEY can be changed without ending sessions.
type Keys struct {
	generations []*generation // current first
}

// generation is one SECRET_KEY and what is derived from it. Purposes are constants of
// the program, so the maps stay small.
type generation struct {
	root    []byte
	derived sync.Map // purpose -> []byte
	ciphers sync.Map // purpose -> cipher.AEAD
}

// KeysConfig has the values of SECRET_KEY that Keys derives keys from. Each has
// 32 bytes or more of randomness.
type KeysConfig struct {
	Current  []byte
	Previous []byte // while SECRET_KEY is rotated; else empty
}

// NewKeys returns keys derived from the configuration.
func NewKeys(c KeysConfig) *Keys {
	k := &Keys{generations: []*generation{{root: c.Current}}}
	if len(c.Previous) > 0 {
		k.generations = append(k.generations, &generation{root: c.Previous})
	}
	return k
}

// key returns the key of 32 bytes for the purpose.
func (g *generation) key(purpose string) []byte {
	if key, ok := g.derived.Load(purpose); ok {
		return key.([]byte)
	}
	key, err := hkdf.Key(sha256.New, g.root, []byte("stoa"), purpose, 32)
	if err != nil {
		panic("secret: " + err.Error()) // impossible for 32 bytes
	}
	g.derived.Store(purpose, key)
	return key
}

func (g *generation) sign(purpose string, parts [][]byte) []byte {
	mac := hmac.New(sha256.New, g.key("sign "+purpose))
	var size [8]byte
	for _, part := range parts {
		// Without the length of each part, ("ab", "c") and ("a", "bc") would have the
		// same MAC.
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		mac.Write(size[:])
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// Sign returns the HMAC-SHA-256 of the parts for the purpose, 32 bytes, with the
// current SECRET_KEY.
func (k *Keys) Sign(purpose string, parts ...[]byte) []byte {
	return k.generations[0].sign(purpose, parts)
}

// SignAll returns the MACs of Sign with the current SECRET_KEY and, after it, with
// the previous one.
func (k *Keys) SignAll(purpose string, parts ...[]byte) [][]byte {
	macs := make([][]byte, len(k.generations))
	for i, g := range k.generations {
		macs[i] = g.sign(purpose, parts)
	}
	return macs
}

// Verify reports whether mac is the MAC of Sign for the purpose and the parts, or at
// least its first 12 bytes. It compares in constant time.
func (k *Keys) Verify(purpose string, mac []byte, parts ...[]byte) bool {
	if len(mac) < minMAC || len(mac) > sha256.Size {
		return false
	}
	valid := false
	for _, want := range k.SignAll(purpose, parts...) {
		valid = hmac.Equal(mac, want[:len(mac)]) || valid
	}
	return valid
}

// Seal encrypts plain for the purpose with AES-256-GCM and a random nonce. The
// result does not contain aad, the context; Open needs the same aad. One key must
// not seal more than 2^32 times (NIST SP 800-38D, 8.3).
func (k *Keys) Seal(purpose string, plain, aad []byte) ([]byte, error) {
	aead, err := k.generations[0].aead(purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, aad), nil
}

// Open decrypts bytes that were sealed for the purpose and context, or returns
// ErrSealed.
func (k *Keys) Open(purpose string, sealed, aad []byte) ([]byte, error) {
	for _, g := range k.generations {
		aead, err := g.aead(purpose)
		if err != nil {
			return nil, err
		}
		if len(sealed) < aead.NonceSize() {
			break
		}
		nonce, text := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
		if plain, err := aead.Open(nil, nonce, text, aad); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}

func (g *generation) aead(purpose string) (cipher.AEAD, error) {
	if aead, ok := g.ciphers.Load(purpose); ok {
		return aead.(cipher.AEAD), nil
	}
	block, err := aes.NewCipher(g.key("seal " + purpose))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err == nil {
		g.ciphers.Store(purpose, aead)
	}
	return aead, err
}
