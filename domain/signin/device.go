package signin

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// A device cookie stores, without a database row, in which accounts a browser has
// signed in: a random name and, for each account, a MAC of the name and the
// account. It does not authenticate the browser. It only gives the browser a count
// of wrong passwords of its own.
const (
	devicePurpose  = "device"
	deviceAccounts = 5 // the newest are kept
	deviceName     = 32
	deviceMAC      = 16
)

// KindNewDevice is the kind of the email about a sign-in from a new device.
const KindNewDevice mailer.Kind = "new_device"

// knownDevice returns the browser's name if its cookie proves a sign-in to the
// account, and otherwise "".
func (a *Authenticator) knownDevice(cookie string, email emailaddr.Address) string {
	name, macs := parseDeviceCookie(cookie)
	for _, mac := range macs {
		if a.verifiesDevice(mac, name, email) {
			return name
		}
	}
	return ""
}

// Remember returns the device cookie for a browser that has signed in to the
// account of that address: its old cookie with the account added.
func (a *Authenticator) Remember(cookie, address string) string {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return cookie
	}
	name, macs := parseDeviceCookie(cookie)
	if name == "" {
		name = secret.Token()
	}
	macs = slices.DeleteFunc(macs, func(mac string) bool { return a.verifiesDevice(mac, name, email) })
	mac := a.Keys.Sign(devicePurpose, []byte(name), []byte(email.Key()))[:deviceMAC]
	macs = append([]string{base64.RawURLEncoding.EncodeToString(mac)}, macs...)
	return strings.Join(append([]string{name}, macs[:min(len(macs), deviceAccounts)]...), ".")
}

func (a *Authenticator) verifiesDevice(mac, name string, email emailaddr.Address) bool {
	raw, err := base64.RawURLEncoding.DecodeString(mac)
	return err == nil && a.Keys.Verify(devicePurpose, raw, []byte(name), []byte(email.Key()))
}

// parseDeviceCookie returns the parts of a device cookie. It returns nothing for a
// cookie of another form, because the name is sent back and becomes part of the
// key of a limit.
func parseDeviceCookie(cookie string) (name string, macs []string) {
	parts := strings.Split(cookie, ".")
	if len(parts) > deviceAccounts+1 {
		return "", nil
	}
	for i, part := range parts {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || i == 0 && len(raw) != deviceName || i > 0 && len(raw) != deviceMAC {
			return "", nil
		}
	}
	return parts[0], parts[1:]
}

// notifyNewDevice notifies the user of a sign-in from a new device (ASVS 6.3.5). A
// browser is new when its device cookie does not name the account. An API client
// has no cookie: it is new when none of the user's API sign-ins has its name and
// IP address, so that a client that signs in each night does not cause an email
// each night. Register does not notify: only the user knows the new account.
func (a *Authenticator) notifyNewDevice(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User, mode Mode, device string) error {
	known := device != ""
	if mode == API {
		var err error
		if known, err = a.Sessions.KnownClient(ctx, tx, sc, user.ID); err != nil {
			return err
		}
	}
	if known {
		return nil
	}
	return a.Mailer.Enqueue(ctx, tx, mailer.Email{
		Kind: KindNewDevice, To: user.Email, Name: user.Name, User: user.ID, Params: mailer.RequestParams(sc),
	})
}
