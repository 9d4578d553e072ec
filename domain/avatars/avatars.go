// Package avatars makes, stores and deletes the pictures of users.
package avatars

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"regexp"
	"strings"
	"time"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/domain/userdata"
	"stoa/platform/blob"
	"stoa/platform/fault"
	"stoa/platform/jobs"
	"stoa/platform/pg"
	"stoa/platform/picture"
)

// The sides of a picture's squares, in pixels. Large is for the user's own pages,
// Small for the space beside a name, on screens with two or three pixels per CSS
// pixel.
const (
	Large = 256
	Small = 64
)

// Field is the name of the file in faults.
const Field = "avatar"

const (
	folder = "avatars/" // in the file store
	// unassignedAge is the age at which Sweep deletes a picture that belongs to no
	// user. The request that could still assign it has ended long before.
	unassignedAge = time.Hour
	// deleteTimeout is how long a deletion may take. It continues after its request.
	deleteTimeout = 15 * time.Second
)

// Config has the dependencies of Avatars.
type Config struct {
	DB        *pg.DB
	Jobs      *jobs.Jobs
	UserData  *userdata.Parts
	Files     blob.Store
	Processor *picture.Processor
}

// Avatars makes, stores and deletes pictures.
type Avatars struct {
	Config
	queries *db.Queries
}

// New returns Avatars. It registers the sweep of unassigned pictures, and
// the part of a user's data.
func New(c Config) *Avatars {
	a := &Avatars{Config: c, queries: db.New()}
	c.Jobs.Sweep(jobs.HourlyFiles, jobs.Sweep{What: "avatars", Delete: a.Sweep})
	c.UserData.Add(userdata.Part{
		Name: "avatar", Shown: "your picture", Tables: []string{"avatars"}, Erase: a.Erase, NotExported: "the part user has the URL of the picture",
	})
	return a
}

// Create makes a picture of an uploaded file, stores its squares and returns its
// name. The picture belongs to no user yet. Create returns an Invalid fault of
// Field for a file that is not a supported picture.
func (a *Avatars) Create(ctx context.Context, file []byte) (string, error) {
	drawn, err := a.Processor.Process(ctx, Field, file, Large, Small)
	if err != nil {
		return "", err
	}
	// A client with the name can load the picture. So the name is random: it cannot
	// be guessed, and reveals neither the user nor that two users uploaded the same
	// file.
	random := make([]byte, 16)
	rand.Read(random)
	name := hex.EncodeToString(random) + drawn.Ext
	// The row comes first: when the process ends before the picture is assigned,
	// Sweep finds the files by it.
	if err := a.queries.AvatarInsert(ctx, a.DB, name); err != nil {
		return "", err
	}
	for _, square := range drawn.Squares {
		if err := a.Files.Put(ctx, folder+File(name, square.Side), square.Body); err != nil {
			return "", err
		}
	}
	return name, nil
}

// File returns the file name of the square of that side, as in URLs.
func File(name string, side int) string {
	ext := path.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), side, ext)
}

var filePattern = regexp.MustCompile(fmt.Sprintf(`^[0-9a-f]{32}-(%d|%d)\.(jpg|png)$`, Large, Small))

// Open returns a square by its file name, or a NotFound fault.
func (a *Avatars) Open(ctx context.Context, file string) (blob.File, error) {
	if !filePattern.MatchString(file) {
		return blob.File{}, notFound()
	}
	found, err := a.Files.Get(ctx, folder+file)
	if errors.Is(err, blob.ErrNotFound) {
		return blob.File{}, notFound()
	}
	return found, err
}

func notFound() error {
	return fault.NoSuch("picture")
}

var errSwept = errors.New("avatars: the new picture is deleted or assigned already")

// assign assigns a new picture to the user in the caller's transaction, which holds
// the lock of the user's row. The old picture is deleted after the commit.
func (a *Avatars) assign(ctx context.Context, tx *pg.Tx, user scope.UserID, name string) error {
	if _, err := a.unassign(ctx, tx, user); err != nil {
		return err
	}
	assigned, err := a.queries.AvatarGive(ctx, tx, db.AvatarGiveParams{UserID: user.UUID, Name: name})
	if err == nil && assigned == 0 {
		err = errSwept
	}
	return err
}

// unassign removes the user's picture in the caller's transaction, which holds the
// lock of the user's row, and deletes the picture after the commit. It returns
// false when the user has none.
func (a *Avatars) unassign(ctx context.Context, tx *pg.Tx, user scope.UserID) (bool, error) {
	names, err := a.queries.AvatarRelease(ctx, tx, user.UUID)
	for _, name := range names {
		a.deleteAfterCommit(ctx, tx, name)
	}
	return len(names) > 0, err
}

// deleteAfterCommit deletes a picture after the commit of the caller's transaction:
// after a rollback the user still has it. Sweep repeats a failed deletion.
func (a *Avatars) deleteAfterCommit(ctx context.Context, tx *pg.Tx, name string) {
	tx.AfterCommit(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
		defer cancel()
		if _, err := a.deleteFiles(ctx, name); err != nil {
			slog.WarnContext(ctx, "picture not deleted yet", "error", err)
		}
	})
}

// deleteFiles deletes the files of an unassigned picture, then its row. It returns
// false when there was no such row.
func (a *Avatars) deleteFiles(ctx context.Context, name string) (bool, error) {
	for _, side := range []int{Large, Small} {
		if err := a.Files.Delete(ctx, folder+File(name, side)); err != nil {
			return false, err
		}
	}
	deleted, err := a.queries.AvatarDelete(ctx, a.DB, name)
	return deleted > 0, err
}

// Sweep deletes up to most unassigned pictures: of uploads that did not finish, and
// of deletions that failed. It returns how many it deleted, and stops at the first
// error of the file store.
func (a *Avatars) Sweep(ctx context.Context, most int32) (int64, error) {
	names, err := a.queries.AvatarsOfNobody(ctx, a.DB, db.AvatarsOfNobodyParams{Age: unassignedAge, Count: most})
	if err != nil {
		return 0, err
	}
	var total int64
	for _, name := range names {
		deleted, err := a.deleteFiles(ctx, name)
		if err != nil {
			return total, err
		}
		if deleted {
			total++
		}
	}
	return total, nil
}
