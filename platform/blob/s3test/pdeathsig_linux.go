package s3test

import (
	"os/exec"
	"syscall"
)

// mortal lets the kernel end the process when the tests die before they could.
func mortal(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
