//go:build unix && !linux

package pgserver

import "syscall"

// attributes make postgres run as the account. Nothing tells it of our death
// here: the next start ends it (stopOrphan).
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

func namespacesWork() bool { return false }
