package views

// Landing is public/landing, the front page for anonymous visitors.
type Landing struct{ Chrome }

// Title returns the title of the page.
func (Landing) Title() string { return "The ground floor of your SaaS" }

// Description returns the page's description for search engines.
func (Landing) Description() string {
	return "Stoa is the ground floor of a multi-tenant SaaS: accounts, sessions, an API, emails, limits and an audit trail, ready before your first feature."
}

// Command returns the command that starts the program.
func (Landing) Command() Code { return Code{Label: "command", Text: "go run ./cmd/stoa"} }

// Measures returns figures of the newest measurements. docs/performance.md has the
// commands.
func (Landing) Measures() []Stat {
	return []Stat{
		{"this page on the first visit, with its font and scripts", "68 KiB"},
		{"from the start of the program to its first response", "0.3 s"},
		{"accessibility findings of axe on every screen, in both themes, on phones and desktops", "0"},
	}
}

// Features returns what the program has, by subject.
func (Landing) Features() []Stat {
	return []Stat{
		{"Accounts", "Register, verify, sign in, reset, export, delete"},
		{"Profile", "Name, picture and a bio in Markdown"},
		{"Email address", "A change is confirmed, and can be undone for a week"},
		{"Sessions", "Every device listed; one click ends it everywhere"},
		{"API", "JSON, tokens that rotate, OpenAPI 3.1"},
		{"Limits", "Counted in PostgreSQL, the same on every replica"},
		{"Audit trail", "Security events, in the transaction of their change"},
		{"Email", "Seven templates, a mailbox while you develop"},
		{"Jobs", "In PostgreSQL, with retries and metrics"},
		{"Files", "Pictures in a directory or an S3 bucket"},
		{"Pages", "Complete without JavaScript; no third party"},
		{"Database", "Your PostgreSQL, or one that it starts itself"},
		{"Operations", "Health, metrics, traces, one binary, one container"},
		{"Upgrades", "Replica by replica, without an interruption"},
	}
}
