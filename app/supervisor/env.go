package supervisor

import (
	"context"
	"maps"
	"sort"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/runner"
)

// passed are the variables of the service user that bots see; nothing else of Botswain's
// environment gets to them, for it holds the database's password and the like.
func passed() []string { return []string{"PATH", "HOME", "LANG", "TZ"} }

// Environment makes the whole environment of a bot's process: a few variables of the service user (by lookup),
// those that name the user it runs as when that is another, extra ones of the installation, the
// bot's own, its secrets (nil: none), what names it and its run, and what each of perRun adds for that
// run. Of two with one name the later wins, so a secret goes before a plain variable.
func Environment(lookup func(string) (string, bool), extra map[string]string, secrets SecretsFunc, perRun ...func(bot.RunID) map[string]string) EnvFunc {
	return func(ctx context.Context, b bot.Bot, run bot.RunID) ([]string, error) {
		env := map[string]string{"PYTHONUNBUFFERED": "1"}
		for _, name := range passed() {
			if v, ok := lookup(name); ok {
				env[name] = v
			}
		}
		if b.RunAs != "" {
			as, err := runner.LookupAccount(b.RunAs)
			if err != nil {
				return nil, err
			}
			maps.Copy(env, as.Env())
		}
		var own map[string]string
		if secrets != nil {
			var err error
			if own, err = secrets(ctx, b.ID); err != nil {
				return nil, err
			}
		}
		layers := []map[string]string{extra, b.Env, own, {
			"BOT_ID":          b.ID.String(),
			"BOT_NAME":        b.Name,
			"BOT_TYPE":        string(b.Type),
			"BOTSWAIN_RUN_ID": run.String(),
		}}
		for _, f := range perRun {
			layers = append(layers, f(run))
		}
		for _, more := range layers {
			for name, v := range more {
				env[name] = v
			}
		}
		list := make([]string, 0, len(env))
		for name, v := range env {
			list = append(list, name+"="+v)
		}
		sort.Strings(list)
		return list, nil
	}
}
