package rig

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Parts of subjects that identify the kinds of emails.
const (
	VerifyMail   = "Verify your email address"
	ResetMail    = "Choose a new password"
	ConfirmMail  = "Confirm your new email address"
	UndoMail     = "Your email address is about to change"
	PasswordMail = "Your password was changed"
	DeviceMail   = "New sign-in to your account"
	ClosedMail   = "Your account is deleted"
)

// Email waits for the nth email (from 1) to an email address with a subject that
// contains the words. It returns the text as /dev/mail shows it.
func (a *App) Email(t testing.TB, address, subject string, nth int) string {
	t.Helper()
	conn := a.Connect(t)
	defer conn.Close(context.Background())
	var texts []string
	Await(t, "an email about "+subject+" to "+address, func() bool {
		texts = delivered(t, conn, address, subject)
		return len(texts) >= nth
	})
	return texts[nth-1]
}

// Emails returns the number of such emails so far.
func (a *App) Emails(t testing.TB, address, subject string) int {
	t.Helper()
	conn := a.Connect(t)
	defer conn.Close(context.Background())
	return len(delivered(t, conn, address, subject))
}

func delivered(t testing.TB, conn *pgx.Conn, address, subject string) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(),
		"SELECT body_text FROM mailbox WHERE address = $1 AND strpos(subject, $2) > 0 ORDER BY id", address, subject)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

var oneTime = regexp.MustCompile(`https?://\S+\?token=\S+`)

// Link waits for the nth email like Email and returns the path of its one-time
// link.
func (a *App) Link(t testing.TB, address, subject string, nth int) string {
	t.Helper()
	text := a.Email(t, address, subject, nth)
	path, ours := strings.CutPrefix(oneTime.FindString(text), a.Base)
	if !ours {
		t.Fatalf("the email to %s has no link to %s:\n%s", address, a.Base, text)
	}
	return path
}

// TokenOf returns the token of a link.
func TokenOf(link string) string {
	_, token, _ := strings.Cut(link, "token=")
	return token
}
