package pgserver

import (
	"context"
	"errors"
	"os/user"
	"strconv"
	"syscall"
)

// attributes make postgres stop cleanly when this process dies (Pdeathsig) and
// run as the account.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	switch {
	case a.namespace:
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody(), HostID: 0, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody(), HostID: 0, Size: 1}}
	case a.drop:
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

// nobody returns a user that is not root and has a name, which initdb wants.
func nobody() int {
	if u, err := user.Lookup("nobody"); err == nil {
		if uid, err := strconv.Atoi(u.Uid); err == nil && uid > 0 {
			return uid
		}
	}
	return 65534
}

// namespacesWork tries one: container runtimes and hardened kernels refuse
// them. A program that does not exist is enough, since a refusal comes first.
func namespacesWork() bool {
	_, err := run(account{namespace: true}.command(context.Background(), "/nonexistent"))
	return errors.Is(err, syscall.ENOENT)
}
