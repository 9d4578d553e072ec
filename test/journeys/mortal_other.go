//go:build !linux

package journeys

import "os/exec"

// Mortal does nothing: only Linux ends children with their parent.
func Mortal(*exec.Cmd) {}
