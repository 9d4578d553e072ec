package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of process times in /proc (USER_HZ, the same on every
// Linux that Go runs on).
const tick = 10 * time.Millisecond

// stat is the part of /proc/<pid>/stat that the benchmark reads.
type stat struct {
	parent int
	own    time.Duration // processor time of the process
	waited time.Duration // processor time of ended children
}

func readStat(pid int) (stat, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	// The name in brackets may contain any character. Field 3 follows it.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(fields[i-3]) // the kernel writes numbers
		return n
	}
	return stat{
		parent: number(4),
		own:    time.Duration(number(14)+number(15)) * tick,
		waited: time.Duration(number(16)+number(17)) * tick,
	}, nil
}

// processTime returns the processor time of one process so far.
func processTime(pid int) (time.Duration, error) {
	s, err := readStat(pid)
	return s.own, err
}

// familyTime returns the processor time of a process and of all its children,
// ended ones included. For PostgreSQL that includes its background workers.
func familyTime(pid int) (time.Duration, error) {
	head, err := readStat(pid)
	if err != nil {
		return 0, err
	}
	total := head.own + head.waited
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, dir := range all {
		child, _ := strconv.Atoi(filepath.Base(dir)) // the pattern has numbers only
		if s, err := readStat(child); err == nil && s.parent == pid {
			total += s.own
		}
	}
	return total, nil
}

// memory reads a line such as "Rss: 1234 kB" from a file of /proc/<pid>, in
// bytes.
func memory(pid int, file, line string) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for scan := bufio.NewScanner(f); scan.Scan(); {
		fields := strings.Fields(scan.Text())
		if len(fields) == 3 && fields[0] == line+":" {
			kb, err := strconv.ParseInt(fields[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("%s has no line %s", f.Name(), line)
}
