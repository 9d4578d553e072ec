//go:build unix && !linux

package pgserver

import "syscall"

// attributes returns the process attributes with which postgres runs as the
// account. These systems do not signal it when this process is killed: the next
// start stops it (stopOrphan).
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

func namespacesWork() bool { return false }
