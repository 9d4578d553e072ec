package devmail_test

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/google/uuid"

	"stoa/platform/devmail"
	"stoa/platform/mail"
	"stoa/platform/page"
	"stoa/platform/pg/pgtest"
)

func send(t *testing.T, store *devmail.Store, subjects ...string) {
	t.Helper()
	for _, subject := range subjects {
		err := store.Send(t.Context(), mail.Message{ID: uuid.NewString(), Name: "Ada", Address: "ada@example.com", Subject: subject, Text: "x", HTML: "<p>x</p>"})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T) (*devmail.Store, pgtest.Database) {
	t.Helper()
	database := pgtest.New(t)
	return devmail.New(devmail.Config{DB: database.DB, From: &netmail.Address{Address: "stoa@example.com"}}), database
}

func numbers(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("email %03d", i))
	}
	return list
}

// Emails that arrive or are deleted between two pages do not shift the others.
func TestList_Pages(t *testing.T) {
	t.Parallel()
	store, database := open(t)
	send(t, store, numbers(0, 2*page.Size+20)...)
	var seen []string
	var sizes []int
	cursor := page.Cursor("")
	for {
		list, err := store.List(t.Context(), "", cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list.Items {
			seen = append(seen, m.Subject)
		}
		sizes = append(sizes, len(list.Items))
		if cursor = list.Next; cursor == "" {
			break
		}
		send(t, store, "later")
		if _, err := database.Exec(t.Context(), "DELETE FROM mailbox WHERE id = $1", list.Items[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	want := numbers(0, 2*page.Size+20)
	for i, subject := range seen {
		if subject != want[len(want)-1-i] {
			t.Fatalf("email %d is %q, want %q", i, subject, want[len(want)-1-i])
		}
	}
	if fmt.Sprint(sizes) != fmt.Sprint([]int{page.Size, page.Size, 20}) {
		t.Errorf("the pages have %v emails", sizes)
	}
}

func TestList_Search(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	send(t, store, "100% Sure", "100 percent", "Other")
	for search, want := range map[string]int{"": 3, "100%": 1, "sURE": 1, "ADA@": 3, "_": 0, "nothing": 0} {
		if list, err := store.List(t.Context(), search, ""); err != nil || len(list.Items) != want {
			t.Errorf("a search for %q finds %d emails, %v; want %d", search, len(list.Items), err, want)
		}
	}
}

func TestList_InvalidCursor(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	for _, cursor := range []page.Cursor{"x", page.Cursor(strings.Repeat("A", 5000))} {
		if _, err := store.List(t.Context(), "", cursor); !errors.Is(err, page.ErrCursor) {
			t.Errorf("List with cursor %.10q = %v, want ErrCursor", cursor, err)
		}
	}
}
