// Package secret makes and checks what must not be guessed: keys derived from
// the one SECRET_KEY, random tokens, and password hashes.
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

// minMAC is the shortest MAC that Verify looks at, in bytes: 96 bits, as in
// RFC 2104, 5, cannot be tried out over a network.
const minMAC = 12

// ErrSealed is what Open returns for bytes that were not sealed for this
// purpose and context with the current or the previous key.
var ErrSealed = errors.New("secret: not sealed with this key, purpose and context")

// Keys signs and seals with keys of which each serves one purpose alone
// (HKDF-SHA-256, RFC 5869): what is made for one is worth nothing for another.
// New things are made with the current key; those of the previous one are
// still accepted, so that a key can be changed without signing anybody out.
type Keys struct {
	generations []*generation // current first
}

// generation is one SECRET_KEY and what has been derived from it. Purposes are
// constants of the program, so the map stays small.
type generation struct {
	root    []byte
	derived sync.Map // purpose -> []byte
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

// key returns the 32 bytes for the purpose.
func (g *generation) key(purpose string) []byte {
	if key, ok := g.derived.Load(purpose); ok {
		return key.([]byte)
	}
	key, err := hkdf.Key(sha256.New, g.root, []byte("stoa"), purpose, 32)
	if err != nil {
		panic("secret: " + err.Error()) // for 32 bytes there is no such case
	}
	g.derived.Store(purpose, key)
	return key
}

func (g *generation) sign(purpose string, parts [][]byte) []byte {
	mac := hmac.New(sha256.New, g.key("sign "+purpose))
	var size [8]byte
	for _, part := range parts {
		// With its length in front, no part can lend bytes to the next.
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		mac.Write(size[:])
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// Sign returns the HMAC-SHA-256 of the parts for the purpose, 32 bytes, by the
// current key.
func (k *Keys) Sign(purpose string, parts ...[]byte) []byte {
	return k.generations[0].sign(purpose, parts)
}

// SignAll returns what Sign returns and returned before the key was changed:
// the current one first.
func (k *Keys) SignAll(purpose string, parts ...[]byte) [][]byte {
	macs := make([][]byte, len(k.generations))
	for i, g := range k.generations {
		macs[i] = g.sign(purpose, parts)
	}
	return macs
}

// Verify reports whether mac, or the 12 or more first bytes of it, was made by
// Sign for the purpose and the parts. How long it takes tells nothing of where
// a wrong one differs.
func (k *Keys) Verify(purpose string, mac []byte, parts ...[]byte) bool {
	if len(mac) < minMAC || len(mac) > sha256.Size {
		return false
	}
	right := false
	for _, want := range k.SignAll(purpose, parts...) {
		right = hmac.Equal(mac, want[:len(mac)]) || right
	}
	return right
}

// Seal encrypts plain for the purpose with AES-256-GCM and a random nonce.
// aad, the context, is not in the result; Open wants the same. One key must
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

// Open returns what was sealed for the purpose and context, else ErrSealed.
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
	block, err := aes.NewCipher(g.key("seal " + purpose))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
