package views

// Kit is dev/kit: every shared part in every state.
type Kit struct{ Chrome }

// Title is the page's name in the browser.
func (Kit) Title() string { return "Kit" }
