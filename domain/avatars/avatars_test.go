package avatars_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"stoa/domain/avatars"
	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
)

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 300))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// change gives the user of the scope a picture and returns its name.
func change(t *testing.T, d *domaintest.Domain, sc scope.Scope) string {
	t.Helper()
	user, err := d.Avatars.Change(t.Context(), sc, picture(t))
	if err != nil {
		t.Fatalf("Change = %v", err)
	}
	return user.Avatar
}

// files returns how many files the file store has.
func files(t *testing.T, d *domaintest.Domain) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(d.StoredFiles, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func rows(t *testing.T, d *domaintest.Domain, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := d.DB.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func wantShown(t *testing.T, d *domaintest.Domain, name string) {
	t.Helper()
	for _, side := range []int{avatars.Large, avatars.Small} {
		file, err := d.Avatars.Open(t.Context(), avatars.File(name, side))
		if err != nil || file.Type != "image/jpeg" {
			t.Fatalf("Open(%d) = %s, %v", side, file.Type, err)
		}
		if img, err := jpeg.Decode(bytes.NewReader(file.Body)); err != nil || img.Bounds().Dx() != side {
			t.Errorf("the square of side %d is %v, %v", side, img.Bounds(), err)
		}
	}
}

func wantGone(t *testing.T, d *domaintest.Domain, name string) {
	t.Helper()
	for _, side := range []int{avatars.Large, avatars.Small} {
		if _, err := d.Avatars.Open(t.Context(), avatars.File(name, side)); !fault.Is(err, fault.NotFound) {
			t.Errorf("Open(%d) = %v, want NotFound", side, err)
		}
	}
	if n := rows(t, d, "SELECT count(*) FROM avatars WHERE name = $1", name); n != 0 {
		t.Errorf("%d rows of a deleted picture", n)
	}
}

func TestChangeAvatar(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	sc := domaintest.Scope(in)
	first := change(t, d, sc)
	if !regexp.MustCompile(`^[0-9a-f]{32}\.jpg$`).MatchString(first) {
		t.Errorf("name = %q, want a random name", first)
	}
	wantShown(t, d, first)
	found, ok, err := d.Sessions.Find(t.Context(), in.Session.Token)
	if err != nil || !ok || found.User.Avatar != first {
		t.Errorf("the user of the session has the picture %q, %v; want %q", found.User.Avatar, err, first)
	}
	second := change(t, d, sc)
	if second == first {
		t.Error("another picture has the same name")
	}
	wantShown(t, d, second)
	wantGone(t, d, first)
	if got := files(t, d); got != 2 {
		t.Errorf("%d files, want 2 of the new picture", got)
	}
	d.WantEvents(t, in.User, "user.registered", "session.opened", "avatar.changed", "avatar.changed")
}

func TestChangeAvatar_Refused(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	shown := change(t, d, sc)
	_, err := d.Avatars.Change(t.Context(), sc, []byte("<script>alert(1)</script>"))
	if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Fields[0].Name != "avatar" || f.Fields[0].Code != "wrong_type" {
		t.Errorf("Change = %v, want wrong_type", err)
	}
	wantShown(t, d, shown)
}

func TestRemoveAvatar(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	name := change(t, d, domaintest.Scope(in))
	for range 2 { // the second call finds no picture
		user, err := d.Avatars.Remove(t.Context(), domaintest.Scope(in))
		if err != nil || user.Avatar != "" {
			t.Fatalf("Remove = %q, %v; want none", user.Avatar, err)
		}
	}
	wantGone(t, d, name)
	d.WantEvents(t, in.User, "user.registered", "session.opened", "avatar.changed", "avatar.removed")
}

func TestDelete_DeletesPicture(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	name := change(t, d, domaintest.Scope(in))
	if err := d.PersonalData.Delete(t.Context(), domaintest.Scope(in), "password", domaintest.Password); err != nil {
		t.Fatal(err)
	}
	wantGone(t, d, name)
}

// Of several concurrent changes, one picture remains, and no files of the others.
func TestChangeAvatar_Together(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	sc, file := domaintest.Scope(in), picture(t)
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() {
			if _, err := d.Avatars.Change(t.Context(), sc, file); err != nil {
				t.Errorf("Change = %v", err)
			}
		})
	}
	together.Wait()
	found, _, err := d.Sessions.Find(t.Context(), in.Session.Token)
	if err != nil {
		t.Fatal(err)
	}
	wantShown(t, d, found.User.Avatar)
	if got := files(t, d); got != 2 {
		t.Errorf("%d files, want 2", got)
	}
	if n := rows(t, d, "SELECT count(*) FROM avatars WHERE user_id = $1 AND name = $2", in.User.ID.UUID, found.User.Avatar); n != 1 {
		t.Errorf("the row of the shown picture is not assigned to the user")
	}
}

// Sweep deletes pictures of a process that ended before it assigned them. It keeps
// assigned pictures and new uploads. Sweeps see each other's pictures, so their
// tests do not run in parallel.
func TestSweep(t *testing.T) {
	d, sc := domaintest.NewUser(t)
	lost, err := d.Avatars.Create(t.Context(), picture(t))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := d.Avatars.Create(t.Context(), picture(t))
	if err != nil {
		t.Fatal(err)
	}
	shown := change(t, d, sc)
	d.Exec(t, "UPDATE avatars SET created_at = now() - interval '2 hours' WHERE name = ANY($1)", []string{lost, shown})
	sweep(t, d)
	wantGone(t, d, lost)
	wantShown(t, d, fresh)
	wantShown(t, d, shown)
}

func sweep(t *testing.T, d *domaintest.Domain) {
	t.Helper()
	if _, err := d.Avatars.Sweep(t.Context(), 100); err != nil {
		t.Errorf("Sweep = %v", err)
	}
}

// The user can remove a picture while the file store is unavailable. Sweep deletes
// the files later.
func TestSweep_AfterFailure(t *testing.T) {
	d, sc := domaintest.NewUser(t)
	name := change(t, d, sc)
	folder := filepath.Join(d.StoredFiles, "avatars")
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // prevents access, for root too
		t.Fatal(err)
	}
	if user, err := d.Avatars.Remove(t.Context(), sc); err != nil || user.Avatar != "" {
		t.Fatalf("Remove = %q, %v; want none", user.Avatar, err)
	}
	d.Exec(t, "UPDATE avatars SET created_at = now() - interval '2 hours' WHERE name = $1", name)
	if _, err := d.Avatars.Sweep(t.Context(), 100); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Sweep = %v without the file store, want Unavailable", err)
	}
	if err := errors.Join(os.Remove(folder), os.Rename(folder+".away", folder)); err != nil {
		t.Fatal(err)
	}
	sweep(t, d)
	wantGone(t, d, name)
}

func TestOpen_OddNames(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	name := change(t, d, domaintest.Scope(d.Register(t, signin.Browser)))
	for _, file := range []string{"", name, "../" + name, avatars.File(name, 100), avatars.File(name, 256) + "x", "..%2f" + name, "a.jpg", "avatars/" + avatars.File(name, 64)} {
		if _, err := d.Avatars.Open(t.Context(), file); !fault.Is(err, fault.NotFound) {
			t.Errorf("Open(%q) = %v, want NotFound", file, err)
		}
	}
}
