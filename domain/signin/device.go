package signin

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"stoa/domain/accounts"
	"stoa/domain/emailaddr"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// A device cookie remembers, without a row, which accounts a browser has been
// let into: a random name and, for each account, a MAC of both. It opens
// nothing; it only gives the browser a count of wrong passwords of its own.
const (
	devicePurpose  = "device"
	deviceAccounts = 5 // the newest are kept
	deviceName     = 32
	deviceMAC      = 16
)

// knownDevice returns the browser's name if its cookie says that it has been let
// into the account before, else "".
func (d *Authenticator) knownDevice(cookie string, email emailaddr.Address) string {
	name, macs := parseDeviceCookie(cookie)
	for _, mac := range macs {
		if d.verifiesDevice(mac, name, email) {
			return name
		}
	}
	return ""
}

// Remember returns the device cookie that a browser gets when it is let into
// the account of that address: its old one with the account added.
func (d *Authenticator) Remember(cookie, address string) string {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return cookie
	}
	name, macs := parseDeviceCookie(cookie)
	if name == "" {
		name = secret.Token()
	}
	macs = slices.DeleteFunc(macs, func(mac string) bool { return d.verifiesDevice(mac, name, email) })
	mac := d.keys.Sign(devicePurpose, []byte(name), []byte(email.Key()))[:deviceMAC]
	macs = append([]string{base64.RawURLEncoding.EncodeToString(mac)}, macs...)
	return strings.Join(append([]string{name}, macs[:min(len(macs), deviceAccounts)]...), ".")
}

func (d *Authenticator) verifiesDevice(mac, name string, email emailaddr.Address) bool {
	raw, err := base64.RawURLEncoding.DecodeString(mac)
	return err == nil && d.keys.Verify(devicePurpose, raw, []byte(name), []byte(email.Key()))
}

// parseDeviceCookie returns the parts of a device cookie, or nothing of one that we did
// not make: its name is sent back and becomes part of a key.
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

// notifyNewDevice writes to the account's owner when a browser comes in that was
// never let in before, by its device cookie, or a program of a name and from an
// address that is on none of their API sign-ins (ASVS 6.3.5). Programs have no
// cookie, and one that signs in each night must not make a letter of it.
// Registration tells nobody: there is nobody else yet.
func (d *Authenticator) notifyNewDevice(ctx context.Context, tx *pg.Tx, sc scope.Scope, p scope.User, way Mode, device string) error {
	known := device != ""
	if way == API {
		var err error
		if known, err = d.sessions.KnownClient(ctx, tx, sc, p.ID); err != nil {
			return err
		}
	}
	if known {
		return nil
	}
	return d.mailer.Enqueue(ctx, tx, mailer.Email{
		Kind: mailer.NewDevice, To: p.Email, Name: p.Name, User: p.ID, Params: accounts.EmailParams(sc),
	})
}
