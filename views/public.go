package views

// Landing is public/landing, the front page for whoever is signed out.
type Landing struct{ Chrome }

// Title is the page's name in the browser.
func (Landing) Title() string { return "The ground floor of your SaaS" }

// Description is the page's sentence for search engines.
func (Landing) Description() string {
	return "Stoa is the ground floor of a multi-tenant SaaS: accounts, sessions, an API and the locks on the doors, ready before your first feature."
}

// Command is the one that starts the program.
func (Landing) Command() Code { return Code{Label: "command", Text: "go run ./cmd/stoa"} }
