package rig

import (
	"os/exec"
	"syscall"
)

// DieWithParent lets the kernel end the process when the tests die before they could.
func DieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
