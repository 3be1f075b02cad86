package server

import (
	"context"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

// What the kernel shows, in the forms that machines and containers have.
const (
	mountV2       = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	mountV1       = "33 25 0:29 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	mountCPU      = "34 25 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
	mountHybridV2 = "42 25 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	mountTmp      = "25 24 0:22 / /tmp rw shared:1 - tmpfs tmpfs rw\n"
	// A container of version 1 without a namespace of its own sees its group as the
	// mount.
	mountV1Docker = "33 25 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
	none          = "9223372036854771712\n" // version 1
)

func TestLimitThatApplies(t *testing.T) {
	const v2, v1 = "sys/fs/cgroup/", "sys/fs/cgroup/memory/"
	for what, c := range map[string]struct {
		setting, goLimit int64
		files            map[string]string
		want             Memory
	}{
		"nothing is known": {
			want: Memory{Target: 256 * mib},
		},
		"a large machine": {
			files: map[string]string{"proc/meminfo": "MemFree: 1 kB\nMemTotal:       25165824 kB\n"},
			want:  Memory{Limit: 24 * gib, Source: SourceMachine, Target: 256 * mib},
		},
		"a small machine": {
			files: map[string]string{"proc/meminfo": "MemTotal: 131072 kB\n"},
			want:  Memory{Limit: 128 * mib, Source: SourceMachine, Target: 128 * mib},
		},
		"a container with a namespace, version 2": {
			files: map[string]string{
				"proc/meminfo": "MemTotal: 25165824 kB\n", "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": mountTmp + mountV2,
				v2 + "memory.max": "134217728\n", v2 + "memory.high": "max\n",
			},
			want: Memory{Limit: 128 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup", Target: 128 * mib},
		},
		"a service, version 2": {
			files: map[string]string{
				"proc/meminfo": "MemTotal: 25165824 kB\n", "proc/self/cgroup": "0::/system.slice/teahouse.service\n", "proc/self/mountinfo": mountV2,
				v2 + "system.slice/teahouse.service/memory.max": "536870912\n",
			},
			want: Memory{Limit: 512 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup/system.slice/teahouse.service", Target: 256 * mib},
		},
		"the group above has less": {
			files: map[string]string{
				"proc/self/cgroup": "0::/a/b/c\n", "proc/self/mountinfo": mountV2,
				v2 + "a/b/c/memory.max": "max\n", v2 + "a/b/memory.max": "536870912\n", v2 + "a/memory.max": "134217728\n",
			},
			want: Memory{Limit: 128 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup/a", Target: 128 * mib},
		},
		"slowed down above memory.high": {
			files: map[string]string{
				"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": mountV2,
				v2 + "a/memory.max": "536870912\n", v2 + "a/memory.high": "100663296\n",
			},
			want: Memory{Limit: 96 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup/a", Target: 96 * mib},
		},
		"the machine has less than the group": {
			files: map[string]string{
				"proc/meminfo": "MemTotal: 1048576 kB\n", "proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": mountV2,
				v2 + "a/memory.max": "4294967296\n",
			},
			want: Memory{Limit: gib, Source: SourceMachine, Target: 256 * mib},
		},
		"version 1, without limits": {
			files: map[string]string{
				"proc/meminfo": "MemTotal: 1048576 kB\n", "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/a\n0::/\n", "proc/self/mountinfo": mountCPU + mountV1 + mountHybridV2,
				v1 + "a/memory.limit_in_bytes": none, v1 + "memory.limit_in_bytes": none,
			},
			want: Memory{Limit: gib, Source: SourceMachine, Target: 256 * mib},
		},
		"version 1, our own group": {
			files: map[string]string{
				"proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/a/b\n0::/\n", "proc/self/mountinfo": mountCPU + mountV1 + mountHybridV2,
				v1 + "a/b/memory.limit_in_bytes": "134217728\n", v1 + "a/memory.limit_in_bytes": "268435456\n", v1 + "memory.limit_in_bytes": none,
			},
			want: Memory{Limit: 128 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup/memory/a/b", Target: 128 * mib},
		},
		"version 1, a container without a namespace": {
			files: map[string]string{
				"proc/self/cgroup": "4:memory:/docker/abc\n", "proc/self/mountinfo": mountV1Docker,
				v1 + "memory.limit_in_bytes": "134217728\n",
			},
			want: Memory{Limit: 128 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup/memory", Target: 128 * mib},
		},
		"a group outside of what is mounted": {
			files: map[string]string{
				"proc/self/cgroup": "4:memory:/other\n", "proc/self/mountinfo": mountV1Docker,
				v1 + "memory.limit_in_bytes": "134217728\n",
			},
			want: Memory{Limit: 128 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup/memory", Target: 128 * mib},
		},
		"outside of the namespace": {
			files: map[string]string{
				"proc/self/cgroup": "0::/../../x\n", "proc/self/mountinfo": mountV2,
				v2 + "memory.max": "134217728\n",
			},
			want: Memory{Limit: 128 * mib, Source: SourceGroup, Where: "/sys/fs/cgroup", Target: 128 * mib},
		},
		"files that say nothing": {
			files: map[string]string{
				"proc/meminfo": "MemTotal: lots\n", "proc/self/cgroup": "0\n0::/a\n", "proc/self/mountinfo": "x - y\n" + mountV2,
				v2 + "a/memory.max": "-5\n", v2 + "memory.max": "many\n",
			},
			want: Memory{Target: 256 * mib},
		},
		"GOMEMLIMIT wins over the group": {
			goLimit: 512 * mib,
			files:   map[string]string{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": mountV2, v2 + "memory.max": "134217728\n"},
			want:    Memory{Limit: 512 * mib, Source: SourceGo, Target: 512 * mib},
		},
		"the setting wins over all": {
			setting: gib, goLimit: 512 * mib,
			files: map[string]string{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": mountV2, v2 + "memory.max": "134217728\n"},
			want:  Memory{Limit: gib, Source: SourceSetting, Target: gib},
		},
	} {
		t.Run(what, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range c.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if c.goLimit == 0 {
				c.goLimit = noLimit
			}
			if got := findMemory(c.setting, c.goLimit, files); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestSoftLimitStaysAboveWhatLives(t *testing.T) {
	large := Memory{Limit: 24 * gib, Source: SourceMachine, Target: 256 * mib}
	small := Memory{Limit: 100 * mib, Source: SourceGroup, Target: 100 * mib}
	for _, c := range []struct {
		what   string
		memory Memory
		live   uint64
		from   int64
		to     int64
	}{
		{"a large machine, nothing lives", large, 0, 128 * mib, 192 * mib},
		{"a large machine, many clients", large, 400 * mib, 600 * mib, 600 * mib},
		{"a large machine, more than it has", large, 23 * gib, 19 * gib, 20 * gib},
		{"a container, nothing lives", small, 0, 50 * mib, 75 * mib},
		{"a container, too many clients", small, 90 * mib, 80 * mib, 80 * mib},
		{"not known", Memory{}, 0, 128 * mib, 192 * mib},
		{"not known, many clients", Memory{}, 400 * mib, 600 * mib, 600 * mib},
	} {
		if got := c.memory.soft(c.live); got < c.from || got > c.to {
			t.Errorf("%s: %d MiB, want %d to %d", c.what, got>>20, c.from>>20, c.to>>20)
		}
	}
}

func TestEachCollectionIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := make(chan struct{}, 1)
	onCollection(ctx, told)
	for range 3 {
		runtime.GC()
		<-told
	}
}

func TestLimitIsAMetric(t *testing.T) {
	r := prometheus.NewRegistry()
	if err := (Memory{Limit: 128 * mib, Source: SourceGroup}).register(r); err != nil {
		t.Fatal(err)
	}
	all, err := r.Gather()
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	m := all[0].GetMetric()[0]
	if all[0].GetName() != "teahouse_memory_limit_bytes" || m.GetGauge().GetValue() != 128*mib || m.GetLabel()[0].GetValue() != SourceGroup {
		t.Errorf("got %v", all[0])
	}
}
