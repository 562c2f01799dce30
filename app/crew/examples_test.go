package crew_test

import (
	"os"
	"os/exec"
	"testing"
)

func TestExamples(t *testing.T) {
	r := newRig(t)
	var keys []string
	for _, e := range r.Examples() {
		keys = append(keys, e.Key)
	}
	views, err := r.AddExamples(t.Context(), admin, keys)
	if err != nil || len(views) != 3 {
		t.Fatalf("%+v, %v", views, err)
	}
	for _, v := range views {
		info, err := os.Stat(v.Command[1])
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", v.Name, info, err)
		}
		if err := exec.CommandContext(t.Context(), v.Command[0], "-n", v.Command[1]).Run(); err != nil {
			t.Errorf("%s is no shell script: %v", v.Command[1], err)
		}
	}
	again, err := r.AddExamples(t.Context(), admin, []string{"clock"})
	if err != nil || again[0].Name != "Clock (copy)" {
		t.Errorf("again: %+v, %v", again, err)
	}
	for _, keys := range [][]string{nil, {"../secret"}} {
		if _, err := r.AddExamples(t.Context(), admin, keys); fields(err)["keys"] == "" {
			t.Errorf("%q: %v", keys, err)
		}
	}
}
