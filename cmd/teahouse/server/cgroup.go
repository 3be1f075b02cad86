package server

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// groupBytes is the smallest memory limit of the control groups that this process is
// in, version 1 or 2, and the group's folder; noLimit when none has one.
func groupBytes(files fs.FS) (limit int64, where string) {
	limit = noLimit
	for _, g := range ownGroups(files) {
		for dir := g.dir; ; dir = path.Dir(dir) {
			for _, name := range g.limits {
				if n := readLimit(files, path.Join(dir, name)); n < limit {
					limit, where = n, "/"+dir
				}
			}
			if dir == g.top || dir == "." {
				break
			}
		}
	}
	return limit, where
}

// group is where the groups of this process are seen: from dir up to top, folders
// without a leading slash.
type group struct {
	dir, top string
	limits   []string // files with limits
}

// The files with limits. Above memory.high a group is slowed down, above the others a
// process of it is killed.
var (
	limitsV1 = []string{"memory.limit_in_bytes"}
	limitsV2 = []string{"memory.max", "memory.high"}
)

// ownGroups finds the groups of this process in each hierarchy that counts memory.
func ownGroups(files fs.FS) []group {
	paths := groupPaths(files)
	mounts, err := fs.ReadFile(files, "proc/self/mountinfo")
	if err != nil {
		return nil
	}
	var found []group
	for line := range strings.Lines(string(mounts)) {
		m, ok := parseMount(line)
		if !ok {
			continue
		}
		if own, ok := paths[m.kind]; ok {
			limits := limitsV1
			if m.kind == kindV2 {
				limits = limitsV2
			}
			found = append(found, group{dir: m.folder(own), top: m.point, limits: limits})
		}
	}
	return found
}

// The hierarchies that count memory.
const (
	kindV1 = "memory"
	kindV2 = "cgroup2"
)

// groupPaths reads the path of this process in each hierarchy, by kind.
func groupPaths(files fs.FS) map[string]string {
	paths := map[string]string{}
	text, err := fs.ReadFile(files, "proc/self/cgroup")
	if err != nil {
		return paths
	}
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimRight(line, "\n"), ":", 3)
		switch {
		case len(f) < 3:
		case f[0] == "0" && f[1] == "":
			paths[kindV2] = path.Clean("/" + f[2])
		case slices.Contains(strings.Split(f[1], ","), "memory"):
			paths[kindV1] = path.Clean("/" + f[2])
		}
	}
	return paths
}

// mount is a line of mountinfo: the part of a hierarchy below root is seen at point.
type mount struct {
	kind, root, point string
}

// parseMount reads a line of mountinfo. ok is false for what is no hierarchy that counts memory.
func parseMount(line string) (m mount, ok bool) {
	before, after, ok := strings.Cut(line, " - ")
	where, what := strings.Fields(before), strings.Fields(after)
	if !ok || len(where) < 5 || len(what) < 3 {
		return mount{}, false
	}
	m = mount{root: where[3], point: strings.TrimPrefix(where[4], "/")}
	switch {
	case what[0] == kindV2:
		m.kind = kindV2
	case what[0] == "cgroup" && slices.Contains(strings.Split(what[2], ","), "memory"):
		m.kind = kindV1
	}
	return m, m.kind != ""
}

// folder is where a group is seen. One outside of what is mounted, as in a container
// that shares the machine's namespace, is the mount itself.
func (m mount) folder(own string) string {
	if m.root == "/" {
		return path.Join(m.point, own)
	}
	if rest, ok := strings.CutPrefix(own, m.root); ok && (rest == "" || rest[0] == '/') {
		return path.Join(m.point, rest)
	}
	return m.point
}

// unlimited is above what any limit means: version 1 writes a huge number for none.
const unlimited = 1 << 60

func readLimit(files fs.FS, name string) int64 {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return noLimit
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n <= 0 || n >= unlimited {
		return noLimit
	}
	return n
}
