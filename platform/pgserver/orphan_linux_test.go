package pgserver

import "os/exec"

// orphanOf makes the program outlive its parent.
func orphanOf(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = 0 }
