package passwords

import "strings"

// guessable reports whether s is a known word, or a known word lengthened as users
// lengthen passwords: with digits in front and behind, or by repeating it.
func guessable(s string, known func(string) bool) bool {
	digits := strings.Trim(s, "0123456789") == ""
	lead := len(s) - len(strings.TrimLeft(s, "0123456789"))
	trail := len(s) - len(strings.TrimRight(s, "0123456789"))
	for front := range lead + 1 {
		for back := range trail + 1 {
			word := s[front:max(front, len(s)-back)]
			// Every long number contains a short listed one. In a password of
			// digits only, the word must be half of the password.
			if word == "" || digits && 2*len(word) < len(s) {
				break
			}
			if known(word) || repeats(word, known) {
				return true
			}
		}
	}
	return false
}

// repeats reports whether s is a guessable part, repeated twice or more.
func repeats(s string, known func(string) bool) bool {
	part := period(s)
	return part != s && guessable(part, known)
}

// period returns the shortest part that gives s when repeated, or s itself when
// there is none.
func period(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && s[n:] == s[:len(s)-n] {
			return s[:n]
		}
	}
	return s
}

// rows are the rows of keys and the alphabet, forwards and backwards. Each is
// repeated, so that isRow also finds a row that continues at its start after its
// end.
var rows = []string{row("0123456789"), row("9876543210"),
	row("abcdefghijklmnopqrstuvwxyz"), row("zyxwvutsrqponmlkjihgfedcba"),
	row("qwertyuiopasdfghjklzxcvbnm"), row("mnbvcxzlkjhgfdsapoiuytrewq"),
}

func row(s string) string { return strings.Repeat(s, MaxLength/len(s)+2) }

// isRow reports whether s is six or more keys or letters in a row. Words contain
// shorter rows.
func isRow(s string) bool {
	for _, row := range rows {
		if len(s) >= 6 && strings.Contains(row, s) {
			return true
		}
	}
	return false
}
