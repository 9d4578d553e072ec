//go:build !linux

package s3test

import "os/exec"

// pdeathsig does nothing: only Linux can end a process together with its parent.
func pdeathsig(*exec.Cmd) {}
