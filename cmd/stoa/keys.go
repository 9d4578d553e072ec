package main

import (
	"context"
	"errors"
	"fmt"

	"stoa/cmd/stoa/config"
	"stoa/platform/pg"
)

type keys struct {
	Rotate rotate `cmd:"" help:"Sign with a new key from now on; tokens of the old key stay valid until they expire."`
	Leaked leaked `cmd:"" help:"After a leak of SECRET_KEY, with a new one set: end what the leaked key can still open."`
}

type rotate struct {
	Leaked bool `help:"Delete the old keys: their tokens are refused within a minute."`
}

// Run creates a new signing key.
func (r rotate) Run(ctx context.Context) error {
	return withCore(ctx, func(c *core) error {
		if r.Leaked {
			return replaceSigningKeys(ctx, c)
		}
		if err := c.Signer.Rotate(ctx); err != nil {
			return err
		}
		fmt.Println("rotated; the new key is public within a minute and signs after six")
		return nil
	})
}

func replaceSigningKeys(ctx context.Context, c *core) error {
	var deleted int64
	err := c.DB.Tx(ctx, func(tx *pg.Tx) (err error) {
		deleted, err = c.Signer.Replace(ctx, tx)
		return err
	})
	if err == nil {
		fmt.Printf("deleted  %d signing keys; replicas refuse their tokens within a minute, or after a restart\n", deleted)
	}
	return err
}

type leaked struct{}

// Run ends what a leaked SECRET_KEY can still open, and prints what it ended.
func (leaked) Run(ctx context.Context) error {
	return withDatabase(ctx, func(cfg config.Config, db *database) error {
		if cfg.SecretKeyPrevious != nil {
			return errors.New("SECRET_KEY_PREVIOUS keeps the leaked key valid: remove it")
		}
		return onCore(ctx, cfg, db, func(c *core) error {
			ended, err := c.operators.EndLeakedKey(ctx, shellScope())
			if err != nil {
				return err
			}
			fmt.Printf("ended    %d sign-ins of API clients\n", ended.Families)
			fmt.Printf("voided   %d one-time links\n", ended.Links)
			fmt.Printf("deleted  %d signing keys; a new one signs\n", ended.Keys)
			fmt.Println("With the new SECRET_KEY open forms and the recognition of known browsers have ended, too. Browser sessions stay: they do not depend on it.")
			return nil
		})
	})
}
