package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"stoa/domain/accounts"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

type user struct {
	Create        userCreate `cmd:"" help:"Make an account; the password is read from standard input."`
	List          userList   `cmd:"" help:"List the accounts."`
	Promote       userAct    `cmd:"" help:"Make an account an instance administrator."`
	Disable       userAct    `cmd:"" help:"End an account's sign-ins and refuse new ones."`
	Enable        userAct    `cmd:"" help:"Let a disabled account sign in again."`
	ResetPassword userReset  `cmd:"" help:"Set an account's password, read from standard input, and end its sign-ins; or print a link for its owner."`
}

type userCreate struct {
	Email string `arg:"" help:"The email address."`
	Name  string `help:"The name; by default what stands before the @."`
	Admin bool   `help:"Make it an instance administrator."`
}

// Run makes an account.
func (u userCreate) Run(ctx context.Context) error {
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	password, err := readPassword()
	if err != nil {
		return err
	}
	return withCore(ctx, func(c *core) error {
		checked, err := c.accounts.Check(accounts.Registration{Name: u.Name, Email: u.Email, Password: password})
		if err != nil {
			return err
		}
		hashed, err := c.accounts.Hash(ctx, checked)
		if err != nil {
			return err
		}
		var made scope.Person
		err = c.conn.Tx(ctx, func(tx *pg.Tx) error {
			made, err = c.accounts.Create(ctx, tx, shell(), hashed)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Printf("%s  %s  made\n", made.ID, made.Email)
		if u.Admin {
			return userAct{Email: u.Email}.act(ctx, c, "promote")
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
			list, err := c.accounts.List(ctx, last, page)
			if err != nil {
				return err
			}
			for _, a := range list {
				fmt.Printf("%s  %s  %-30s  %s\n", a.ID, a.CreatedAt.UTC().Format("2006-01-02"), a.Email, role(a))
				last = a.ID
			}
			if len(list) < page {
				return nil
			}
		}
	})
}

func role(a accounts.Listed) string {
	words := []string{}
	if a.Admin {
		words = append(words, "administrator")
	}
	if a.Disabled {
		words = append(words, "disabled")
	}
	return strings.Join(words, ", ")
}

type userAct struct {
	Email string `arg:"" help:"The account's email address."`
}

// Run carries out the command's own verb on the account.
func (u userAct) Run(ctx context.Context, k *kong.Context) error {
	return withCore(ctx, func(c *core) error { return u.act(ctx, c, k.Selected().Name) })
}

func (u userAct) act(ctx context.Context, c *core, verb string) error {
	act := map[string]func(context.Context, scope.Scope, string) (bool, error){
		"promote": c.accounts.Promote, "disable": c.accounts.Disable, "enable": c.accounts.Enable,
	}[verb]
	changed, err := act(ctx, shell(), u.Email)
	if err != nil {
		return err
	}
	if changed {
		fmt.Printf("%s  %sd\n", u.Email, verb)
	} else {
		fmt.Printf("%s  was %sd already\n", u.Email, verb)
	}
	return nil
}

type userReset struct {
	Email string `arg:"" help:"The account's email address."`
	Link  bool   `help:"Print a link by which the owner sets a password, good once and for an hour, in place of setting one."`
}

// Run sets a password, or prints a link to do so.
func (u userReset) Run(ctx context.Context) error {
	if u.Link {
		return withCore(ctx, func(c *core) error {
			address, err := c.accounts.ResetLink(ctx, shell(), u.Email)
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
		if err := c.accounts.ResetPassword(ctx, shell(), u.Email, password); err != nil {
			return err
		}
		fmt.Printf("%s  has a new password and is signed out everywhere\n", u.Email)
		return nil
	})
}

// readPassword reads one line of standard input; from a terminal without
// showing it.
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
