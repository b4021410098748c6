package poll

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// tick is how often an account looks at the wall clock. A timer alone would not
// notice that the clock was set or the host was suspended.
const tick = time.Minute

// requestsAtOnce is the most requests of an account at the same time. Each holds
// stored days in memory, and more would only wait for the account's rate limit.
const requestsAtOnce = 3

// interruptedPause is until when the polling of an account whose request was interrupted
// has ended, or its lease is back.
const interruptedPause = 2 * time.Second

// Account polls one account. Its loop owns the account's state, starts the requests
// that are due, a few at the same time but at most one of each API, and applies
// their results. Only the client, the store and the snapshot are shared with other
// goroutines.
type Account struct {
	AccountOptions
	polling
	client    *wxclient.Client
	store     Store
	pages     Pages
	counters  *Counters
	observed  *prometheus.HistogramVec
	logger    log.Logger
	now       func() time.Time
	random    func() float64 // in [0, 1)
	mayCall   func() bool    // whether this replica may call WeChat
	tellUnset func(bool)     // tells whether the clock is unset
	retry     chan struct{}  // the credentials may have been corrected
	results   chan result    // of requests
	snapshot  atomic.Pointer[state]
	calls     map[string][]atomic.Int64 // by API and question, made since the loop last looked; the map does not change
	expiry    atomic.Pointer[time.Time] // of the token in use; nil before the first one
	changed   map[string]bool           // families whose metrics have changed
	saved     time.Time                 // when the state was last stored
	unsaved   bool                      // it has changed since

	unpolled map[string]plan.APIState // of APIs of other families, which may be polled again today
	apis     []*polledAPI
	families []*polledFamily
	refused  plan.AuthFailure
	quotas   plan.Quotas
	logged   map[string]map[string]bool // code to the APIs that fail with it
	working  bool                       // a poll is under way

	refusedAll bool         // WeChat refused everything in the last poll
	asking     bool         // quotas are being asked for
	polled     bool         // a poll has ended
	hasData    bool         // the store or WeChat had rows
	up         bool         // as wx_up
	shown      calendar.Day // the day of the window on the pages
	seen       time.Time    // when the loop last looked at the clock
	lost       bool         // the clock cannot be right

	historyLogged time.Time // when the backfill was last logged
	backfilling   bool      // it was not done then
}

// polledAPI is an API of the account.
type polledAPI struct {
	*collector.API // of the table that all accounts share
	plan.APIState
	family *polledFamily
	busy   bool // a request is under way
}

// New returns an account that is not polled yet. What it counts is counted in c.
func New(o Options, ao AccountOptions, c *Counters) *Account {
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.MayCall == nil {
		o.MayCall = func() bool { return true }
	}
	if o.ClockUnset == nil {
		o.ClockUnset = func(bool) {}
	}
	a := &Account{
		AccountOptions: ao,
		store:          o.Store,
		pages:          o.Pages,
		observed:       o.Durations,
		counters:       c,
		shown:          calendar.DayOf(o.Now()),
		calls:          map[string][]atomic.Int64{},
		logger:         log.With(o.Logger, "account", ao.Name),
		now:            func() time.Time { return o.Now().Round(0) }, // days are of the wall clock, which a host that sleeps does not stop
		random:         o.Random,
		mayCall:        o.MayCall,
		tellUnset:      o.ClockUnset,
		retry:          make(chan struct{}, 1),
		results:        make(chan result),
		changed:        map[string]bool{},
		logged:         map[string]map[string]bool{},
	}
	for _, f := range o.Families {
		if !slices.Contains(ao.Families, f.Name) || !f.For(ao.Type) {
			continue
		}
		f = f.Of(ao.Type)
		family := &polledFamily{Family: f, last: FamilyStatus{Name: f.Name}}
		a.families = append(a.families, family)
		for i := range f.APIs {
			a.apis = append(a.apis, &polledAPI{API: &f.APIs[i], family: family})
			a.calls[f.APIs[i].Name] = make([]atomic.Int64, f.APIs[i].Ask.Questions())
		}
	}
	c.begin(a.apis)
	ao.Client.Observe, ao.Client.OnToken, ao.Client.Random = a.observe, a.gotToken, o.Random
	a.client = wxclient.New(ao.Client)
	return a
}

