package views_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stoa/views"
)

func days(figures ...views.ChartDay) views.Chart {
	c := views.Chart{Label: "Sign-ins a day"}
	for i, d := range figures {
		d.Day = then.Add(time.Duration(i) * 24 * time.Hour)
		c.Days = append(c.Days, d)
	}
	return c
}

func TestChart_Marks(t *testing.T) {
	c := days(views.ChartDay{Value: 3}, views.ChartDay{}, views.ChartDay{Value: 1, Wrong: 1}, views.ChartDay{Value: 2, Wrong: 2})
	want := []string{
		"M1.5 100V25h7V100zM21.5 100V75h7V100z", // the shafts of the first and third day
		"M31.5 100V50h7V100z",                   // today
		"M21.5 75V50h7V75zM31.5 50V0h7V50z",     // what was refused, on top
		"M1 25h8M21 50h8",                       // capitals, none today
	}
	if diff := cmp.Diff(want, []string{c.Shafts(), c.Lit(), c.Bad(), c.Caps()}); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if got, want := c.Describe(), "Sign-ins a day in the last 4 days, in UTC. Most: 4 on 4 Mar. Today: 4."; got != want {
		t.Errorf("Describe = %q, want %q", got, want)
	}
	if newest := c.Newest(); len(newest) != 3 || newest[0].Value != 2 || newest[2].Value != 3 {
		t.Errorf("Newest = %v, want the days with figures, today first", newest)
	}
}

func TestChart_ScaleHasWholeHalf(t *testing.T) {
	for most, want := range map[int]int{0: 2, 1: 2, 3: 4, 7: 8, 9: 20, 21: 40, 80: 80, 81: 200, 1084: 2000} {
		if c := days(views.ChartDay{Value: most}); c.Top() != want {
			t.Errorf("the scale for %d ends at %d, want %d", most, c.Top(), want)
		}
	}
}

func TestHome_SetupDisappears(t *testing.T) {
	all := pages(testUsers["plain"])
	if text := document(t, all["home new"]).Find("#setup + p").Text(); !strings.HasPrefix(text, "1 of 3 done") {
		t.Errorf("the list says %q, want 1 of 3 done", text)
	}
	if document(t, all["home"]).Find("#setup").Length() != 0 {
		t.Error("the list stays when all is done")
	}
}

func TestHome_WarningsAskTheUser(t *testing.T) {
	doc := document(t, pages(testUsers["plain"])["home"])
	warned := doc.Find(".line > .bad")
	if warned.Length() != 2 || warned.Find(`a[href="/settings/password"]`).Length() != 2 || !strings.Contains(warned.First().Text(), "From 12 IP addresses, last 2001:db8::7Access was refused.") {
		t.Errorf("the warnings are %q", warned.Text())
	}
}

// The request to verify is on two pages, and says why an email came back.
func TestUnverified_OnHomeAndEmailOnly(t *testing.T) {
	for path, want := range map[string]bool{"/dashboard": true, "/settings/email": true, "/settings/profile": false, "/settings/emails": false} {
		if got := (views.Chrome{Path: path, Unverified: true}).AsksToVerify(); got != want {
			t.Errorf("AsksToVerify on %s = %v, want %v", path, got, want)
		}
	}
	if (views.Chrome{Path: "/dashboard"}).AsksToVerify() {
		t.Error("AsksToVerify with a verified email address")
	}
}
