package supervisor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/app/event"
	"github.com/botswain/botswain/db/gen"
)

// Store keeps runs and the state columns of bots in Postgres.
type Store struct {
	pool *pgxpool.Pool
	hub  *event.Hub
}

// NewStore makes a store that pokes TopicEvents after a commit that stored one.
func NewStore(pool *pgxpool.Pool, hub *event.Hub) *Store { return &Store{pool: pool, hub: hub} }

// Load reads what outlived the last Botswain.
func (s *Store) Load(ctx context.Context) (Memory, error) {
	q := gen.New(s.pool)
	m := Memory{States: map[bot.ID]StoredState{}, LastEnds: map[bot.ID]bot.Exit{}, Boots: map[bot.ID]string{}, Installs: map[bot.RunID]StoredInstall{}}
	states, err := q.ListBotStates(ctx)
	if err != nil {
		return m, fmt.Errorf("load the states of bots: %w", err)
	}
	for _, r := range states {
		st := StoredState{State: bot.State(r.State), Reason: r.StateReason, At: r.StateAt, Restarts: int(r.Restarts)}
		if r.Desired != nil {
			st.Desired = bot.Desired(*r.Desired)
		}
		m.States[r.ID] = st
	}
	open, err := q.ListOpenRuns(ctx)
	if err != nil {
		return m, fmt.Errorf("load open runs: %w", err)
	}
	m.Open = event.RunsOf(open)
	ends, err := q.ListLastEnds(ctx)
	if err != nil {
		return m, fmt.Errorf("load the last ends: %w", err)
	}
	for _, r := range event.RunsOf(ends) {
		m.LastEnds[r.Bot] = *r.Exit
		m.Boots[r.Bot] = r.BootID
	}
	for _, r := range m.Open { // newer than what has ended
		m.Boots[r.Bot] = r.BootID
	}
	installs, err := q.ListInstalls(ctx)
	if err != nil {
		return m, fmt.Errorf("load installations: %w", err)
	}
	for _, r := range installs {
		m.Installs[r.ID] = installOf(r)
	}
	return m, nil
}

// Apply implements Storage. All statements go to the server at once, and make one transaction there:
// what a start waits for is one round trip, however much has to be stored.
func (s *Store) Apply(ctx context.Context, changes []Change, visible func()) error {
	err := s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if visible == nil {
			return s.send(ctx, c, changes, false)
		}
		if err := s.send(ctx, c, changes, true); err != nil {
			return err
		}
		visible()
		// A commit flushes all that was committed before it. By this connection and no other: when the
		// server has crashed meanwhile, the connection is gone, and that is how it shows.
		return gen.New(c).Flush(ctx)
	})
	if err != nil {
		return fmt.Errorf("store %d changes of bots: %w", len(changes), err)
	}
	return nil
}

// send commits changes; soon doesn't wait for the flush.
func (s *Store) send(ctx context.Context, c *pgxpool.Conn, changes []Change, soon bool) error {
	var all pipeline
	if soon {
		if err := gen.New(&all).CommitWithoutFlush(ctx); err != nil {
			return err
		}
	}
	events := false
	for _, change := range changes {
		if err := apply(ctx, &all, change); err != nil {
			return err
		}
		events = events || change.Event != nil
	}
	if err := c.SendBatch(ctx, &all.batch).Close(); err != nil {
		return err
	}
	if events {
		s.hub.Publish(event.Topic{Kind: event.TopicEvents})
	}
	return nil
}

