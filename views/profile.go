package views

import (
	"fmt"
	"html/template"
	"time"
)

// Register is accounts/register; its fragment is accounts/_register_form.
type Register struct {
	Chrome
	Form RegisterForm
}

// RegisterForm is what the visitor typed, without the password.
type RegisterForm struct {
	Name, Email string
	MinLength   int
	Errors      Errors
}

// Login is accounts/login; its fragment is accounts/_login_form.
type Login struct {
	Chrome
	Form LoginForm
}

// LoginForm is what the visitor typed, without the password.
type LoginForm struct {
	Email    string
	Remember bool
	Next     string // a local path, or empty
	Errors   Errors
}

// Dashboard is accounts/dashboard. All of it comes with the session.
type Dashboard struct {
	Chrome
	Name, Email string
	Picture     string        // where it is, or ""
	Bio         template.HTML // sanitized
	HasBio      bool
	MemberSince time.Time
	Device, IP  string // of this session
	SignedInAt  time.Time
	ExpiresAt   time.Time // of this session, however much it is used
}

// Profile is accounts/profile; its fragments are accounts/_profile_form and
// accounts/_avatar_form.
type Profile struct {
	Chrome
	Form   ProfileForm
	Avatar AvatarForm
}

// AvatarForm shows the person's picture and asks for another.
type AvatarForm struct {
	Viewer Viewer
	Saved  bool // the answer to an htmx request that changed it
	Errors Errors
}

// ProfileForm is what the person typed, or what is stored.
type ProfileForm struct {
	Name, Bio string
	Preview   template.HTML // the stored bio as others see it, sanitized
	Saved     bool          // the answer to an htmx request that stored it
	Errors    Errors
}

// Password is accounts/password; its fragment is accounts/_password_form.
type Password struct {
	Chrome
	Form PasswordForm
}

// PasswordForm never carries a password.
type PasswordForm struct {
	Email     string // for password managers
	MinLength int
	Errors    Errors
}

// Sessions is accounts/sessions; its fragments are accounts/_sessions_list and
// accounts/_session_row.
type Sessions struct {
	Chrome
	Rows   []SessionRow // this device first
	Others int
}

// SessionRow is one browser or program that is signed in.
type SessionRow struct {
	ID      string
	Kind    string // browser or api
	Device  string // in words: Firefox on Linux
	IP      string
	Current bool

	CreatedAt, LastSeenAt, ExpiresAt time.Time
}

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
func (Register) Title() string { return "Create an account" }

// Title is the page's name in the browser.
func (Login) Title() string { return "Sign in" }

// Title is the page's name in the browser.
func (Dashboard) Title() string { return "Dashboard" }

// Title is the page's name in the browser.
func (Profile) Title() string { return "Profile" }

// Title is the page's name in the browser.
func (Password) Title() string { return "Password" }

// Title is the page's name in the browser.
func (Sessions) Title() string { return "Sessions" }

// Title is the page's name in the browser.
func (Account) Title() string { return "Account" }

// Description is the page's sentence for search engines.
func (Register) Description() string {
	return "Create a Stoa account with your name, your email address and a password."
}

// Description is the page's sentence for search engines.
func (Login) Description() string {
	return "Sign in to Stoa with your email address and password."
}

// Failed reports whether the form shows refused input.
func (p Register) Failed() bool { return len(p.Form.Errors) > 0 }

// Failed reports whether the form shows refused input.
func (p Login) Failed() bool { return len(p.Form.Errors) > 0 }

// Failed reports whether the form shows refused input.
func (p Profile) Failed() bool { return len(p.Form.Errors)+len(p.Avatar.Errors) > 0 }

// Failed reports whether the form shows refused input.
func (p Password) Failed() bool { return len(p.Form.Errors) > 0 }

// Failed reports whether the form shows refused input.
func (p Account) Failed() bool { return len(p.Form.Errors)+len(p.Export.Errors) > 0 }

// Viewer returns the owner of the session, for the avatar.
func (p Dashboard) Viewer() Viewer { return Viewer{Name: p.Name, Email: p.Email, Avatar: p.Picture} }

// NameField asks for the person's name.
func (f RegisterForm) NameField() Field {
	return Field{Name: "name", Label: "Name", Hint: "As others should see it. You can change it later.", Autocomplete: "name", Value: f.Name, Error: f.Errors.For("name")}
}

// EmailField asks for the address that becomes the user name.
func (f RegisterForm) EmailField() Field { return emailField(f.Email, f.Errors) }

// PasswordField asks for a new password and says the rules in words.
func (f RegisterForm) PasswordField() Field {
	return newPassword("Password", f.MinLength, f.Errors)
}

// EmailField asks for the address that is the user name.
func (f LoginForm) EmailField() Field { return emailField(f.Email, f.Errors) }

// PasswordField asks for the password of the account.
func (f LoginForm) PasswordField() Field {
	return Field{Name: "password", Label: "Password", Autocomplete: "current-password", Error: f.Errors.For("password")}
}

// RememberBox asks for the longer session.
func (f LoginForm) RememberBox() Checkbox {
	return Checkbox{Name: "remember", Label: "Keep me signed in for 30 days", Hint: "Leave it off on a computer that others use.", Checked: f.Remember}
}

// FileField asks for a picture.
func (f AvatarForm) FileField() File {
	return File{
		Name: "avatar", Label: "Picture", Hint: "PNG, JPEG or WebP, up to 5 MiB. The middle of it is shown, as a square.",
		Accept: "image/png,image/jpeg,image/webp", MaxBytes: 5 << 20, TooLarge: "Choose a picture of at most 5 MiB.", Error: f.Errors.For("avatar"),
	}
}

// NameField asks for the person's name.
func (f ProfileForm) NameField() Field {
	return Field{Name: "name", Label: "Name", Autocomplete: "name", Value: f.Name, Error: f.Errors.For("name")}
}

// BioField asks for a few words in Markdown.
func (f ProfileForm) BioField() TextArea {
	return TextArea{Name: "bio", Label: "About you", Hint: "Markdown works: **bold**, *italic*, lists and links.", Value: f.Bio, Rows: 8, Max: 2000, Error: f.Errors.For("bio")}
}

// CurrentField asks for the password that counts now.
func (f PasswordForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Current password", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// NewField asks for the password that shall count.
func (f PasswordForm) NewField() Field { return newPassword("New password", f.MinLength, f.Errors) }

// CurrentField asks for the password before the account is deleted.
func (f DeleteForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// CurrentField asks for the password before the data is given out. The page
// has another field of that name, so it has an id of its own.
func (f ExportForm) CurrentField() Field {
	return Field{Name: "current_password", ID: "export_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("export_password")}
}

func emailField(value string, errs Errors) Field {
	return Field{Name: "email", Label: "Email address", Type: "email", Autocomplete: "username", Value: value, Error: errs.For("email")}
}

func newPassword(label string, min int, errs Errors) Field {
	hint := fmt.Sprintf("At least %d characters, of any kind; common passwords are refused. A few words that do not belong together are easy to keep.", min)
	return Field{Name: "password", Label: label, Hint: hint, Autocomplete: "new-password", Error: errs.For("password")}
}

// OthersInWords counts the other sessions.
func (p Sessions) OthersInWords() string {
	if p.Others == 1 {
		return "1 other device or program is signed in."
	}
	return fmt.Sprintf("%d other devices and programs are signed in.", p.Others)
}

// IsProgram reports whether the session is a family of API tokens.
func (r SessionRow) IsProgram() bool { return r.Kind == "api" }
