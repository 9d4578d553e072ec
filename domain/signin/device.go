package signin

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"stoa/domain/accounts"
	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// A device cookie stores, without a database row, in which accounts a browser has
// signed in: a random name and, for each account, a mark: the time of the newest
// sign-in and a MAC of the name, the account and the time. It does not authenticate
// the browser. It only gives the browser a count of wrong passwords of its own, until
// the account gets a new password.
const (
	devicePurpose  = "device"
	deviceAccounts = 5 // the newest are kept
	deviceName     = 32
	deviceMAC      = 16
	deviceTime     = 8 // Unix time in microseconds; marks of version 0.1 have none
)

// KindNewDevice is the kind of the email about a sign-in from a new device.
const KindNewDevice mailer.Kind = "new_device"

// knownDevice returns the browser's name and the time of its mark if its cookie proves
// a sign-in to the account, and otherwise "". A new password of the account ends marks
// from before it, which only Authenticate finds out.
func (a *Authenticator) knownDevice(cookie string, email emailaddr.Address) (string, time.Time) {
	name, marks := parseDeviceCookie(cookie)
	for _, mark := range marks {
		if at, ok := a.verifiesDevice(mark, name, email); ok {
			return name, at
		}
	}
	return "", time.Time{}
}

// Remember returns the device cookie for a browser that has signed in to the
// account of that address: its old cookie with the account added.
func (a *Authenticator) Remember(cookie, address string) string {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return cookie
	}
	name, marks := parseDeviceCookie(cookie)
	if name == "" {
		name = secret.Token()
	}
	marks = slices.DeleteFunc(marks, func(mark string) bool {
		_, ok := a.verifiesDevice(mark, name, email)
		return ok
	})
	at := binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixMicro()))
	mac := a.Keys.Sign(devicePurpose, []byte(name), []byte(email.Key()), at)[:deviceMAC]
	marks = append([]string{base64.RawURLEncoding.EncodeToString(append(mac, at...))}, marks...)
	return strings.Join(append([]string{name}, marks[:min(len(marks), deviceAccounts)]...), ".")
}

// verifiesDevice returns the time of a mark, zero for one of version 0.1, and whether
// the mark is of the browser and the account.
func (a *Authenticator) verifiesDevice(mark, name string, email emailaddr.Address) (time.Time, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(mark)
	switch {
	case err != nil:
		return time.Time{}, false
	case len(raw) == deviceMAC:
		return time.Time{}, a.Keys.Verify(devicePurpose, raw, []byte(name), []byte(email.Key()))
	}
	mac, at := raw[:deviceMAC], raw[deviceMAC:]
	return time.UnixMicro(int64(binary.BigEndian.Uint64(at))), a.Keys.Verify(devicePurpose, mac, []byte(name), []byte(email.Key()), at)
}

// parseDeviceCookie returns the parts of a device cookie. It returns nothing for a
// cookie of another form, because the name is sent back and becomes part of the
// key of a limit.
func parseDeviceCookie(cookie string) (name string, marks []string) {
	parts := strings.Split(cookie, ".")
	if len(parts) > deviceAccounts+1 {
		return "", nil
	}
	for i, part := range parts {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || i == 0 && len(raw) != deviceName || i > 0 && len(raw) != deviceMAC && len(raw) != deviceMAC+deviceTime {
			return "", nil
		}
	}
	return parts[0], parts[1:]
}

// mustNotify reports whether the user gets a notice of a sign-in from a new device
// (ASVS 6.3.5). A browser is new when its device cookie does not name the account. An
// API client has no cookie: it is new when none of the user's API sign-ins since the
// newest password has its name and IP address, so that a client that signs in each
// night does not cause an email each night. Register does not notify: only the user
// knows the new account.
func (a *Authenticator) mustNotify(ctx context.Context, sc scope.Scope, v accounts.Verified, mode Mode) (bool, error) {
	known := v.Known
	if mode == API {
		var err error
		if known, err = a.Sessions.KnownClient(ctx, sc, v.User.ID); err != nil {
			return false, err
		}
	}
	if known {
		return false, nil
	}
	return a.Accounts.MayNotify(ctx, v.User)
}

func (a *Authenticator) notifyNewDevice(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User) error {
	return a.Mailer.Enqueue(ctx, tx, mailer.Email{
		Kind: KindNewDevice, To: user.Email, Name: user.Name, User: user.ID, Params: mailer.RequestParams(sc),
	})
}
