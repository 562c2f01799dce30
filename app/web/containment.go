package web

import (
	"strings"

	"github.com/botswain/botswain/app/runner"
)

// containmentWords says for a bot's page what keeps its processes together and which limits hold,
// and apart from that what doesn't hold and why.
func containmentWords(c runner.Containment) (holds, unheld string) {
	if c.Mechanism == "" {
		return "", ""
	}
	var held, missing []string
	for _, limit := range []struct {
		name string
		e    runner.Enforcement
	}{{"memory", c.Memory}, {"CPU", c.CPU}, {"processes", c.Processes}} {
		if limit.e.Enforced {
			held = append(held, limit.name)
		} else {
			missing = append(missing, "The limit of "+limit.name+" is not enforced: "+limit.e.Reason+".")
		}
	}
	if c.Mechanism == runner.Sessions && c.Reason != "" {
		missing = append([]string{"No cgroup: " + c.Reason + "."}, missing...)
	}
	holds = c.Mechanism
	if len(held) > 0 {
		holds += " (" + strings.Join(held, ", ") + ")"
	}
	return holds, strings.Join(missing, " ")
}
