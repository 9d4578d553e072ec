package onetime

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// tokenLength is the length of a token in characters.
var tokenLength = base64.RawURLEncoding.EncodedLen(sha256.Size)

// quotedEqual is what an email program leaves of "=3D", the "=" of a URL in
// quoted-printable text (RFC 2045, 6.7): "?token=3Dabc" for "?token=abc".
const quotedEqual = "3D"

// Trim returns the token without the characters that an email client or a user
// copied with it: "abc).", "<abc>" and "abc%20" are the token abc.
func Trim(token string) string {
	token = strings.TrimLeftFunc(token, notInToken)
	if end := strings.IndexFunc(token, notInToken); end >= 0 {
		token = token[:end]
	}
	if whole, quoted := strings.CutPrefix(token, quotedEqual); quoted && len(whole) >= tokenLength && len(withoutEnd(token)) > tokenLength {
		token = whole
	}
	return withoutEnd(token)
}

// withoutEnd returns a token that ends in "_" or "-" of the text around it without
// them. A token can contain these characters, too.
func withoutEnd(token string) string {
	if len(token) <= tokenLength {
		return token
	}
	return token[:tokenLength] + strings.TrimRight(token[tokenLength:], "-_")
}

// Whole reports whether the token has the length of a token: a shorter one was cut.
func Whole(token string) bool { return len(Trim(token)) >= tokenLength }

func notInToken(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

func encode(mac []byte) string { return base64.RawURLEncoding.EncodeToString(mac) }
