package pgserver

import (
	"bytes"
	"os"
	"strconv"
)

// commandLine returns the arguments of a process with spaces between them, or ""
// when it has ended. A zombie counts as ended: its parent may never wait for it.
func commandLine(pid int) string {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return ""
	}
	// pid (name) state ...; the name may contain parentheses.
	rest := stat[bytes.LastIndexByte(stat, ')')+1:]
	if state := bytes.TrimSpace(rest); len(state) == 0 || state[0] == 'Z' || state[0] == 'X' {
		return ""
	}
	args, err := os.ReadFile(dir + "/cmdline")
	if err != nil {
		return ""
	}
	return string(bytes.ReplaceAll(bytes.TrimRight(args, "\x00"), []byte{0}, []byte{' '}))
}
