package crew

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/botswain/botswain/app/bot"
)

// The sizes of a page of bots.
const (
	DefaultPageSize = 50
	MaxPageSize     = 200
)

// Filter chooses bots; its zero value is the first page of all.
type Filter struct {
	Page     int // from 1
	PageSize int // 1 to MaxPageSize; 0 means DefaultPageSize
	State    bot.State
	Search   string // in name, tags or type, in any case; all its words must be found
	Tag      string
	Type     bot.Type
}

// List is a page of bots.
type List struct {
	Total    int // that fit, on all pages
	Page     int
	PageSize int
	Bots     []View
}

// All lists all bots, those that need attention first. It is empty when they couldn't be read
// yet, because the database was away ever since Botswain started.
func (s *Service) All(ctx context.Context) []View {
	if err := s.load(ctx); err != nil {
		s.log.Warn("the bots can't be read", "err", err)
		return nil
	}
	return s.filter(Filter{})
}

// List is one page of the bots that fit, those that need attention first. A page after the last
// one is empty.
func (s *Service) List(ctx context.Context, f Filter) (List, error) {
	if err := s.load(ctx); err != nil {
		return List{}, err
	}
	if f.PageSize <= 0 {
		f.PageSize = DefaultPageSize
	}
	f.Page, f.PageSize = max(1, f.Page), min(f.PageSize, MaxPageSize)
	views := s.filter(f)
	// Compared before it is multiplied: a page number may be any.
	from := len(views)
	if f.Page-1 <= len(views)/f.PageSize {
		from = min((f.Page-1)*f.PageSize, len(views))
	}
	return List{
		Total: len(views), Page: f.Page, PageSize: f.PageSize,
		Bots: views[from:min(from+f.PageSize, len(views))],
	}, nil
}

// Get finds one bot; none is a fault.NotFound.
func (s *Service) Get(ctx context.Context, id bot.ID) (View, error) {
	b, err := s.find(ctx, id)
	if err != nil {
		return View{}, err
	}
	return s.view(b), nil
}

func (s *Service) filter(f Filter) []View {
	words := strings.Fields(strings.ToLower(f.Search))
	tag := strings.ToLower(strings.TrimSpace(f.Tag))
	views := []View{}
	for _, b := range s.roll.all() {
		if f.Type != "" && b.Type != f.Type || tag != "" && !slices.Contains(b.Tags, tag) || !found(b, words) {
			continue
		}
		if v := s.view(b); f.State == "" || v.Status.State == f.State {
			views = append(views, v)
		}
	}
	order := bot.States()
	slices.SortFunc(views, func(a, b View) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Status.State), slices.Index(order, b.Status.State)),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
			slices.Compare(a.ID[:], b.ID[:]),
		)
	})
	return views
}

func found(b bot.Bot, words []string) bool {
	text := strings.ToLower(b.Name + "\n" + string(b.Type) + "\n" + strings.Join(b.Tags, "\n"))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
