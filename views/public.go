package views

// Landing is public/landing, the front page for anonymous visitors.
type Landing struct{ Chrome }

// Title returns the title of the page.
func (Landing) Title() string { return "The ground floor of your SaaS" }

// Description returns the page's description for search engines.
func (Landing) Description() string {
	return "Stoa is the ground floor of a multi-tenant SaaS: accounts, sessions, an API and the locks on the doors, ready before your first feature."
}

// Command returns the command that starts the program.
func (Landing) Command() Code { return Code{Label: "command", Text: "go run ./cmd/stoa"} }
