package chromium

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/security"

	"stoa/test/rig"
)

// The whole way by https, through the sample for nginx before two replicas,
// with the static files on another origin: no load is refused there.
func TestPerson_BehindNginxWithAssetsElsewhere(t *testing.T) {
	t.Parallel()
	front := rig.NewProxies(t)
	app := rig.Start(t, front.Env(), rig.Env{"ASSET_URL": front.Assets})
	front.Nginx(t, app, app.Replica(t))
	w := &walker{Tab: open(t, app), script: true, person: rig.NewUser()}
	call(w.Tab, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	w.From("") // with that header each file of another origin would be asked for twice
	w.allow(status422...)
	w.allow("a request to somebody else: " + front.Assets + "/static/")
	// Without the steps that a letter leads through, for production keeps none,
	// and without a picture, for these two replicas share no files.
	w.registers()
	w.writesProfile()
	w.settles()
	w.signsOut()
	w.returns()
	w.leaves()

	var elsewhere []string
	for _, r := range w.since(0) {
		kind, own := r.path()[strings.LastIndex(r.path(), ".")+1:], strings.HasPrefix(r.URL, app.Base)
		if own && slices.Contains([]string{"css", "js", "woff2"}, kind) {
			t.Errorf("%s comes from the program's own origin", r.path())
		}
		if !own && r.Status == 200 && !slices.Contains(elsewhere, kind) {
			elsewhere = append(elsewhere, kind)
		}
	}
	slices.Sort(elsewhere)
	if got := strings.Join(elsewhere, " "); !strings.Contains(got, "css js") || !strings.Contains(got, "woff2") {
		t.Errorf("from the other origin came %q, want style sheet, scripts and font", got)
	}
}
