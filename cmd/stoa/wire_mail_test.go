package main

import (
	"testing"

	"stoa/domain/mailer"
	"stoa/platform/pg/pgtest"
	"stoa/views"
)

func TestEmailKinds_HaveTemplates(t *testing.T) {
	t.Parallel()
	templates, err := views.ParseEmails()
	if err != nil {
		t.Fatal(err)
	}
	render := renderer(templates, "https://stoa.test")
	core, err := wireCore(t.Context(), testConfig(t, nil), pgtest.DB(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer core.close()
	for kind := range core.Mailer.Kinds() {
		message, err := render(mailer.Email{Kind: kind, Name: "Ada"}, "https://stoa.test/link")
		if err != nil || message.Subject == "" || message.Text == "" || message.HTML == "" {
			t.Errorf("%s = %+v, %v, want a subject and two bodies", kind, message, err)
		}
	}
}
