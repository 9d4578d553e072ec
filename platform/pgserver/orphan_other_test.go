//go:build unix && !linux

package pgserver

import "os/exec"

func orphanOf(*exec.Cmd) {}
