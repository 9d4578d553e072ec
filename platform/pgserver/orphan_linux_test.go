package pgserver

import "os/exec"

// orphanOf has a program not notice the death of its parent.
func orphanOf(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = 0 }
