package cgroup

import (
	"errors"
	"path/filepath"
	"strconv"
)

// The span over which CPU time is shared out, in microseconds, and the least share in it that the
// kernel accepts.
const (
	cpuPeriod = 100_000
	cpuLeast  = 1_000
)

// cpuQuota is what a number of cores is in one period, in microseconds.
func cpuQuota(cores float64) string {
	return strconv.Itoa(max(cpuLeast, int(cores*cpuPeriod)))
}

// limitV2 sets the limits that the v2 hierarchy holds.
func (p *Place) limitV2(dir string, l Limits) error {
	file := func(name string) string { return filepath.Join(dir, name) }
	var failed []error
	if l.Memory > 0 && p.on[Memory] {
		failed = append(failed, write(file("memory.max"), strconv.FormatInt(l.Memory, 10)))
		// A limit that may be exceeded into swap would be none; without swap the file is absent.
		write(file("memory.swap.max"), "0")
		// A bot is its tree: what is left when the kernel takes one process out of it is no bot.
		write(file("memory.oom.group"), "1")
	}
	if l.CPU > 0 && p.on[CPU] {
		failed = append(failed, write(file("cpu.max"), cpuQuota(l.CPU)+" "+strconv.Itoa(cpuPeriod)))
	}
	if l.Processes > 0 && p.on[Processes] {
		failed = append(failed, write(file("pids.max"), strconv.Itoa(l.Processes)))
	}
	return errors.Join(failed...)
}

// limitV1 sets the limit that one v1 controller holds.
func limitV1(dir, controller string, l Limits) error {
	file := func(name string) string { return filepath.Join(dir, name) }
	switch controller {
	case Memory:
		bytes := strconv.FormatInt(l.Memory, 10)
		err := write(file("memory.limit_in_bytes"), bytes)
		write(file("memory.memsw.limit_in_bytes"), bytes) // memory and swap together; absent when not accounted
		return err
	case CPU:
		return errors.Join(write(file("cpu.cfs_period_us"), strconv.Itoa(cpuPeriod)), write(file("cpu.cfs_quota_us"), cpuQuota(l.CPU)))
	}
	return write(file("pids.max"), strconv.Itoa(l.Processes))
}
