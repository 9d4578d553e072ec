package views

import "html/template"

// Profile is accounts/profile; its fragments are accounts/_profile_form and
// accounts/_avatar_form.
type Profile struct {
	Chrome
	Form   ProfileForm
	Avatar AvatarForm
}

// ProfileForm is what the person typed, or what is stored.
type ProfileForm struct {
	Name, Bio string
	Preview   template.HTML // the stored bio as others see it, sanitized
	Saved     bool          // the answer to an htmx request that stored it
	Errors    Errors
}

// Title is the page's name in the browser.
func (Profile) Title() string { return "Profile" }

// Failed reports whether the form shows refused input.
func (p Profile) Failed() bool { return len(p.Form.Errors)+len(p.Avatar.Errors) > 0 }

// NameField asks for the person's name.
func (f ProfileForm) NameField() Field {
	return Field{Name: "name", Label: "Name", Autocomplete: "name", Value: f.Name, Error: f.Errors.For("name")}
}

// BioField asks for a few words in Markdown.
func (f ProfileForm) BioField() TextArea {
	return TextArea{Name: "bio", Label: "About you", Hint: "Markdown works: **bold**, *italic*, lists and links.", Value: f.Bio, Rows: 8, Max: 2000, Error: f.Errors.For("bio")}
}
