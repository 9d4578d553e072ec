package signing_test

import (
	"crypto/ed25519"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"stoa/platform/pg/pgtest"
	"stoa/platform/secret"
	"stoa/platform/signing"
)

// A token that is signed with one of our keys and has one wrong header or claim is
// invalid.
func TestCheck_OneThingWrong(t *testing.T) {
	t.Parallel()
	conn, ctx := pgtest.New(t).DB, t.Context()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(ctx, "INSERT INTO signing_keys (kid, public_key, sealed, retired_at) VALUES ('ours', $1, '', now())", []byte(public))
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(conn, secret.NewKeys(secret.KeysConfig{Current: keyA}))
	type set = map[string]any
	check := func(header, claims set) error {
		now := time.Now()
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
			"iss": issuer, "aud": audience, "sub": uuid.NewString(), "jti": uuid.NewString(),
			"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		})
		maps.Copy(token.Header, set{"typ": "at+jwt", "kid": "ours"})
		maps.Copy(token.Header, header)
		maps.Copy(token.Claims.(jwt.MapClaims), claims)
		signed, err := token.SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Check(ctx, signed)
		return err
	}
	if err := check(nil, nil); err != nil {
		t.Fatalf("Check of a valid token = %v", err)
	}
	for name, wrong := range map[string][2]set{
		"type of an ID token":   {{"typ": "JWT"}, nil},
		"no type":               {{"typ": nil}, nil},
		"critical extension":    {{"crit": []string{"x"}}, nil},
		"no key id":             {{"kid": nil}, nil},
		"another method's name": {{"alg": "ES256"}, nil},
		"no method":             {{"alg": "none"}, nil},
		"other issuer":          {nil, {"iss": "https://other.test"}},
		"no issuer":             {nil, {"iss": nil}},
		"other audience":        {nil, {"aud": "stoa-web"}},
		"no audience":           {nil, {"aud": nil}},
		"expired":               {nil, {"exp": time.Now().Add(-time.Second).Unix()}},
		"no expiry":             {nil, {"exp": nil}},
		"not valid yet":         {nil, {"nbf": time.Now().Add(time.Hour).Unix()}},
		"no subject":            {nil, {"sub": nil}},
		"malformed subject":     {nil, {"sub": "1"}},
		"no id":                 {nil, {"jti": nil}},
	} {
		if err := check(wrong[0], wrong[1]); !errors.Is(err, signing.ErrInvalid) {
			t.Errorf("Check(%s) = %v, want ErrInvalid", name, err)
		}
	}
}
