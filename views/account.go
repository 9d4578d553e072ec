package views

func init() { settingsMenu.add(Entry{Label: "Account", Path: "/settings/account", Order: 90}) }

// Account is accounts/account; its fragment is accounts/_delete_form.
type Account struct {
	Chrome
	Form   DeleteForm
	Export ExportForm
}

// ExportForm is the form for the password before the export of the data.
type ExportForm struct {
	Email  string
	Errors Errors
}

// DeleteForm is the form for the password before the account is deleted.
type DeleteForm struct {
	Email  string
	Errors Errors
}

// Title returns the title of the page.
func (Account) Title() string { return "Account" }

// Failed reports whether a form shows refused input.
func (p Account) Failed() bool { return len(p.Form.Errors)+len(p.Export.Errors) > 0 }

// CurrentField is the field for the current password.
func (f DeleteForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// CurrentField is the field for the current password. It has its own id, because
// the page has another field of the same name.
func (f ExportForm) CurrentField() Field {
	return Field{Name: "current_password", ID: "export_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("export_password")}
}
