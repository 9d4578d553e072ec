package home_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stoa/domain/audit"
	"stoa/domain/domaintest"
	"stoa/domain/home"
	"stoa/domain/signin"
)

// event is an activity without what differs in each run.
type event struct {
	Text      string
	Attempts  bool
	Warns     bool
	Device    string
	Addresses int
}

func TestRead_OwnSignInsAndEvents(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	other := d.Register(t, signin.Browser)
	in := d.Register(t, signin.Browser)
	sc := domaintest.Scope(in)
	d.SignIn(t, in.User, signin.API)
	for range 3 {
		wrong := signin.Credentials{Email: in.User.Email, Password: "a wrong password"}
		if _, err := d.Signin.SignIn(context.Background(), domaintest.Visitor(), wrong, signin.Browser); err == nil {
			t.Fatal("a wrong password signs in")
		}
	}
	const before = `INSERT INTO audit_entries (id, at, event, user_id, ip) VALUES (gen_random_uuid(), now() - $1::interval, $2, $3, '192.0.2.7')`
	d.Exec(t, before, "29 days", "signin.failed", in.User.ID.UUID)
	d.Exec(t, before, "31 days", "session.opened", in.User.ID.UUID)
	d.Exec(t, before, "2 days", "from.a.newer.release", in.User.ID.UUID)
	d.Exec(t, before, "1 day", "session.opened", other.User.ID.UUID)

	h, err := d.Home.Read(t.Context(), sc)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Sessions) != 2 || !h.Sessions[0].Current || h.Sessions[1].Current || h.User.ID != in.User.ID {
		t.Errorf("sessions = %+v, want this one and that of the API", h.Sessions)
	}
	const test = "Test on Linux"
	want := []event{
		{"3 wrong passwords", true, true, test, 3}, {"Signed in", false, false, test, 1}, {"Signed in", false, false, test, 1},
		{"Account created", false, false, test, 1}, {"from.a.newer.release", false, false, "", 1}, {"Wrong password", true, true, "", 1},
	}
	var got []event
	for _, a := range h.Activity {
		got = append(got, event{a.Text, a.Attempts, a.Warns, a.Device, a.Addresses})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("activity (-want +got):\n%s", diff)
	}
	wantSignIns(t, h.SignIns)
}

func wantSignIns(t *testing.T, days []home.SignIns) {
	t.Helper()
	succeeded, refused := 0, 0
	for i, at := range days {
		if i > 0 && at.Day.Sub(days[i-1].Day) != 24*time.Hour {
			t.Errorf("%v comes after %v", at.Day, days[i-1].Day)
		}
		succeeded, refused = succeeded+at.Succeeded, refused+at.Refused
	}
	if last := days[len(days)-1]; len(days) != 30 || succeeded != 2 || refused != 4 || last.Refused != 3 || days[0].Refused != 1 {
		t.Errorf("%d days, %d sign-ins and %d refused, want 30 days with 2 and 4: %+v", len(days), succeeded, refused, days)
	}
}

// An attack does not hide what else happened, and needs no more lines than days.
func TestRead_ManyAttemptsAreOneLineADay(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	d.Exec(t, `INSERT INTO audit_entries (id, at, event, user_id, ip) SELECT gen_random_uuid(), now() - n * interval '1 minute', 'signin.failed', $1, '192.0.2.7'
		FROM generate_series(1, 2000) n`, sc.User.ID.UUID)
	h, err := d.Home.Read(t.Context(), sc)
	if err != nil {
		t.Fatal(err)
	}
	attempts := 0
	for _, a := range h.Activity {
		if a.Attempts {
			attempts++
		}
	}
	if lines := len(h.Activity); attempts > 3 || lines-attempts != 2 {
		t.Errorf("%d lines of attempts in %d, want one a day beside the 2 of the registration: %+v", attempts, lines, h.Activity)
	}
}

func TestDescribe_Once(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an event may have two sentences")
		}
	}()
	audit.Describe(map[audit.Event]audit.Sentence{"signin.failed": {Text: "Another sentence"}})
}
