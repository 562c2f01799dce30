package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// mount is a hierarchy as /proc/self/mountinfo tells of it.
type mount struct {
	point string
	// root is the cgroup that point shows; a container may see only a part of the hierarchy.
	root string
	v2   bool
	// controllers are those of a v1 hierarchy ("cpu", "cpuacct").
	controllers []string
}

// hierarchies are the mounts together with the cgroup that this process has in each.
type hierarchies struct {
	mounts []mount
	own    map[string]string // v1 controller, or "" for v2 → path of our cgroup
}

func readHierarchies() (hierarchies, error) {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return hierarchies{}, fmt.Errorf("list the mounts: %w", err)
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return hierarchies{}, fmt.Errorf("find the own cgroup: %w", err)
	}
	return hierarchies{parseMounts(string(info)), parseOwn(string(own))}, nil
}

// parseMounts reads mountinfo; see proc_pid_mountinfo(5). A line is "36 31 0:33 ROOT POINT options
// [tags…] - TYPE SOURCE SUPER-OPTIONS".
func parseMounts(text string) []mount {
	var all []mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 5 || len(right) < 3 {
			continue
		}
		m := mount{root: unescape(left[3]), point: unescape(left[4])}
		switch right[0] {
		case "cgroup2":
			m.v2 = true
		case "cgroup":
			m.controllers = strings.Split(right[2], ",") // with options such as "rw", which do no harm
		default:
			continue
		}
		all = append(all, m)
	}
	return all
}

// parseOwn reads /proc/self/cgroup: "4:memory:/path", and "0::/path" for v2.
func parseOwn(text string) map[string]string {
	own := map[string]string{}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for _, controller := range strings.Split(parts[1], ",") {
			own[controller] = parts[2]
		}
	}
	return own
}

// unescape undoes mountinfo's \040 and the like.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// v2 gives the directory of our own cgroup in the v2 hierarchy, and its mount point.
func (h hierarchies) v2() (own, point string, found bool) {
	path, in := h.own[""]
	if !in {
		return "", "", false
	}
	for _, m := range h.mounts {
		if m.v2 {
			if dir, ok := m.dir(path); ok {
				return dir, m.point, true
			}
		}
	}
	return "", "", false
}

// v1 gives the same for the hierarchy of a controller.
func (h hierarchies) v1(controller string) (own, point string, found bool) {
	path, in := h.own[controller]
	if !in {
		return "", "", false
	}
	for _, m := range h.mounts {
		for _, c := range m.controllers {
			if c == controller {
				if dir, ok := m.dir(path); ok {
					return dir, m.point, true
				}
			}
		}
	}
	return "", "", false
}

// dir is where a cgroup is found below a mount; false when the mount doesn't show it.
func (m mount) dir(path string) (string, bool) {
	if strings.HasPrefix(path, "/..") {
		return "", false // outside of our cgroup namespace
	}
	if m.root == "/" {
		return filepath.Join(m.point, path), true
	}
	inside, ok := strings.CutPrefix(path, m.root)
	if !ok || inside != "" && inside[0] != '/' {
		return "", false
	}
	return filepath.Join(m.point, inside), true
}
