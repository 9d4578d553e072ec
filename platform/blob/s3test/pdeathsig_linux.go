package s3test

import (
	"os/exec"
	"syscall"
)

// pdeathsig makes the kernel end the process when the test process dies without
// stopping it.
func pdeathsig(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