// run polls until ctx ends, and then waits for the requests that are under way. They
// are interrupted when requests ends, the parent of ctx.
func (a *Account) run(ctx, requests context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	a.working = true // the first poll ends at once where all APIs rest, as those that WeChat has switched off
	for {
		select {
		case <-ctx.Done():
			a.finish()
			return
		case <-a.retry:
			a.retryCredentials()
		case r := <-a.results:
			a.apply(r)
		case <-timer.C:
		}
		a.checkClock()
		a.start(requests)
		a.startQuotas(requests)
		a.endPolls()
		a.publish()
		a.saveSoon()
		a.logHistory()
		timer.Reset(a.pause())
	}
}

// finish waits for the requests that are under way and stores the state.
func (a *Account) finish() {
	for a.busy() {
		a.apply(<-a.results)
	}
	a.save() // the calls of an interrupted poll count, too
	a.publish()
}

// checkClock renders the pages again when the Beijing day has changed, because the
// window has moved. When the clock was set back, it drops what the wrong clock
// decided. A host without a battery begins at 1970: until its clock is set, nothing
// can be asked for.
func (a *Account) checkClock() {
	now := a.now()
	today := calendar.DayOf(now)
	if a.shown != today {
		for _, f := range a.families {
			a.changed[f.Name] = true
		}
		a.changed[collector.Exporter] = true
	}
	a.shown = today
	// What a process found in the store that began with an unset clock may be of one ahead.
	if (a.lost || now.Before(a.seen.Add(-time.Minute))) && !calendar.ClockUnset(now) {
		a.clockSetBack(now)
	}
	a.lost = calendar.ClockUnset(now)
	if !a.lost { // or a clock that was ahead, then unset, and then right would not have been set back
		a.seen = now
	}
	a.tellUnset(a.lost)
}

// clockSetBack drops what a clock that was ahead decided. The polls that follow tell
// how things are.
func (a *Account) clockSetBack(now time.Time) {
	a.refused = a.refused.ClockSetBack(now)
	for _, api := range a.apis {
		if api.APIState = api.ClockSetBack(now); api.Err == nil {
			a.forget(api.Name)
		}
	}
	a.saved, a.unsaved = time.Time{}, true
	a.changed[collector.Exporter] = true
}

// apply applies the result of a request.
func (a *Account) apply(r result) {
	now := a.now()
	a.countCalls(now)
	a.unsaved = true
	a.changed[collector.Exporter] = true
	if r.api == nil {
		a.asking, a.quotas = false, r.quotas
		return
	}
	api := r.api
	api.busy = false
	api.family.asked = api.family.asked || r.asked
	if r.failed { // the store could not be read
		api.Next = r.next.At
		return
	}
	if api.APIState = api.Looked(r.next, r.before, now); api.Err == nil && r.before.Err != nil {
		a.forget(api.Name) // or the next one to fail would not be logged
	}
	a.hasData = a.hasData || r.next.Newest != 0
	switch {
	case !r.asked:
		api.APIState = api.Planned(r.next)
		if a.refused.Err != nil {
			a.refused.RetryAt = now // the next API's turn
		}
		return
	case r.interrupted:
		if !a.mayCall() {
			api.Next = now.Add(interruptedPause) // until then the polling has ended, or the lease is back
		}
		return
	case r.err != nil && r.at.After(now.Add(time.Minute)):
		api.Next = now // a clock that was ahead has asked for it, and was set back meanwhile
	case r.err != nil:
		api.APIState = api.FailedWith(r.request, r.err, now, a.random())
		a.refused = a.refused.After(r.err, now, api.RetryAt)
		a.failed(api)
	case r.tooEarly:
		api.APIState = api.Succeeded(nil, nil, now).TooEarly(r.request)
	default:
		recovered, unread := api.Err, api.Misread.Err
		api.APIState = api.Succeeded(r.days, r.have, now)
		api.Misread = api.Misread.After(r.request, r.answer, r.misread, r.next.Oldest, now, a.random())
		a.misread(api, unread)
		api.APIState = a.planAfter(r, api.APIState, now)
		a.refused = a.refused.After(nil, now, now)
		if recovered != nil {
			a.recovered(api.Name, recovered)
		}
	}
	a.counters.lacks(api.Name, r.answer)
	if plan.Differs(r.days, r.have) {
		a.changed[api.family.Name] = true
	}
}

// retryCredentials ends the pause for refused credentials.
func (a *Account) retryCredentials() {
	a.client.RetryToken()
	a.refused.RetryAt = time.Time{}
	for _, api := range a.apis {
		if api.Err != nil && api.Err.Action == wxclient.Credentials {
			api.RetryAt, api.Next = time.Time{}, time.Time{}
		}
	}
}

// Retry ends the pause for refused credentials, as they may have been corrected.
func (a *Account) Retry() {
	select {
	case a.retry <- struct{}{}:
	default:
	}
}
