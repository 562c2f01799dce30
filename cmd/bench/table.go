package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// table collects the figures of all runs. Its zero value is empty.
type table struct {
	rows     []row
	failures []string
}

// row is one figure of all systems.
type row struct {
	figure
	values map[string][]float64 // by system, one for each run
}

func (t *table) add(system string, figures []figure) {
	for _, f := range figures {
		i := slices.IndexFunc(t.rows, func(r row) bool { return r.name == f.name })
		if i < 0 {
			i = len(t.rows)
			t.rows = append(t.rows, row{f, map[string][]float64{}})
		}
		t.rows[i].values[system] = append(t.rows[i].values[system], f.value)
	}
}

func (t *table) fail(measurement, system string, err error) {
	t.failures = append(t.failures, fmt.Sprintf("%s, %s: %v", measurement, system, err))
}

// print writes the table: medians with the least and the most of the runs, and how Botswain's
// median relates to each peer's.
func (t *table) print(out io.Writer, systems []maker, l *lab) {
	fmt.Fprintf(out, "\n%s\n", l.machine())
	for _, s := range systems {
		fmt.Fprintf(out, "%s: %s\n", s.name, s.version)
	}
	for _, s := range l.absent {
		fmt.Fprintln(out, s)
	}
	fmt.Fprintln(out, "\nMedian (least-most) of the runs; the ratio is Botswain's median to the peer's.")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	head := []string{"figure", "unit", "better"}
	for i, s := range systems {
		head = append(head, s.name)
		if i > 0 {
			head = append(head, "to "+s.name)
		}
	}
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, r := range t.rows {
		better := "less"
		if r.more {
			better = "more"
		}
		cells := []string{r.name, r.unit, better}
		for i, s := range systems {
			cells = append(cells, summary(r.values[s.name]))
			if i > 0 {
				cells = append(cells, ratio(r.values[systems[0].name], r.values[s.name]))
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	w.Flush()
	for _, f := range t.failures {
		fmt.Fprintln(out, "failed:", f)
	}
}
