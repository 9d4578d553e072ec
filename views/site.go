package views

// The pages of the folder site have texts of the operator: docs/development.md says
// what to replace.

// Privacy is site/privacy: what the program stores about users.
type Privacy struct{ Chrome }

// Terms is site/terms: the conditions of use, and who runs the site.
type Terms struct{ Chrome }

// Changelog is site/changelog: what is new, for users.
type Changelog struct{ Chrome }

// Title returns the title of the page.
func (Privacy) Title() string { return "Privacy" }

// Title returns the title of the page.
func (Terms) Title() string { return "Terms" }

// Title returns the title of the page.
func (Changelog) Title() string { return "Changelog" }

// Description returns the page's description for search engines.
func (Privacy) Description() string {
	return "What Stoa stores about you, for how long, and how you delete it."
}

// Description returns the page's description for search engines.
func (Terms) Description() string { return "The terms under which you use Stoa, and who runs it." }

// Description returns the page's description for search engines.
func (Changelog) Description() string { return "What is new in Stoa." }
