//go:build !linux

package rig

import "os/exec"

// Mortal does nothing: only Linux ends children with their parent.
func DieWithParent(*exec.Cmd) {}
