package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
)

// patchTries is how often a patch is made anew when somebody else changes the bot meanwhile.
const patchTries = 5

// botPatch is a merge patch (RFC 7396) as it came.
type botPatch map[string]any

type patchInput struct {
	PathID
	IfMatch string `header:"If-Match" doc:"The ETag that the change was made from: refused with 412 when it isn't the newest."`
	Body    botPatch
}

// Schema implements huma.SchemaProvider: BotInput with nothing required and null everywhere.
func (botPatch) Schema(r huma.Registry) *huma.Schema {
	const name = "BotPatch"
	if r.Map()[name] == nil {
		full := r.Schema(reflect.TypeFor[BotInput](), false, "")
		s := &huma.Schema{
			Type: huma.TypeObject, Properties: maps.Clone(full.Properties), AdditionalProperties: false,
			Description: "Properties to change, in the shape of BotInput. null resets one to its default, or takes a variable out of env or a secret out of secrets.",
		}
		env := *s.Properties["env"]
		env.AdditionalProperties = &huma.Schema{Type: huma.TypeString, Nullable: true}
		s.Properties["env"] = &env
		s.PrecomputeMessages()
		r.Map()[name] = s
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

func (a *API) registerPatch() {
	op := operation(http.MethodPatch, "/bots/{id}", "patch-bot", tagBots, "Change parts of a bot's definition",
		"A JSON merge patch (RFC 7396): what is left out stays, null resets to the default, objects are merged, lists are replaced. "+
			"A running bot goes on as it is until it is restarted.",
		http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	op.RequestBody = &huma.RequestBody{}
	register(a, op, a.patchBot)
	content := op.RequestBody.Content
	content["application/merge-patch+json"] = content["application/json"]
}

func (a *API) patchBot(ctx context.Context, in *patchInput) (*botOutput, error) {
	id, err := in.bot()
	if err != nil {
		return nil, err
	}
	match, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	schemas := a.huma.OpenAPI().Components.Schemas
	if err := exactNames(schemas, schemas.Map()["BotPatch"], "body", in.Body); err != nil {
		return nil, err
	}
	// One after the other, or many at once would take each other's tries.
	select {
	case a.patching <- struct{}{}:
		defer func() { <-a.patching }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for try := 1; ; try++ {
		current, err := a.Crew.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		spec, secrets, version, err := in.Body.apply(current)
		if err != nil {
			return nil, err
		}
		pinned := match != 0 || version != 0
		if !pinned {
			version = current.Version // what the merge was made from
		}
		v, err := a.update(ctx, id, match, version, spec, secrets)
		if err == nil {
			return a.show(v), nil
		}
		if pinned || fault.CodeOf(err) != fault.Conflict || try == patchTries {
			return nil, err
		}
		if now, e := a.Crew.Get(ctx, id); e != nil || now.Version == current.Version {
			return nil, err // a conflict about something else
		}
	}
}

// exactBody is exactNames for a body as it came.
func (a *API) exactBody(schema string, raw []byte) error {
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil // it was taken, so it is another form of JSON than text; nothing gets lost in that
	}
	schemas := a.huma.OpenAPI().Components.Schemas
	return exactNames(schemas, schemas.Map()[schema], "body", body)
}

// exactNames refuses "Name" for "name". Decoding JSON takes one for the other, but in a merge both
// would stand side by side, and the change would be lost without a word.
func exactNames(all huma.Registry, s *huma.Schema, at string, patch map[string]any) error {
	for name, v := range patch {
		sub, ok := s.Properties[name]
		if !ok {
			p := newProblem(http.StatusUnprocessableEntity, "The request isn't right: see errors for the places.")
			p.Add(&huma.ErrorDetail{Location: at + "." + name, Message: "unexpected property"})
			return p
		}
		nested, ok := v.(map[string]any)
		if !ok || sub.Ref == "" {
			continue
		}
		if err := exactNames(all, all.SchemaFromRef(sub.Ref), at+"."+name, nested); err != nil {
			return err
		}
	}
	return nil
}

// apply merges the patch into a definition. version is the one that the patch names, or 0.
func (p botPatch) apply(now crew.View) (spec bot.Spec, secrets secret.Change, version int, err error) {
	s := now.Spec
	// Values of secrets never go through the merge: there is nothing that they could be merged with.
	rest := maps.Clone(map[string]any(p))
	given, there := rest["secrets"]
	delete(rest, "secrets")
	written, err := json.Marshal(BotInput{
		Name: s.Name, Type: s.Type, Command: s.Command, Dir: s.Dir, Env: s.Env, Tags: s.Tags, Autostart: s.Autostart,
		Restart: toRestart(s.Restart), Stop: Stop{Signal: s.Stop.Signal, Timeout: duration(s.Stop.Timeout)},
		Limits: toLimits(s.Limits), StartSeconds: &s.StartSeconds,
		Ready: toReady(s.Ready), Health: toHealth(s.Health), RunAs: s.RunAs, Group: s.Group, StartAfter: toIDs(s.StartAfter),
	})
	if err != nil {
		return spec, secrets, 0, fmt.Errorf("write the definition: %w", err)
	}
	var whole any
	if err := json.Unmarshal(written, &whole); err != nil {
		return spec, secrets, 0, fmt.Errorf("read the definition: %w", err)
	}
	merged, err := json.Marshal(merge(whole, rest))
	if err != nil {
		return spec, secrets, 0, fmt.Errorf("write the merged definition: %w", err)
	}
	var in BotInput
	if err := unmarshal(merged, &in); err != nil {
		return spec, secrets, 0, newProblem(http.StatusUnprocessableEntity, err.Error())
	}
	spec, err = in.spec()
	secrets, wrong := patchedSecrets(given, there, now.Secrets)
	return spec, secrets, in.Version, joined(err, wrong)
}

// merge is RFC 7396's MergePatch.
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out, ok := target.(map[string]any)
	if !ok {
		out = map[string]any{}
	}
	for k, v := range changes {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = merge(out[k], v)
		}
	}
	return out
}
