package rig

import (
	"os/exec"
	"syscall"
)

// DieWithParent makes the kernel kill the process when the test process dies
// without stopping it.
func DieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
