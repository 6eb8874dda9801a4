package engine

import (
	"math"
	"os"
	"strconv"
	"strings"
)

// autoMemory is a memory limit that depends on the machine.
const autoMemory = int64(-1)

// memoryLimit is the setting in bytes; 0: none.
func (s *Settings) memoryLimit() int64 {
	if s.MemoryLimit != autoMemory {
		return s.MemoryLimit
	}
	return min(machineMemory(), cgroupMemory()) / 2 // none where neither is known: then it is so large that it never counts
}

// machineMemory is what the machine has, as Linux tells it.
func machineMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return math.MaxInt64
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemTotal:" {
			if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				return kb << 10
			}
		}
	}
	return math.MaxInt64
}

// cgroupMemory is what the process's container may have (cgroup v2, then v1).
func cgroupMemory() int64 {
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(path); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
				return n
			}
		}
	}
	return math.MaxInt64
}
