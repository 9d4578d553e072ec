package rig

import (
	"os/exec"
	"syscall"
)

// Mortal lets the kernel end the process when the tests die before they could.
func Mortal(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
