package procfs

import "bytes"

// maxEnviron bounds what is read of an environment; the kernel's own bound for one string is 128 KiB.
const maxEnviron = 2 << 20

// Env finds the value of a variable in the environment that a process was started with. readable
// is false when the environment is empty now: that of a kernel thread, of a zombie, or of a
// process that is just at its exec. The value is valid until the next call.
func (r *Reader) Env(pid int, name string) (value []byte, found, readable bool, err error) {
	r.text, err = r.read(pid, "/environ", r.text, maxEnviron)
	if err != nil {
		return nil, false, false, err
	}
	rest := r.text
	readable = len(rest) > 0
	for len(rest) > 0 {
		entry := rest
		if end := bytes.IndexByte(rest, 0); end >= 0 {
			entry, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		if len(entry) > len(name) && entry[len(name)] == '=' && string(entry[:len(name)]) == name {
			return entry[len(name)+1:], true, true, nil
		}
	}
	return nil, false, readable, nil
}

// Cgroup gives what /proc/PID/cgroup says of a process, one line for each hierarchy. The text is
// valid until the next call.
func (r *Reader) Cgroup(pid int) ([]byte, error) {
	var err error
	r.text, err = r.read(pid, "/cgroup", r.text, maxEnviron)
	return r.text, err
}