func apply(ctx context.Context, to *pipeline, c Change) error {
	q := gen.New(to)
	if c.State != nil {
		if err := q.SetBotState(ctx, stateParams(c.Bot, *c.State)); err != nil {
			return err
		}
	}
	if r := c.Run; r != nil {
		err := q.InsertRun(ctx, gen.InsertRunParams{
			ID: r.ID, BotID: c.Bot, BotVersion: int32(r.Version), Cause: r.Cause, Actor: string(r.Actor), StartedAt: r.At, PreviousEnd: r.Previous,
		})
		if err != nil {
			return err
		}
	}
	if r := c.Began; r != nil {
		pid, ticks := int32(r.Instance.PID), int64(r.Instance.StartTicks)
		err := q.SetRunProcess(ctx, gen.SetRunProcessParams{
			ID: r.ID, Pid: &pid, PidStartTicks: &ticks, BootID: &r.Instance.BootID, StartedAt: r.Instance.StartedAt,
		})
		if err != nil {
			return err
		}
	}
	if r := c.Up; r != nil {
		if err := q.SetRunUp(ctx, gen.SetRunUpParams{ID: r.ID, RunningAt: &r.At}); err != nil {
			return err
		}
	}
	if r := c.End; r != nil {
		if err := q.EndRun(ctx, endParams(*r)); err != nil {
			return err
		}
	}
	if r := c.Cause; r != nil {
		if err := q.SetRunCause(ctx, gen.SetRunCauseParams{ID: r.ID, EndCause: causeText(&r.Cause)}); err != nil {
			return err
		}
	}
	if r := c.Peaks; r != nil {
		if err := q.RaiseRunPeaks(ctx, peakParams(*r)); err != nil {
			return err
		}
	}
	if err := applyInstall(ctx, q, c); err != nil {
		return err
	}
	if c.Event != nil {
		return event.InsertOnce(ctx, to, *c.Event)
	}
	return nil
}

// keepInstalls is how many ended installations of a bot are remembered.
const keepInstalls = 20

func applyInstall(ctx context.Context, q *gen.Queries, c Change) error {
	if i := c.Install; i != nil {
		if err := q.PruneInstalls(ctx, gen.PruneInstallsParams{BotID: c.Bot, Keep: keepInstalls}); err != nil {
			return err
		}
		err := q.InsertInstall(ctx, gen.InsertInstallParams{
			ID: i.Run, BotID: c.Bot, Actor: i.By, Commands: i.Commands, StartedAt: i.StartedAt, Deadline: i.Deadline,
		})
		if err != nil {
			return err
		}
	}
	if i := c.InstallStop; i != nil {
		if err := q.StopInstall(ctx, gen.StopInstallParams{ID: i.ID, Outcome: string(i.Outcome), Reason: i.Reason}); err != nil {
			return err
		}
	}
	if i := c.InstallEnd; i != nil {
		return q.EndInstall(ctx, gen.EndInstallParams{ID: i.ID, EndedAt: &i.At, Outcome: string(i.Outcome), Reason: i.Reason})
	}
	return nil
}

func installOf(r gen.Install) StoredInstall {
	i := StoredInstall{Bot: r.BotID, Install: bot.Install{
		Run: r.ID, Commands: r.Commands, By: r.Actor, StartedAt: r.StartedAt, Deadline: r.Deadline,
		Outcome: bot.InstallOutcome(r.Outcome), Reason: r.Reason,
	}}
	if r.EndedAt != nil {
		i.EndedAt = *r.EndedAt
	}
	return i
}

func stateParams(id bot.ID, st StoredState) gen.SetBotStateParams {
	p := gen.SetBotStateParams{
		ID: id, State: string(st.State), StateReason: st.Reason, StateAt: st.At, Restarts: int32(st.Restarts),
	}
	if st.Desired != bot.Unset {
		d := string(st.Desired)
		p.Desired = &d
	}
	return p
}

func endParams(r RunEnd) gen.EndRunParams {
	p := gen.EndRunParams{
		ID: r.ID, EndedAt: &r.Exit.At, ExitSignal: r.Exit.Signal, EndReason: r.Exit.Reason, Leftovers: int32(r.Exit.Leftovers),
		EndCause: causeText(r.Exit.Cause), Outcome: string(cmp.Or(r.Outcome, outcomeOf(r.Exit))),
	}
	if r.Exit.Code != nil {
		code := int32(*r.Exit.Code)
		p.ExitCode = &code
	}
	return p
}

func peakParams(r RunPeaks) gen.RaiseRunPeaksParams {
	p := gen.RaiseRunPeaksParams{ID: r.ID, PeakRss: r.RSS}
	if r.CPU != nil {
		cpu := float32(*r.CPU)
		p.PeakCpu = &cpu
	}
	return p
}

// causeText is a cause as the database keeps it; nil: null.
func causeText(c *bot.Cause) json.RawMessage {
	if c == nil {
		return nil
	}
	text, err := json.Marshal(c)
	if err != nil { // of five plain fields: it can't be
		return nil
	}
	return text
}
