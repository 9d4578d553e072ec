package views

import "html/template"

func init() {
	settingsMenu.add(Entry{
		Label: "Profile", Path: "/settings/profile", Words: "name picture bio", Order: 10,
		Help: []Help{
			{"Your name", "Use the name by which others know you, in any script."},
			{"Your picture", "We keep no location, camera or other hidden data of it."},
		},
	})
}

// Profile is accounts/profile; its fragments are accounts/_profile_form and
// accounts/_avatar_form.
type Profile struct {
	Chrome
	Form   ProfileForm
	Avatar AvatarForm
}

// ProfileForm has the input of the form, or the stored profile.
type ProfileForm struct {
	Name, Bio string
	Preview   template.HTML // the stored bio as other users see it, sanitized
	Saved     bool          // the response to an htmx request that stored it
	Errors    *Errors
}

// Title returns the title of the page.
func (Profile) Title() string { return "Profile" }

// Failed reports whether a form shows refused input.
func (p Profile) Failed() bool { return p.Form.Errors != nil || p.Avatar.Errors != nil }

// Inputs are the inputs of the form.
func (f ProfileForm) Inputs() []Input {
	return f.Errors.Inputs(
		Field{Name: "name", Label: "Name", Autocomplete: "name", Value: f.Name},
		TextArea{Name: "bio", Label: "About you", Hint: "Markdown works: **bold**, *italic*, lists and links.", Value: f.Bio, Rows: 8, Max: 2000},
	)
}
