package config

import "stoa/platform/mail"

// smtpURL is the URL of a mail server, with a password in it. Printing or
// logging it shows a placeholder; string(u) is the value.
type smtpURL string

// UnmarshalText accepts what mail.ParseURL accepts.
func (u *smtpURL) UnmarshalText(text []byte) error {
	if _, err := mail.ParseURL(string(text)); err != nil {
		return advice{err}
	}
	*u = smtpURL(text)
	return nil
}

// String hides the value.
func (u smtpURL) String() string { return hidden }

// GoString hides the value.
func (u smtpURL) GoString() string { return hidden }

// MarshalText hides the value.
func (u smtpURL) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// sender is the From of every email.
type sender string

// localSender is the sender of emails that are stored and not delivered.
const localSender sender = "Stoa <stoa@localhost>"

// UnmarshalText accepts one email address, with or without a name.
func (s *sender) UnmarshalText(text []byte) error {
	if _, err := mail.ParseFrom(string(text)); err != nil {
		return advice{err}
	}
	*s = sender(text)
	return nil
}
