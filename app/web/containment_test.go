package web

import (
	"testing"

	"github.com/botswain/botswain/app/runner"
)

func TestContainmentWords(t *testing.T) {
	on := runner.Enforcement{Enforced: true}
	off := runner.Enforcement{Reason: "the reason"}
	for _, x := range []struct {
		c             runner.Containment
		holds, unheld string
	}{
		{runner.Containment{}, "", ""},
		{runner.Containment{Mechanism: runner.CgroupV2, Memory: on, CPU: on, Processes: on}, "cgroup v2 (memory, CPU, processes)", ""},
		{runner.Containment{Mechanism: runner.CgroupV1, Memory: on, CPU: off, Processes: on}, "cgroup v1 (memory, processes)", "The limit of CPU is not enforced: the reason."},
		{runner.Containment{Mechanism: runner.Sessions, Reason: "none is mounted", Memory: off, CPU: off, Processes: off}, "process sessions",
			"No cgroup: none is mounted. The limit of memory is not enforced: the reason. The limit of CPU is not enforced: the reason. The limit of processes is not enforced: the reason."},
	} {
		if holds, unheld := containmentWords(x.c); holds != x.holds || unheld != x.unheld {
			t.Errorf("%+v is told as %q, %q", x.c, holds, unheld)
		}
	}
}
