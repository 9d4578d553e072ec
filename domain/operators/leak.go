package operators

import (
	"context"
	"errors"

	"stoa/domain/audit"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// eventKeyReplaced is the security event of EndLeakedKey.
const eventKeyReplaced audit.Event = "secret_key.replaced"

// atOnce is how many rows EndLeakedKey changes in one statement, which must end
// before its timeout.
const atOnce = 10_000

// ErrSameKey is returned by EndLeakedKey when SECRET_KEY is the key that all signing
// keys were encrypted with.
var ErrSameKey = errors.New("SECRET_KEY decrypts all signing keys of the database. " +
	"If stoa keys leaked has run with it, nothing is left to end, and the key is good. Otherwise it is still the leaked one: " +
	"set a new SECRET_KEY (openssl rand -base64 32) first; in development, delete secret.key in DATA_DIR")

// Ended says how much EndLeakedKey has ended.
type Ended struct {
	Families int64 // sign-ins of API clients
	Links    int64 // one-time links
	Keys     int64 // signing keys
}

// EndLeakedKey ends what a client with the SECRET_KEY before this one can use: token
// families, one-time links and signing keys. It returns ErrSameKey when SECRET_KEY is
// not a new one. After an error the next call continues. Everything else that
// SECRET_KEY makes is compared with the new key only, and needs no change.
func (o *Operators) EndLeakedKey(ctx context.Context, sc scope.Scope) (Ended, error) {
	same, err := o.Signer.DecryptsAll(ctx)
	if err != nil {
		return Ended{}, err
	}
	if same {
		return Ended{}, ErrSameKey
	}
	var ended Ended
	if ended.Families, err = untilNone(ctx, o.Sessions.EndFamilies); err != nil {
		return ended, err
	}
	if ended.Links, err = untilNone(ctx, o.Onetime.VoidSome); err != nil {
		return ended, err
	}
	err = o.DB.Tx(ctx, func(tx *pg.Tx) error {
		if ended.Keys, err = o.Signer.Replace(ctx, tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventKeyReplaced, Detail: map[string]any{
			"families": ended.Families, "links": ended.Links, "signing_keys": ended.Keys,
		}})
	})
	return ended, err
}

// untilNone calls end until it has ended all rows, and returns how many these were.
func untilNone(ctx context.Context, end func(ctx context.Context, most int32) (int64, error)) (total int64, err error) {
	for {
		n, err := end(ctx, atOnce)
		total += n
		if err != nil || n < atOnce {
			return total, err
		}
	}
}
