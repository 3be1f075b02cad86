package server

import (
	"bytes"
	"cmp"
	"io/fs"
	"math"
	"os"
	"runtime/debug"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/storage/badger"
)

// Memory is how much memory the program may use, and who says so. The zero value is
// that of a machine that does not tell: DefaultMemory without a limit.
type Memory struct {
	Limit  int64  // bytes; 0: not known
	Source string // one of the Source constants
	Where  string // the control group whose limit it is
	// Target is what buffers and caches are sized for, in bytes: all of a limit that
	// was given to this program, at most badger.DefaultMemory of one that was found.
	Target int64
}

// The sources of a limit, in the order in which they are asked. The first that has one
// is taken; of the last two the smaller.
const (
	SourceSetting = "setting"       // memory.limit
	SourceGo      = "GOMEMLIMIT"    // the Go runtime's own; it is left as it is
	SourceGroup   = "control group" // ours or one above it
	SourceMachine = "machine"
)

// noLimit stands for the absence of one, as for the Go runtime.
const noLimit = math.MaxInt64

// FindMemory finds the limit that applies: setting, in bytes, unless it is 0, then
// GOMEMLIMIT, the control groups of this process, the machine's memory.
func FindMemory(setting int64) Memory {
	goLimit := int64(noLimit)
	if os.Getenv("GOMEMLIMIT") != "" {
		goLimit = debug.SetMemoryLimit(-1) // a negative number only asks
	}
	return findMemory(setting, goLimit, os.DirFS("/"))
}

// findMemory is FindMemory with the system's files under files.
func findMemory(setting, goLimit int64, files fs.FS) Memory {
	switch {
	case setting > 0:
		return Memory{Limit: setting, Source: SourceSetting, Target: setting}
	case goLimit < noLimit:
		return Memory{Limit: goLimit, Source: SourceGo, Target: goLimit}
	}
	m := Memory{Limit: machineBytes(files), Source: SourceMachine}
	if group, where := groupBytes(files); group < m.Limit {
		m = Memory{Limit: group, Source: SourceGroup, Where: where}
	}
	m.Target = min(m.Limit, badger.DefaultMemory)
	if m.Limit == noLimit {
		return Memory{Target: m.Target}
	}
	return m
}

// machineBytes reads MemTotal, which is in KiB.
func machineBytes(files fs.FS) int64 {
	text, err := fs.ReadFile(files, "proc/meminfo")
	if err != nil {
		return noLimit
	}
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) >= 2 && string(f[0]) == "MemTotal:" {
			if kib, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil && kib > 0 {
				return kib << 10
			}
		}
	}
	return noLimit
}

// register shows the limit as a metric.
func (m Memory) register(to prometheus.Registerer) error {
	if m.Limit == 0 {
		return nil
	}
	limit := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "teahouse_memory_limit_bytes",
		Help: "The memory limit in force, by its source: setting, GOMEMLIMIT, control group or machine.",
	}, []string{"source"})
	limit.WithLabelValues(m.Source).Set(float64(m.Limit))
	return to.Register(limit)
}

// target is Target, or what it is when nobody has looked.
func (m Memory) target() int64 { return cmp.Or(m.Target, badger.DefaultMemory) }
