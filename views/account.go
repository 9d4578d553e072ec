package views

func init() {
	settingsMenu.add(Entry{
		Label: "Account", Path: "/settings/account", Words: "export delete data", Order: 90,
		Help: []Help{
			{"Before you delete", "Download your data. It cannot be downloaded later."},
			{"Does someone else use your account?", "Change your password first. This signs out all other sessions."},
		},
	})
}

// Account is accounts/account; its fragment is accounts/_delete_form.
type Account struct {
	Chrome
	Form     DeleteForm
	Export   ExportForm
	Exported Enumeration // what the file of the export has
	Deleted  Enumeration // what the deletion deletes
}

// ExportForm is the form for the password before the export of the data.
type ExportForm struct {
	Email  string
	Errors *Errors
}

// DeleteForm is the form for the password before the account is deleted.
type DeleteForm struct {
	Email  string
	Errors *Errors
}

// Title returns the title of the page.
func (Account) Title() string { return "Account" }

// Failed reports whether a form shows refused input.
func (p Account) Failed() bool { return p.Form.Errors != nil || p.Export.Errors != nil }

// Inputs are the inputs of the form.
func (f DeleteForm) Inputs() []Input { return f.Errors.Inputs(currentPassword()) }

// ExportPassword is the id of the password's input, because the page has another one of
// the same name.
const ExportPassword = "export_password"

// Inputs are the inputs of the form.
func (f ExportForm) Inputs() []Input {
	current := currentPassword()
	current.ID = ExportPassword
	return f.Errors.Inputs(current)
}
