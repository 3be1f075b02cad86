package server

import (
	"bytes"
	"math"
	"os"
	"runtime/debug"
	"strconv"
)

// memoryShare is the part of the machine's or container's memory above which the garbage
// collector works harder instead of letting the heap grow. The rest is for the kernel's
// page cache, which serves the engine's reads.
const memoryShare = 0.6

// LimitMemory sets a soft memory limit unless GOMEMLIMIT gave one, and
// returns it; 0 when the size of the machine is not known. Only Linux tells here.
func LimitMemory() int64 {
	if os.Getenv("GOMEMLIMIT") != "" {
		return 0
	}
	total := min(machineBytes(), containerBytes())
	if total == math.MaxInt64 {
		return 0
	}
	limit := int64(float64(total) * memoryShare)
	debug.SetMemoryLimit(limit)
	return limit
}

// machineBytes reads MemTotal, which is in KiB.
func machineBytes() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return math.MaxInt64
	}
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) >= 2 && string(f[0]) == "MemTotal:" {
			if kib, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return math.MaxInt64
}

// containerBytes reads the limit of the control group, version 2 or 1; a
// group without one says "max" or a huge number.
func containerBytes() int64 {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil && n > 0 {
			return n
		}
	}
	return math.MaxInt64
}
