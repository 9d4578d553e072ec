package onetime

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// tokenLength is the length of a token in characters.
var tokenLength = base64.RawURLEncoding.EncodedLen(sha256.Size)

// Trim returns the token without the characters that an email client or a user
// copied with it: "abc).", "<abc>" and "abc%20" are the token abc.
func Trim(token string) string {
	token = strings.TrimLeftFunc(token, notInToken)
	if end := strings.IndexFunc(token, notInToken); end >= 0 {
		token = token[:end]
	}
	if len(token) > tokenLength { // "abc_" and "abc-": a token can contain these characters, too
		token = token[:tokenLength] + strings.TrimRight(token[tokenLength:], "-_")
	}
	return token
}

func notInToken(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

func encode(mac []byte) string { return base64.RawURLEncoding.EncodeToString(mac) }
