package pgserver

import (
	"context"
	"errors"
	"os/user"
	"strconv"
	"syscall"
)

// attributes returns the process attributes with which postgres runs as the
// account and stops cleanly when this process ends (Pdeathsig).
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

// nobody returns the uid of the user "nobody": initdb requires a user that is not
// root and has a name.
func nobody() int {
	if u, err := user.Lookup("nobody"); err == nil {
		if uid, err := strconv.Atoi(u.Uid); err == nil && uid > 0 {
			return uid
		}
	}
	return 65534
}

// namespacesWork reports whether this process may create a user namespace:
// container runtimes and hardened kernels refuse it. Starting a program that does
// not exist is enough, because the refusal comes before the look-up.
func namespacesWork() bool {
	_, err := run(account{namespace: true}.command(context.Background(), "/nonexistent"))
	return errors.Is(err, syscall.ENOENT)
}
