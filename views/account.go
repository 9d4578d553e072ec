package views

// Account is accounts/account; its fragment is accounts/_close_form.
type Account struct {
	Chrome
	Form   DeleteForm
	Export ExportForm
}

// ExportForm asks for the password before the data is given out.
type ExportForm struct {
	Email  string
	Errors Errors
}

// DeleteForm asks for the password before everything goes.
type DeleteForm struct {
	Email  string
	Errors Errors
}

// Title is the page's name in the browser.
func (Account) Title() string { return "Account" }

// Failed reports whether the form shows refused input.
func (p Account) Failed() bool { return len(p.Form.Errors)+len(p.Export.Errors) > 0 }

// CurrentField asks for the password before the account is deleted.
func (f DeleteForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// CurrentField asks for the password before the data is given out. The page
// has another field of that name, so it has an id of its own.
func (f ExportForm) CurrentField() Field {
	return Field{Name: "current_password", ID: "export_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("export_password")}
}
