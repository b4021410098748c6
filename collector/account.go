package collector

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// tick is how often an account looks at the wall clock. A timer alone would
// sleep through a clock that jumps and a host that was suspended.
const tick = time.Minute

// Store keeps what was fetched. Its accounts are identities, not names, so that
// an account keeps its days when it is renamed.
type Store interface {
	// SetAccount tells how an identity is called.
	SetAccount(store.Account)
	// Put keeps days of an API: on disk, or in memory while the disk fails.
	Put(account, api string, days ...store.Day)
	// Days returns the kept days of an API between two dates, both included,
	// oldest first.
	Days(account, api, from, to string) ([]store.Day, error)
	// PutState and State keep small texts beside the days; nil is none.
	PutState(account, name string, value []byte)
	State(account, name string) ([]byte, error)
	// Count counts the kept days, a day of an API each.
	Count(account string) int
}

// AccountOptions is an account as it is configured.
type AccountOptions struct {
	Name     string            // the label account
	ID       string            // who it is in the store
	Labels   map[string]string // extra labels on every series
	Families []string          // the names of the families to poll
	Window   Window
	Poll     Poll
	Client   wxclient.Options // Observe and OnToken are set by the collector
}

// account polls one account: a loop that asks whatever the plan says is due,
// keeps the answers and tells the pages what changed.
type account struct {
	AccountOptions
	families []Family
	client   *wxclient.Client
	store    Store
	pages    *exposition.Cache
	metrics  *accountMetrics
	logger   log.Logger
	now      func() time.Time
	kick     chan struct{} // ends a pause that waits for new credentials

	saving sync.Mutex // held while the states are written, lest an older one come last

	mu        sync.Mutex // guards all below; APIs are polled side by side
	apis      map[string]*apiState
	polls     map[string]familyPoll
	quotas    quotas
	held      *wxclient.Error            // the credentials were refused: one API asks for all
	heldTill  time.Time                  // when it asks
	heldSince time.Time                  // since when held has its code
	probe     int                        // which API asks next for all
	logged    map[string]map[string]bool // code to the APIs that fail with it
	polled    bool                       // a poll has ended
	hasData   bool                       // the store or WeChat had rows
	up        bool                       // as wx_up
	expiry    time.Time                  // of the token in use; zero before the first one
	shown     wxclient.Day               // the day for which the pages were last made
}

// familyPoll is how the last poll of a family went.
type familyPoll struct {
	Success     bool          `json:"success"`
	Duration    time.Duration `json:"duration"`
	LastSuccess time.Time     `json:"last_success"` // zero when there was none
}

// run polls until ctx ends.
func (a *account) run(ctx context.Context) {
	defer a.saveStates() // a poll that is interrupted has spent calls of the day, too
	timer := time.NewTimer(0)
	defer timer.Stop()
	var next, seen time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.kick:
			a.release()
			next = time.Time{}
		case <-timer.C:
		}
		a.turnDay()
		now := a.now()
		if now.Before(seen.Add(-time.Minute)) {
			a.turnBack(now)
			next = time.Time{}
		}
		seen = now
		if !now.Before(next) {
			next = a.poll(ctx)
		}
		timer.Reset(max(min(next.Sub(a.now()), tick), 0))
	}
}

// turnDay has the pages made anew when the Beijing day has changed, because
// the window moves with it.
func (a *account) turnDay() {
	today := wxclient.DayOf(a.now())
	a.mu.Lock()
	turned := a.shown != 0 && a.shown != today
	a.shown = today
	a.mu.Unlock()
	if turned {
		for _, f := range a.families {
			a.pages.Changed(a.Name, f.Name)
		}
	}
}

// turnBack forgets what was decided by a clock that has been set back to now.
func (a *account) turnBack(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heldTill = time.Time{}
	for _, s := range a.apis {
		s.turnBack(now)
	}
}

// poll asks everything that is due, the families and their APIs side by side,
// and returns when to poll again.
func (a *account) poll(ctx context.Context) time.Time {
	if until := a.admitted(ctx); !until.IsZero() {
		a.finish()
		return until
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		next = a.Poll.nextStart(a.now())
	)
	for _, f := range a.families {
		wg.Go(func() {
			t := a.pollFamily(ctx, f)
			mu.Lock()
			defer mu.Unlock()
			next = earlier(next, t)
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return next
	}
	next = earlier(next, a.askQuotas(ctx))
	a.finish()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held != nil {
		next = earlier(next, a.heldTill)
	}
	return next
}

// pollFamily polls the APIs of a family and returns when the next is due.
func (a *account) pollFamily(ctx context.Context, f Family) (next time.Time) {
	start := a.now()
	var wg sync.WaitGroup
	times := make([]time.Time, len(f.APIs))
	asked := make([]bool, len(f.APIs))
	for i, api := range f.APIs {
		wg.Go(func() { asked[i], times[i] = a.pollAPI(ctx, f, api) })
	}
	wg.Wait()
	next = slices.MinFunc(times, time.Time.Compare)
	if slices.Contains(asked, true) && ctx.Err() == nil {
		a.familyDone(f, a.now().Sub(start))
	}
	return next
}

// familyDone notes how the poll of a family went. The time of the last success
// moves on success only.
func (a *account) familyDone(f Family, took time.Duration) {
	a.mu.Lock()
	p := familyPoll{Success: true, Duration: max(took, 0), LastSuccess: a.polls[f.Name].LastSuccess}
	for _, api := range f.APIs {
		p.Success = p.Success && !a.apis[api.Name].failed()
	}
	if p.Success {
		p.LastSuccess = a.now()
	}
	a.polls[f.Name] = p
	a.mu.Unlock()
	a.saveStates()
}

// pollAPI asks an API until nothing is due or something is wrong. It reports
// whether it asked, and when to go on.
func (a *account) pollAPI(ctx context.Context, f Family, api API) (asked bool, next time.Time) {
	for {
		r, ok, next := a.nextRequest(api)
		if !ok {
			return asked, next
		}
		asked = true
		if a.ask(ctx, f, api, r) {
			continue
		}
		if _, due, next := a.nextRequest(api); !due {
			return asked, next
		}
		return asked, a.now().Add(a.Poll.RetryInterval)
	}
}

// nextRequest returns what to ask of an API now, if anything, and else when.
func (a *account) nextRequest(api API) (r wxclient.Request, ok bool, next time.Time) {
	now := a.now()
	have, err := a.have(api, api.days(a.Window, a.Poll.newest(now)))
	if err != nil {
		level.Error(a.logger).Log("msg", "cannot read the store", "api", api.Name, "err", err)
		return r, false, now.Add(a.Poll.RetryInterval)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.apis[api.Name]
	requests, next := plan(api.Spec, a.Window, a.Poll, summary(have, s.first), now)
	s.openDays, s.newest = openDays(have)
	a.hasData = a.hasData || s.newest != 0
	defer func() { s.next = next }()
	for _, r := range requests {
		switch {
		case s.rejected[r]:
			continue
		case a.held != nil && a.heldTill.After(now):
			return r, false, a.heldTill
		case s.retryAt.After(now):
			return r, false, s.retryAt
		case !s.allows(now):
			s.spent = true
			return r, false, midnight(now)
		}
		s.spent = false
		return r, true, now
	}
	return r, false, next
}
