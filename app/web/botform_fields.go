package web

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/botswain/botswain/views/botform"
	"github.com/botswain/botswain/views/i18n"
)

// formField is a field of the form: its name in the contract, what the form calls it, and what of
// botform.Values stands in it.
type formField struct {
	name  string
	label i18n.Key
	value func(*botform.Values) any
}

// formFields lists the form's fields from top to bottom. Secrets aren't among them: a form never shows what is
// stored of them, so they can't be compared.
func formFields() []formField {
	type values = *botform.Values
	return []formField{
		{"type", "form.platform", func(v values) any { return v.Type }},
		{"name", "form.name", func(v values) any { return v.Name }},
		{"tags", "form.tags", func(v values) any { return v.Tags }},
		{"command", "form.command", func(v values) any { return v.Command }},
		{"dir", "form.dir", func(v values) any { return v.Dir }},
		{"run_as", "form.run-as", func(v values) any { return v.RunAs }},
		{"autostart", "form.autostart", func(v values) any { return v.Autostart }},
		{"env", "form.environment", func(v values) any { return v.Env }},
		{"restart.policy", "form.policy", func(v values) any { return v.Policy }},
		{"restart.initial_delay", "form.first-wait", func(v values) any { return v.FirstWait }},
		{"restart.max_delay", "form.longest-wait", func(v values) any { return v.LongestWait }},
		{"restart.give_up_after", "form.give-up", func(v values) any { return v.GiveUpAfter }},
		{"restart.schedule", "form.schedule", func(v values) any { return v.Schedule }},
		{"ready.by", "form.ready-by", func(v values) any { return v.Ready }},
		{"start_seconds", "form.start-seconds", func(v values) any { return v.StartSeconds }},
		{"ready.timeout", "form.ready-timeout", func(v values) any { return v.ReadyTimeout }},
		{"ready.target", "form.ready-target", func(v values) any { return v.ReadyTarget }},
		{"health.by", "form.health-by", func(v values) any { return v.Health }},
		{"health.target", "form.health-target", func(v values) any { return v.HealthTarget }},
		{"health.interval", "form.health-interval", func(v values) any { return v.HealthInterval }},
		{"health.timeout", "form.health-timeout", func(v values) any { return v.HealthTimeout }},
		{"health.failures", "form.health-failures", func(v values) any { return v.HealthFailures }},
		{"health.deaf_after", "form.deaf", func(v values) any { return v.DeafAfter }},
		{"health.restart", "form.health-restart", func(v values) any { return v.HealthRestart }},
		{"stop.signal", "form.signal", func(v values) any { return v.Signal }},
		{"stop.timeout", "form.grace", func(v values) any { return v.StopGrace }},
		{"limits.memory_max", "form.memory-max", func(v values) any { return v.MemoryMax }},
		{"limits.memory_soft", "form.memory-soft", func(v values) any { return v.MemorySoft }},
		{"limits.cpu_max", "form.cpu-max", func(v values) any { return v.CPUMax }},
		{"limits.processes", "form.processes", func(v values) any { return v.Processes }},
		{"limits.open_files", "form.open-files", func(v values) any { return v.OpenFiles }},
		{"limits.core_dumps", "form.core-dumps", func(v values) any { return v.CoreDumps }},
		{"group", "form.group", func(v values) any { return v.Group }},
		{"start_after", "form.start-after", func(v values) any { return v.StartAfter }},
	}
}

// formDifferences names the fields in which two definitions differ.
func formDifferences(ctx context.Context, a, b botform.Values) []string {
	var list []string
	for _, f := range formFields() {
		if !reflect.DeepEqual(f.value(&a), f.value(&b)) {
			list = append(list, i18n.T(ctx, f.label))
		}
	}
	return list
}

// formOrder sorts the fields that are wrong as they stand in the form; unknown ones come last.
func formOrder(wrong fieldProblems) []string {
	var list []string
	for _, f := range formFields() {
		if wrong[f.name] != "" {
			list = append(list, f.name)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(wrong)) {
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

// fieldLabel is what the form calls a field.
func fieldLabel(ctx context.Context, field string) string {
	if name, ok := strings.CutPrefix(field, "secrets."); ok {
		return name
	}
	if field == "secrets" {
		return i18n.T(ctx, "secrets.title")
	}
	for _, f := range formFields() {
		if f.name == field {
			return i18n.T(ctx, f.label)
		}
	}
	return field
}
