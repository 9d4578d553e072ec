// Package avatars is about the pictures that people show: drawing, storing and
// forgetting them. Which of them a person shows is package accounts' to say.
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
	"stoa/platform/blob"
	"stoa/platform/fault"
	"stoa/platform/pg"
	"stoa/platform/picture"
)

// The sides of a picture's squares, in pixels: for a page of one's own, and for
// beside a name, on screens of two or three pixels a dot.
const (
	Large = 256
	Small = 64
)

// Field is what refusals call the file.
const Field = "avatar"

const (
	folder = "avatars/" // in the storage
	// unassignedAge is how old a picture of nobody is when it surely stays one. A
	// request that could still give it to somebody has ended long before.
	unassignedAge = time.Hour
	// forgetting goes on after its request has ended, but not for ever.
	deleteTimeout = 15 * time.Second
)

// Avatars draws, keeps and forgets pictures.
type Avatars struct {
	db        *pg.DB
	queries   *db.Queries
	files     blob.Store
	processor *picture.Processor
}

// New returns avatars whose files lie in that storage.
func New(conn *pg.DB, files blob.Store, studio *picture.Processor) *Avatars {
	return &Avatars{db: conn, queries: db.New(), files: files, processor: studio}
}

// Create makes a picture of a file that somebody sent, stores its squares and
// returns its name. It is nobody's until Give. A file that cannot be taken is
// an Invalid fault of Field.
func (a *Avatars) Create(ctx context.Context, file []byte) (string, error) {
	drawn, err := a.processor.Process(ctx, Field, file, Large, Small)
	if err != nil {
		return "", err
	}
	// Whoever has the name sees the picture, so nobody can guess it, nor tell
	// from it whose it is or that two people sent the same.
	random := make([]byte, 16)
	rand.Read(random)
	name := hex.EncodeToString(random) + drawn.Ext
	// Noted first: should we end before the files are somebody's, Sweep finds them.
	if err := a.queries.AvatarInsert(ctx, a.db, name); err != nil {
		return "", err
	}
	for _, square := range drawn.Squares {
		if err := a.files.Put(ctx, folder+File(name, square.Side), square.Body); err != nil {
			return "", err
		}
	}
	return name, nil
}

// File returns what the square of that side is called in addresses.
func File(name string, side int) string {
	ext := path.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), side, ext)
}

var filePattern = regexp.MustCompile(fmt.Sprintf(`^[0-9a-f]{32}-(%d|%d)\.(jpg|png)$`, Large, Small))

// Open returns a square by what it is called in addresses, or a Missing fault.
func (a *Avatars) Open(ctx context.Context, file string) (blob.File, error) {
	if !filePattern.MatchString(file) {
		return blob.File{}, notFound()
	}
	found, err := a.files.Get(ctx, folder+file)
	if errors.Is(err, blob.ErrNotFound) {
		return blob.File{}, notFound()
	}
	return found, err
}

func notFound() error {
	return &fault.Error{Kind: fault.NotFound, Code: "not_found", Message: "There is no such picture."}
}

var errSwept = errors.New("avatars: the new picture is gone or somebody's")

// Assign makes a new picture the person's in the caller's transaction, which
// holds the person's row. Their old one is forgotten once that is committed.
func (a *Avatars) Assign(ctx context.Context, tx *pg.Tx, user scope.UserID, name string) error {
	if _, err := a.Unassign(ctx, tx, user); err != nil {
		return err
	}
	given, err := a.queries.AvatarGive(ctx, tx, db.AvatarGiveParams{UserID: user.UUID, Name: name})
	if err == nil && given == 0 {
		err = errSwept
	}
	return err
}

// Unassign takes the person's picture from them in the caller's transaction,
// which holds the person's row, and forgets it once that is committed. It
// reports false when they have none.
func (a *Avatars) Unassign(ctx context.Context, tx *pg.Tx, user scope.UserID) (bool, error) {
	names, err := a.queries.AvatarRelease(ctx, tx, user.UUID)
	for _, name := range names {
		a.DeleteAfterCommit(ctx, tx, name)
	}
	return len(names) > 0, err
}

// DeleteAfterCommit forgets a picture once the caller's transaction is committed, and
// never before: the row decides. What fails is left to Sweep.
func (a *Avatars) DeleteAfterCommit(ctx context.Context, tx *pg.Tx, name string) {
	tx.AfterCommit(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
		defer cancel()
		if _, err := a.deleteFiles(ctx, name); err != nil {
			slog.WarnContext(ctx, "picture not deleted yet", "error", err)
		}
	})
}

// deleteFiles deletes the files of a picture of nobody, then its row, and reports
// whether there was one.
func (a *Avatars) deleteFiles(ctx context.Context, name string) (bool, error) {
	for _, side := range []int{Large, Small} {
		if err := a.files.Delete(ctx, folder+File(name, side)); err != nil {
			return false, err
		}
	}
	deleted, err := a.queries.AvatarDelete(ctx, a.db, name)
	return deleted > 0, err
}

// Sweep forgets pictures that are nobody's, at most so many: of uploads that
// did not come to their end, and those whose files could not be deleted when
// they were given up. It returns how many it forgot, and stops at the first
// that the storage refuses.
func (a *Avatars) Sweep(ctx context.Context, most int32) (int64, error) {
	names, err := a.queries.AvatarsOfNobody(ctx, a.db, db.AvatarsOfNobodyParams{Age: unassignedAge, Count: most})
	if err != nil {
		return 0, err
	}
	var forgotten int64
	for _, name := range names {
		was, err := a.deleteFiles(ctx, name)
		if err != nil {
			return forgotten, err
		}
		if was {
			forgotten++
		}
	}
	return forgotten, nil
}
