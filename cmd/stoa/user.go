package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"stoa/domain/accounts"
	"stoa/domain/operators"
	"stoa/domain/scope"
	"stoa/platform/pg"
	"stoa/views"
)

type user struct {
	Create        userCreate  `cmd:"" help:"Create an account; the password is read from standard input."`
	List          userList    `cmd:"" help:"List the accounts."`
	Promote       userPromote `cmd:"" help:"Make an account an instance administrator."`
	Disable       userDisable `cmd:"" help:"End an account's sign-ins and refuse new ones."`
	Enable        userEnable  `cmd:"" help:"Let a disabled account sign in again."`
	ResetPassword userReset   `cmd:"" help:"Set an account's password, read from standard input, and end its sign-ins; or print a link for its owner."`
}

type userCreate struct {
	Email string `arg:"" help:"The email address."`
	Name  string `help:"The name; by default the part of the email address before the @."`
	Admin bool   `help:"Make it an instance administrator."`
}

// Run creates an account.
func (u userCreate) Run(ctx context.Context) error {
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	password, err := readPassword()
	if err != nil {
		return err
	}
	return withCore(ctx, func(c *core) error {
		checked, err := c.Accounts.CheckRegistration(accounts.Registration{Name: u.Name, Email: u.Email, Password: password})
		if err != nil {
			return err
		}
		hashed, err := c.Accounts.HashRegistration(ctx, checked)
		if err != nil {
			return err
		}
		var made scope.User
		err = c.DB.Tx(ctx, func(tx *pg.Tx) error {
			made, err = c.Accounts.Create(ctx, tx, shellScope(), hashed)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Printf("%s  %s  made\n", made.ID, views.Address(made.Email))
		if u.Admin {
			return promoted.apply(ctx, c, u.Email)
		}
		return nil
	})
}

type userList struct{}

// Run lists the accounts, oldest first.
func (userList) Run(ctx context.Context) error {
	const page = 500
	return withCore(ctx, func(c *core) error {
		var last scope.UserID
		for {
			list, err := c.operators.List(ctx, last, page)
			if err != nil {
				return err
			}
			for _, a := range list {
				fmt.Printf("%s  %s  %-30s  %s\n", a.ID, a.CreatedAt.UTC().Format("2006-01-02"), views.Address(a.Email), role(a))
				last = a.ID
			}
			if len(list) < page {
				return nil
			}
		}
	})
}

func role(a accounts.Account) string {
	words := []string{}
	if a.Admin {
		words = append(words, "administrator")
	}
	if a.Disabled {
		words = append(words, "disabled")
	}
	return strings.Join(words, ", ")
}

type (
	userPromote struct{ account }
	userDisable struct{ account }
	userEnable  struct{ account }

	account struct {
		Email string `arg:"" help:"The account's email address."`
	}
)

// Run makes the account an instance administrator.
func (u userPromote) Run(ctx context.Context) error { return promoted.on(ctx, u.Email) }

// Run disables the account.
func (u userDisable) Run(ctx context.Context) error { return disabled.on(ctx, u.Email) }

// Run enables the account.
func (u userEnable) Run(ctx context.Context) error { return enabled.on(ctx, u.Email) }

// change is a change of an account by an operator. done is the resulting state,
// as the command prints it.
type change struct {
	do   func(*operators.Operators, context.Context, scope.Scope, string) (bool, error)
	done string
}

var (
	promoted = change{(*operators.Operators).Promote, "promoted"}
	disabled = change{(*operators.Operators).Disable, "disabled"}
	enabled  = change{(*operators.Operators).Enable, "enabled"}
)

func (ch change) on(ctx context.Context, email string) error {
	return withCore(ctx, func(c *core) error { return ch.apply(ctx, c, email) })
}

func (ch change) apply(ctx context.Context, c *core, email string) error {
	changed, err := ch.do(c.operators, ctx, shellScope(), email)
	if err != nil {
		return err
	}
	if changed {
		fmt.Printf("%s  %s\n", email, ch.done)
	} else {
		fmt.Printf("%s  was %s already\n", email, ch.done)
	}
	return nil
}

type userReset struct {
	Email string `arg:"" help:"The account's email address."`
	Link  bool   `help:"Instead of setting a password, print a link with which the owner sets one; it is valid once and for an hour."`
}

// Run sets a password, or prints a link with which the owner sets one.
func (u userReset) Run(ctx context.Context) error {
	if u.Link {
		return withCore(ctx, func(c *core) error {
			address, err := c.operators.ResetLink(ctx, shellScope(), u.Email)
			if err == nil {
				fmt.Println(address)
			}
			return err
		})
	}
	password, err := readPassword()
	if err != nil {
		return err
	}
	return withCore(ctx, func(c *core) error {
		if err := c.operators.SetPassword(ctx, shellScope(), u.Email, password); err != nil {
			return err
		}
		fmt.Printf("%s  has a new password and is signed out everywhere\n", u.Email)
		return nil
	})
}

// readPassword reads one line of standard input. A terminal does not show it.
func readPassword() (string, error) {
	stdin := int(os.Stdin.Fd())
	if term.IsTerminal(stdin) {
		fmt.Fprint(os.Stderr, "Password: ")
		typed, err := term.ReadPassword(stdin)
		fmt.Fprintln(os.Stderr)
		return string(typed), err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if err != nil && line == "" {
		return "", errors.New("send the password on standard input, in one line")
	}
	return line, nil
}
