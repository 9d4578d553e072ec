package secret_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"stoa/platform/secret"
)

var (
	first  = bytes.Repeat([]byte{1}, 32)
	second = bytes.Repeat([]byte{2}, 32)
)

func newKeys(current, previous []byte) *secret.Keys {
	return secret.NewKeys(secret.KeysConfig{Current: current, Previous: previous})
}

func TestVerify(t *testing.T) {
	k := newKeys(first, nil)
	mac := k.Sign("csrf", []byte("ab"), []byte("c"))
	if len(mac) != 32 || !k.Verify("csrf", mac, []byte("ab"), []byte("c")) {
		t.Fatalf("Verify(Sign()) of %d bytes = false, want true", len(mac))
	}
	if !k.Verify("csrf", mac[:12], []byte("ab"), []byte("c")) {
		t.Error("Verify of the first 12 bytes = false, want true")
	}
	for name, ok := range map[string]bool{
		"other purpose":   k.Verify("device", mac, []byte("ab"), []byte("c")),
		"shifted parts":   k.Verify("csrf", mac, []byte("a"), []byte("bc")),
		"joined parts":    k.Verify("csrf", mac, []byte("abc")),
		"part missing":    k.Verify("csrf", mac, []byte("ab")),
		"empty part more": k.Verify("csrf", mac, []byte("ab"), []byte("c"), nil),
		"11 bytes":        k.Verify("csrf", mac[:11], []byte("ab"), []byte("c")),
		"nothing":         k.Verify("csrf", nil, []byte("ab"), []byte("c")),
		"33 bytes":        k.Verify("csrf", append(bytes.Clone(mac), 0), []byte("ab"), []byte("c")),
		"another key":     newKeys(second, nil).Verify("csrf", mac, []byte("ab"), []byte("c")),
		"no previous key": newKeys(second, []byte{}).Verify("csrf", newKeys(nil, nil).Sign("csrf", []byte("ab"), []byte("c")), []byte("ab"), []byte("c")),
	} {
		if ok {
			t.Errorf("Verify with %s = true, want false", name)
		}
	}
}

func TestVerify_ChangedByte(t *testing.T) {
	k := newKeys(first, second)
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SliceOf(rapid.Byte()).Draw(t, "part")
		mac := k.Sign("x", part)
		mac[rapid.IntRange(0, 31).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "by")
		if k.Verify("x", mac, part) {
			t.Fatal("Verify of a changed mac = true, want false")
		}
	})
}

// SECRET_KEY changes from first to second. Values made with first are valid during
// the rotation; those made with second also after it.
func TestKeys_Rotation(t *testing.T) {
	before, during, after := newKeys(first, nil), newKeys(second, first), newKeys(second, nil)
	part := []byte("session")
	old, fresh := before.Sign("csrf", part), during.Sign("csrf", part)
	if bytes.Equal(old, fresh) {
		t.Fatal("Sign returned the same MAC with another key")
	}
	if !during.Verify("csrf", old, part) || !during.Verify("csrf", fresh, part) {
		t.Error("Verify while the key is rotated = false, want true for both")
	}
	if after.Verify("csrf", old, part) || !after.Verify("csrf", fresh, part) {
		t.Error("Verify after the rotation: want true for the new MAC only")
	}
	if all := during.SignAll("csrf", part); len(all) != 2 || !bytes.Equal(all[0], fresh) || !bytes.Equal(all[1], old) {
		t.Errorf("SignAll = %x, want the current and the previous", all)
	}
	if all := after.SignAll("csrf", part); len(all) != 1 {
		t.Errorf("SignAll with one key = %x, want one", all)
	}
}

func TestOpen(t *testing.T) {
	k := newKeys(first, nil)
	sealed := seal(t, k, "plain", "kid-1")
	if plain, err := k.Open("signing", sealed, []byte("kid-1")); err != nil || string(plain) != "plain" {
		t.Fatalf("Open(Seal(plain)) = %q, %v", plain, err)
	}
	if plain, err := newKeys(second, first).Open("signing", sealed, []byte("kid-1")); err != nil || string(plain) != "plain" {
		t.Errorf("Open with the previous key = %q, %v", plain, err)
	}
	if bytes.Contains(sealed, []byte("plain")) || bytes.Equal(sealed, seal(t, k, "plain", "kid-1")) {
		t.Error("Seal returned the plain text, or the same bytes twice")
	}
}

func TestOpen_Refused(t *testing.T) {
	k := newKeys(first, second)
	sealed := seal(t, k, "plain", "kid-1")
	for name, c := range map[string]struct {
		keys         *secret.Keys
		purpose, aad string
		sealed       []byte
	}{
		"other purpose": {k, "other", "kid-1", sealed},
		"other context": {k, "signing", "kid-2", sealed},
		"other key":     {newKeys(second, nil), "signing", "kid-1", sealed},
		"cut":           {k, "signing", "kid-1", sealed[:len(sealed)-1]},
		"nonce alone":   {k, "signing", "kid-1", sealed[:12]},
		"too short":     {k, "signing", "kid-1", sealed[:5]},
		"nothing":       {k, "signing", "kid-1", nil},
	} {
		if plain, err := c.keys.Open(c.purpose, c.sealed, []byte(c.aad)); !errors.Is(err, secret.ErrSealed) || plain != nil {
			t.Errorf("Open with %s = %q, %v, want ErrSealed", name, plain, err)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := k.Open("signing", changed, []byte("kid-1")); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("Open with byte %d changed = %v, want ErrSealed", i, err)
		}
	}
}

func seal(t *testing.T, k *secret.Keys, plain, aad string) []byte {
	t.Helper()
	sealed, err := k.Seal("signing", []byte(plain), []byte(aad))
	if err != nil {
		t.Fatalf("Seal = %v", err)
	}
	return sealed
}

func TestToken(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token := secret.Token()
		if len(token) != 43 || seen[token] {
			t.Fatalf("Token() = %q, want 43 new characters", token)
		}
		seen[token] = true
	}
}

func TestHashToken(t *testing.T) {
	// The example of FIPS 180-2, B.1.
	want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := secret.HexHash("abc"); got != want {
		t.Errorf("HexHash(abc) = %s, want %s", got, want)
	}
	if got := secret.HashToken("abc"); len(got) != 32 || got[0] != 0xba {
		t.Errorf("HashToken(abc) = %x, want %s", got, want)
	}
}
