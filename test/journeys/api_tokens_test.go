package journeys

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"stoa/test/rig"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// keySet is the response of /.well-known/jwks.json.
type keySet struct {
	Keys []struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Kid string `json:"kid"`
		Use string `json:"use"`
		Alg string `json:"alg"`
	} `json:"keys"`
}

// publicKey returns the public key of a token from the JWKS document.
func publicKey(t *testing.T, c *rig.API, kid string) ed25519.PublicKey {
	t.Helper()
	for _, key := range rig.Decode[keySet](c.Get("/.well-known/jwks.json").Is(200)).Keys {
		if key.Kid == kid {
			x, err := base64.RawURLEncoding.DecodeString(key.X)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
	}
	t.Fatalf("no key %q in jwks.json", kid)
	return nil
}

func parts(t *testing.T, token string) (header map[string]any, claims jwt.MapClaims) {
	t.Helper()
	claims = jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(token, claims)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header, claims
}

func TestTokens_AreVerifiableByOthers(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	token, err := jwt.Parse(tokens.Access, func(token *jwt.Token) (any, error) {
		return publicKey(t, c, token.Header["kid"].(string)), nil
	}, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(app.Base), jwt.WithAudience("stoa-api"), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	claims := token.Claims.(jwt.MapClaims)
	if claims["sub"] != tokens.User.ID || claims["jti"] == "" || claims["aud"] != "stoa-api" {
		t.Errorf("claims = %v, want sub %s, a jti, and the text stoa-api as aud", claims, tokens.User.ID)
	}
	if lasts := claims["exp"].(float64) - claims["iat"].(float64); lasts != 900 {
		t.Errorf("exp - iat = %v, want 900", lasts)
	}
	for name := range claims {
		if !strings.Contains(" iss aud sub jti iat exp nbf ", " "+name+" ") {
			t.Errorf("unexpected claim %s", name)
		}
	}
}

func TestTokens_EachHasItsOwnID(t *testing.T) {
	t.Parallel()
	c, _, first := rig.Shared(t).RegisterAPI(t)
	_, a := parts(t, first.Access)
	_, b := parts(t, c.Refresh(first.Refresh).Access)
	if a["jti"] == b["jti"] {
		t.Errorf("two tokens have the jti %v", a["jti"])
	}
}

// Forged tokens. Each line is an attack that succeeded against some JWT library.
func TestTokens_ForgeriesOpenNothing(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	header, claims := parts(t, tokens.Access)
	kid := header["kid"].(string)
	public := publicKey(t, c, kid)
	_, own, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seg := strings.Split(tokens.Access, ".")
	forge := func(method jwt.SigningMethod, key any, head map[string]any) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"] = kid
		for name, value := range head {
			token.Header[name] = value
		}
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	encode := base64.RawURLEncoding.EncodeToString
	jwk := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": encode(own.Public().(ed25519.PublicKey))}
	for why, token := range map[string]string{
		"no algorithm":               forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"no signature":               seg[0] + "." + seg[1] + ".",
		"two parts":                  seg[0] + "." + seg[1],
		"HMAC with the public key":   forge(jwt.SigningMethodHS256, []byte(public), nil),
		"HMAC with its text":         forge(jwt.SigningMethodHS256, []byte(encode(public)), nil),
		"HMAC with the kid":          forge(jwt.SigningMethodHS256, []byte(kid), nil),
		"HMAC with nothing":          forge(jwt.SigningMethodHS256, []byte{}, nil),
		"own key":                    forge(jwt.SigningMethodEdDSA, own, nil),
		"own key, named inside":      forge(jwt.SigningMethodEdDSA, own, map[string]any{"jwk": jwk}),
		"own key, unknown kid":       forge(jwt.SigningMethodEdDSA, own, map[string]any{"kid": "mine"}),
		"own key, no kid":            forge(jwt.SigningMethodEdDSA, own, map[string]any{"kid": nil}),
		"own key, kid is a path":     forge(jwt.SigningMethodEdDSA, own, map[string]any{"kid": "../../../../dev/null"}),
		"own key, kid is SQL":        forge(jwt.SigningMethodEdDSA, own, map[string]any{"kid": "' or '1'='1"}),
		"own key, kid is a number":   forge(jwt.SigningMethodEdDSA, own, map[string]any{"kid": 1}),
		"own key, fetched elsewhere": forge(jwt.SigningMethodEdDSA, own, map[string]any{"jku": "https://eve.example.com/jwks.json"}),
		"changed claims":             seg[0] + "." + encode([]byte(`{"sub":"019ab0c2-6c1e-7d3a-9a55-0d4f5e8b7c21","aud":"stoa-api"}`)) + "." + seg[2],
		"other header":               encode([]byte(`{"alg":"EdDSA","typ":"JWT"}`)) + "." + seg[1] + "." + seg[2],
		"signature of zeros":         seg[0] + "." + seg[1] + "." + encode(make([]byte, 64)),
		"short signature":            seg[0] + "." + seg[1] + "." + seg[2][:40],
		"padded":                     tokens.Access + "==",
		"a fourth part":              tokens.Access + ".x",
		"a refresh token":            tokens.Refresh,
		"empty parts":                "..",
		"not base64":                 "a.b.c",
		"very long":                  strings.Repeat("a", 4000),
		"blank inside":               seg[0] + ". " + seg[1] + "." + seg[2],
	} {
		if got := c.Bearer(token).Get("/api/users/me"); got.Status != 401 {
			t.Errorf("%s: %d, want 401", why, got.Status)
		} else if header := got.Header.Get("WWW-Authenticate"); !strings.HasPrefix(header, "Bearer") {
			t.Errorf("%s: WWW-Authenticate = %q", why, header)
		}
	}
	c.Get("/api/users/me").Is(200)
}

// A valid signature is not enough. The test inserts its key into the table as if
// the program had made and retired it.
func TestTokens_EveryClaimCounts(t *testing.T) {
	t.Parallel()
	app := rig.SharedWith(t, limited)
	c, _, tokens := app.RegisterAPI(t)
	_, _, theirs := app.RegisterAPI(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	app.Exec(t, "insert into signing_keys (kid, public_key, sealed, retired_at) values ('planted', $1, '', now())", []byte(public))
	header, genuine := parts(t, tokens.Access)
	_, others := parts(t, theirs.Access)
	try := func(head map[string]any, claims jwt.MapClaims) int {
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{})
		token.Header = map[string]any{}
		for _, m := range []map[string]any{header, {"kid": "planted"}, head} {
			for name, value := range m {
				token.Header[name] = value
			}
		}
		all := jwt.MapClaims{}
		for _, m := range []jwt.MapClaims{genuine, claims} {
			for name, value := range m {
				if all[name] = value; value == nil {
					delete(all, name)
				}
			}
		}
		token.Claims = all
		signed, err := token.SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		return c.Bearer(signed).Get("/api/users/me").Status
	}
	if got := try(nil, nil); got != 200 {
		t.Fatalf("with valid claims: %d, want 200; otherwise the other cases prove nothing", got)
	}
	past, future := time.Now().Add(-time.Hour).Unix(), time.Now().Add(time.Hour).Unix()
	for why, claims := range map[string]jwt.MapClaims{
		"other audience": {"aud": "stoa-web"}, "no audience": {"aud": nil}, "other issuer": {"iss": "https://evil.example"}, "no issuer": {"iss": nil},
		"run out": {"exp": past}, "no end": {"exp": nil}, "from nowhere": {"iat": nil}, "not yet": {"nbf": future}, "no subject": {"sub": nil},
		"another's subject": {"sub": theirs.User.ID}, "odd subject": {"sub": "' or 1=1"}, "no id": {"jti": nil}, "unknown id": {"jti": uuid.NewString()},
		"another's id": {"jti": others["jti"]}, "odd id": {"jti": "1"},
	} {
		if got := try(nil, claims); got != 401 {
			t.Errorf("%s: %d, want 401", why, got)
		}
	}
	for why, head := range map[string]map[string]any{"another type": {"typ": "JWE"}, "a type of others": {"typ": "dpop+jwt"}, "critical extension": {"crit": []string{"exp"}}} {
		if got := try(head, nil); got != 401 {
			t.Errorf("%s: %d, want 401", why, got)
		}
	}
}

func TestTokens_OfAnotherInstanceOpenNothing(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, _ := app.RegisterAPI(t)
	other := rig.SharedWith(t, limited)
	_, _, theirs := other.RegisterAPI(t)
	c.Bearer(theirs.Access).Get("/api/users/me").Refused(401, "invalid_token")
	c.TryRefresh(theirs.Refresh).Refused(401, "refresh_token_invalid")
}

// A server with the same keys and database and another BASE_URL refuses the
// tokens, because their issuer differs.
func TestTokens_AreBoundToTheIssuer(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, _, tokens := app.RegisterAPI(t)
	moved, err := rig.Serve(t.TempDir(), app.Owner, app.Env.With(rig.Env{"BASE_URL": "http://127.0.0.1:1", "WORKERS": "off"}))
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, moved)
	c.On(moved).Get("/api/users/me").Refused(401, "invalid_token")
	c.Get("/api/users/me").Is(200)
	c.On(moved).Refresh(tokens.Refresh)
}

func TestTokens_SchemeAndHeaderForms(t *testing.T) {
	t.Parallel()
	c, _, tokens := rig.Shared(t).RegisterAPI(t)
	anonymous := c.Bearer("")
	for header, want := range map[string]int{
		"Bearer " + tokens.Access: 200, "bearer " + tokens.Access: 200, "BEARER " + tokens.Access: 200,
		"Basic " + tokens.Access: 401, tokens.Access: 401, "Bearer": 401, "Bearer ": 401, "Token " + tokens.Access: 401,
		"Bearer " + tokens.Access + " " + tokens.Access: 401, "Bearer,Bearer " + tokens.Access: 401,
	} {
		if got := anonymous.Get("/api/users/me", rig.With("Authorization", header)); got.Status != want {
			t.Errorf("Authorization %.20q…: %d, want %d", header, got.Status, want)
		}
	}
	for _, path := range []string{"/api/users/me?access_token=" + tokens.Access, "/api/users/me?token=" + tokens.Access} {
		anonymous.Get(path).Refused(401, "unauthenticated")
	}
}

func TestTokens_NeverStored(t *testing.T) {
	t.Parallel()
	c, p, _ := rig.Shared(t).RegisterAPI(t)
	login := c.TryLogin(p.Email, p.Password).Is(200)
	tokens := rig.Decode[rig.Tokens](login)
	for _, a := range []*rig.Response{login, c.TryRefresh(tokens.Refresh).Is(200), c.TryLogin(p.Email, "eleven paper lanterns").Is(401)} {
		if got := a.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control = %q, want no-store", a.Call, got)
		}
	}
}

func TestTokens_SecretsAreNotCompressed(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	p := rig.NewUser()
	c := app.API(t)
	c.Register(p)
	c.Call("PATCH", "/api/users/me", map[string]string{"bio": strings.Repeat("a long bio ", 180)}).Is(200)
	got := c.Post("/api/auth/login", map[string]string{"email": p.Email, "password": p.Password}, rig.With("Accept-Encoding", "br, gzip"))
	if encoding := got.Header.Get("Content-Encoding"); encoding != "" || len(got.Body) < 2000 {
		t.Errorf("a response with tokens, of %d bytes, has Content-Encoding %q", len(got.Body), encoding)
	}
}

func TestJWKS_HasPublicKeysAlone(t *testing.T) {
	t.Parallel()
	got := rig.Shared(t).API(t).Get("/.well-known/jwks.json").Is(200)
	if strings.Contains(string(got.Body), `"d"`) {
		t.Error("jwks.json has a private key")
	}
	if n := len(rig.Decode[keySet](got).Keys); n != 1 {
		t.Errorf("%d keys, want 1 while none has been rotated", n)
	}
}
