package chromium

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/security"

	"stoa/test/rig"
)

// The journey by https, through the nginx sample in front of two replicas, with
// the static files on another origin: the browser loads all of them.
func TestJourney_BehindNginxWithAssetOrigin(t *testing.T) {
	t.Parallel()
	proxies := rig.NewProxies(t)
	app := rig.Start(t, proxies.Env(), rig.Env{"ASSET_URL": proxies.Assets})
	proxies.Nginx(t, app, app.Replica(t))
	j := &journey{Tab: open(t, app), script: true, user: rig.NewUser()}
	call(j.Tab, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	j.From("") // with its header the browser would request each file of another origin twice
	j.allow(status422...)
	j.allow("a request to another origin: " + proxies.Assets + "/static/")
	// Without the steps that need an email, as production keeps no emails, and
	// without a picture, as these replicas share no files.
	j.register()
	j.editProfile()
	j.changeSettings()
	j.signOut()
	j.signInAgain()
	j.deleteAccount()

	var elsewhere []string
	for _, r := range j.since(0) {
		kind, own := r.path()[strings.LastIndex(r.path(), ".")+1:], strings.HasPrefix(r.URL, app.Base)
		if own && slices.Contains([]string{"css", "js", "woff2"}, kind) {
			t.Errorf("%s is loaded from the origin of the program", r.path())
		}
		if !own && r.Status == 200 && !slices.Contains(elsewhere, kind) {
			elsewhere = append(elsewhere, kind)
		}
	}
	slices.Sort(elsewhere)
	if got := strings.Join(elsewhere, " "); !strings.Contains(got, "css js") || !strings.Contains(got, "woff2") {
		t.Errorf("%q was loaded from the other origin, want style sheet, scripts and font", got)
	}
}
