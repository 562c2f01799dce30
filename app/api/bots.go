package api

import (
	"context"
	"net/http"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/crew"
	"github.com/botswain/botswain/app/fault"
	"github.com/botswain/botswain/app/secret"
)

const (
	pageSize    = 50
	maxPageSize = 200
)

type listInput struct {
	Page     int    `query:"page" default:"1" doc:"From 1." example:"1"`
	PageSize int    `query:"page_size" default:"50" doc:"At most 200; more is taken as 200." example:"50"`
	Status   string `query:"status" enum:"stopped,starting,running,unresponsive,stopping,waiting,crashed,exited" doc:"Only bots in this state." example:"running"`
	Search   string `query:"search" doc:"Only bots with all these words in their name, tags or type, whatever their case." example:"weather"`
	Tag      string `query:"tag" doc:"Only bots with this tag." example:"prod"`
}

type listOutput struct {
	Body BotList
}

// BotList is one page of bots.
type BotList struct {
	Total    int   `json:"total" doc:"How many bots fit the filter, on all pages." example:"1"`
	Page     int   `json:"page" example:"1"`
	PageSize int   `json:"page_size" example:"50"`
	Bots     []Bot `json:"bots" nullable:"false"`
}

type botOutput struct {
	ETag string `header:"ETag" doc:"The version, for If-Match."`
	Body Bot
}

type createInput struct {
	Body    BotInput
	RawBody []byte // see exactBody
}

type createOutput struct {
	Location string `header:"Location" doc:"Path of the new bot."`
	ETag     string `header:"ETag" doc:"The version, for If-Match."`
	Body     Bot
}

type replaceInput struct {
	PathID
	IfMatch string `header:"If-Match" doc:"The ETag that the change was made from: refused with 412 when it isn't the newest."`
	Body    BotInput
	RawBody []byte // see exactBody
}

func (a *API) registerBots() {
	register(a, operation(http.MethodGet, "/bots", "list-bots", tagBots, "List bots",
		"Bots, those that need attention first, filtered, page by page.", http.StatusUnprocessableEntity), a.listBots)
	create := operation(http.MethodPost, "/bots", "create-bot", tagBots, "Create a bot",
		"Only a name and a command are needed. The new bot is not started.",
		http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	create.DefaultStatus = http.StatusCreated
	register(a, create, a.createBot)
	register(a, operation(http.MethodGet, "/bots/{id}", "get-bot", tagBots, "Get a bot",
		"The definition, and what the bot does now.", http.StatusNotFound), a.getBot)
	register(a, operation(http.MethodPut, "/bots/{id}", "replace-bot", tagBots, "Replace a bot's definition",
		"What is left out or null gets its default; 0s and 0 are values where a property doesn't say otherwise; secrets stay unless they are given. A running bot goes on as it is until it is restarted. "+
			"What was read may be sent back: properties that can only be read are ignored.",
		http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType), a.replaceBot)
	register(a, operation(http.MethodDelete, "/bots/{id}", "delete-bot", tagBots, "Delete a bot",
		"Stops it first when it runs; its log goes with it.", http.StatusNotFound, http.StatusConflict), a.deleteBot)
}

func (a *API) listBots(ctx context.Context, in *listInput) (*listOutput, error) {
	found, err := a.Crew.List(ctx, crew.Filter{
		Page: max(1, in.Page), PageSize: clamp(in.PageSize, pageSize, maxPageSize),
		State: bot.State(in.Status), Search: in.Search, Tag: in.Tag,
	})
	if err != nil {
		return nil, err
	}
	out := &listOutput{Body: BotList{Total: found.Total, Page: found.Page, PageSize: found.PageSize, Bots: []Bot{}}}
	now := a.Now()
	for _, v := range found.Bots {
		out.Body.Bots = append(out.Body.Bots, toBot(v, now))
	}
	return out, nil
}

func (a *API) createBot(ctx context.Context, in *createInput) (*createOutput, error) {
	if err := a.exactBody("BotInput", in.RawBody); err != nil {
		return nil, err
	}
	spec, secrets, err := in.Body.definition(nil)
	if err != nil {
		return nil, err
	}
	v, err := a.Crew.CreateWith(ctx, actor(ctx), spec, secrets)
	if err != nil {
		return nil, err
	}
	return &createOutput{Location: Prefix + "/bots/" + v.ID.String(), ETag: etag(v.Version), Body: toBot(v, a.Now())}, nil
}

func (a *API) getBot(ctx context.Context, in *PathID) (*botOutput, error) {
	v, err := a.find(ctx, *in)
	if err != nil {
		return nil, err
	}
	return a.show(v), nil
}

func (a *API) replaceBot(ctx context.Context, in *replaceInput) (*botOutput, error) {
	id, err := in.bot()
	if err != nil {
		return nil, err
	}
	match, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := a.exactBody("BotInput", in.RawBody); err != nil {
		return nil, err
	}
	current, err := a.Crew.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	spec, secrets, err := in.Body.definition(current.Secrets)
	if err != nil {
		return nil, err
	}
	v, err := a.update(ctx, id, match, in.Body.Version, spec, secrets)
	if err != nil {
		return nil, err
	}
	return a.show(v), nil
}

// update stores a definition; match is from If-Match and version from the body, 0 for any.
func (a *API) update(ctx context.Context, id bot.ID, match, version int, spec bot.Spec, secrets secret.Change) (crew.View, error) {
	want := version
	if match != 0 {
		want = match
	}
	v, err := a.Crew.UpdateWith(ctx, actor(ctx), id, want, spec, secrets)
	if fault.CodeOf(err) == fault.Conflict && match != 0 {
		if now, e := a.Crew.Get(ctx, id); e == nil && now.Version != match {
			return v, newProblem(http.StatusPreconditionFailed, "Somebody else has changed the bot in the meantime. Read it again.")
		}
	}
	return v, err
}

func (a *API) deleteBot(ctx context.Context, in *PathID) (*struct{}, error) {
	id, err := in.bot()
	if err != nil {
		return nil, err
	}
	return nil, a.Crew.Delete(ctx, actor(ctx), id)
}

func (a *API) find(ctx context.Context, in PathID) (crew.View, error) {
	id, err := in.bot()
	if err != nil {
		return crew.View{}, err
	}
	return a.Crew.Get(ctx, id)
}

func (a *API) show(v crew.View) *botOutput {
	return &botOutput{ETag: etag(v.Version), Body: toBot(v, a.Now())}
}
