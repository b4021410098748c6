// Package poll decides when to call WeChat for what, and what an answer or an error
// changes. The decisions are pure functions of values. Each account is one loop
// around them that makes the calls.
package poll

import (
	"context"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Exporter is the family, for Pages, of the metrics about an account's polling.
const Exporter = "exporter"

// Own is the family, for Pages, of what is this process' own of an account: what it
// counted, whether it polls the account, and what its store holds of it.
const Own = "own"

// Store stores what WeChat answered. Accounts are named by ID, so that a renamed
// account finds its days.
type Store interface {
	// SetAccounts stores the names and the labels of IDs.
	SetAccounts(...store.Account)
	// Put stores days of an API, or holds them in memory while the database cannot
	// be written.
	Put(account, api string, days ...store.Day)
	// Days returns the stored days of an API between two dates, both included,
	// oldest first; Known the same without their rows.
	Days(account, api, from, to string) ([]store.Day, error)
	Known(account, api, from, to string) ([]store.Known, error)
	// Dates returns the dates from one on with rows, by API, oldest first.
	Dates(account, from string) (map[string][]string, error)
	// PutState and State store small values beside the days; nil is none.
	PutState(account, name string, value []byte)
	State(account, name string) ([]byte, error)
	// Count counts the stored days, a day of an API each.
	Count(account string) int
}

// Pages serve the metrics of accounts, which change family by family.
type Pages interface {
	// Set replaces all families of an account.
	Set(account string, families map[string]prometheus.Gatherer)
	// Changed reports that metrics of families have changed.
	Changed(account string, families ...string)
	// Remove drops an account.
	Remove(account string)
}

// Options is what all accounts share.
type Options struct {
	Families  []collector.Family
	Store     Store
	Pages     Pages
	Peers     Peers                    // nil: this process polls every account
	Replica   string                   // its name among them
	Durations *prometheus.HistogramVec // see NewDurations
	Logger    log.Logger
	Now       func() time.Time
	Random    func() float64 // in [0, 1), what varies pauses; nil: math/rand's
}

// AccountOptions is an account as it is configured.
type AccountOptions struct {
	Name     string            // the label account
	ID       string            // in the store
	Labels   map[string]string // extra labels on every series
	Families []string          // the names of the families to poll
	plan.Settings
	Client wxclient.Options // Observe and OnToken are set here
}

// Fleet is the set of accounts that are polled and exported. Its methods may be
// called concurrently.
type Fleet struct {
	Options
	shared shared

	clockUnset atomic.Bool // as was told

	changing chan struct{} // a lock, held while accounts are added, removed, begun or ended
	wake     chan struct{} // renews the leases soon

	mu       sync.Mutex
	accounts map[string]*running
	ids      map[string]map[string]*running // those of an identity of the store, mostly one
	counters map[string]*counters           // by account
	polling  context.Context                // nil before Run
}

// New returns a Fleet without accounts.
func New(o Options) *Fleet {
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return &Fleet{Options: o, shared: shared{shown: calendar.DayOf(o.Now())}, accounts: map[string]*running{}, ids: map[string]map[string]*running{}, counters: map[string]*counters{}, changing: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
}

// change waits for the lock and returns the function that unlocks it.
func (f *Fleet) change() (changed func()) {
	f.changing <- struct{}{}
	return func() { <-f.changing }
}

// Set adds accounts, or replaces those of the same names. Their stored days are
// exported from then on; they are polled once Run has been called.
func (f *Fleet) Set(accounts ...AccountOptions) {
	defer f.change()()
	var identities []store.Account
	for _, o := range accounts {
		identities = append(identities, store.Account{ID: o.ID, Name: o.Name, Labels: o.Labels})
	}
	f.Store.SetAccounts(identities...)
	var setting errgroup.Group
	setting.SetLimit(runtime.GOMAXPROCS(0))
	for _, o := range accounts {
		setting.Go(func() error {
			f.set(o)
			return nil
		})
	}
	_ = setting.Wait() // there are no errors
	if f.Peers != nil {
		f.renewSoon()
	}
}

func (f *Fleet) set(o AccountOptions) {
	a := newAccount(f.Options, o, f.countersOf(o.Name))
	a.mayCall, a.tellUnset = f.leased, f.tellUnset
	if old := f.account(o.Name); old != nil {
		old.end()
	}
	a.restore()
	r := &running{account: a}
	f.Pages.Set(a.Name, a.gatherers(func() (float64, bool) { return f.lease(r) }))
	polling := f.put(a.Name, r)
	switch {
	case f.Peers != nil:
		a.showStored()
	case polling != nil:
		r.begin(polling)
	}
}

// lease is the value of wx_account_lease, if there are replicas.
func (f *Fleet) lease(r *running) (held float64, shared bool) {
	return boolToFloat(r.begun() && f.leased()), f.Peers != nil
}

// tellUnset logs once that the host's clock is not set, and once that it is.
func (f *Fleet) tellUnset(unset bool) {
	switch clock := f.Now().Format(time.RFC3339); {
	case !f.clockUnset.CompareAndSwap(!unset, unset):
	case unset:
		level.Warn(f.Logger).Log("msg", "the clock of this host is not set, nothing is asked for until it is", "clock", clock)
	default:
		level.Info(f.Logger).Log("msg", "the clock of this host was set", "clock", clock)
	}
}

// Remove ends an account: its series disappear, its days stay in the store.
func (f *Fleet) Remove(name string) {
	defer f.change()()
	if r := f.account(name); r != nil {
		r.end()
	}
	f.put(name, nil)
	f.Pages.Remove(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.counters, name)
}

// countersOf returns the counters of an account. They outlive a change of it.
func (f *Fleet) countersOf(name string) *counters {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counters[name] == nil {
		f.counters[name] = newCounters()
	}
	return f.counters[name]
}

// put has an account stand for a name, nil for none, and returns the context of
// the polling.
func (f *Fleet) put(name string, r *running) (polling context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := f.accounts[name]; old != nil {
		delete(f.accounts, name)
		delete(f.ids[old.ID], name)
	}
	if r != nil {
		f.accounts[name] = r
		if f.ids[r.ID] == nil {
			f.ids[r.ID] = map[string]*running{}
		}
		f.ids[r.ID][name] = r
	}
	return f.polling
}

// Retry ends an account's pause for refused credentials, as they may have been
// corrected.
func (f *Fleet) Retry(name string) {
	if r := f.account(name); r != nil {
		select {
		case r.retry <- struct{}{}:
		default:
		}
	}
}

// Run polls the accounts, also those that are set later, until ctx ends and all
// have stopped. With Peers it polls those of which it holds the lease.
func (f *Fleet) Run(ctx context.Context) {
	changed := f.change()
	f.mu.Lock()
	f.polling = ctx
	f.mu.Unlock()
	if f.Peers == nil {
		for _, r := range f.all() {
			r.begin(ctx)
		}
	}
	changed()
	if f.Peers != nil {
		f.runShared(ctx)
	} else {
		<-ctx.Done()
	}
	f.endAll()
}

// endAll ends the polling of all accounts.
func (f *Fleet) endAll() {
	defer f.change()()
	f.end(f.all(), (*running).end)
}

// end ends the polling of some accounts in one way or another, side by side,
// because each waits for what is under way.
func (f *Fleet) end(some []*running, how func(*running)) {
	var all sync.WaitGroup
	for _, r := range some {
		all.Go(func() {
			how(r)
			f.Pages.Changed(r.Name, Exporter, Own)
		})
	}
	all.Wait()
}

// Ready reports whether every account has data to serve, or a poll of it ended.
func (f *Fleet) Ready() bool {
	return !slices.ContainsFunc(f.all(), func(r *running) bool { return !r.status().ready() })
}

// Status returns what is known of every account, by name.
func (f *Fleet) Status() []Status {
	var all []Status
	for _, r := range f.all() {
		s := r.status()
		s.Shared, s.Replica = f.Peers != nil, f.holder(r.ID)
		s.ID = r.ID
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(a.Account, b.Account) })
	return all
}

func (f *Fleet) account(name string) *running {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accounts[name]
}

func (f *Fleet) all() []*running {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*running, 0, len(f.accounts))
	for _, r := range f.accounts {
		all = append(all, r)
	}
	return all
}

// identity returns the accounts of an identity of the store.
func (f *Fleet) identity(id string) []*running {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Values(f.ids[id]))
}

// running is an account and whether it polls.
type running struct {
	*account

	mu    sync.Mutex
	stop  func()
	leave func()        // as stop, but what is under way goes on to its end
	done  chan struct{} // closed when the polling has ended; nil while there is none
}

// begin begins to poll, if the account does not.
func (r *running) begin(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done != nil || ctx.Err() != nil {
		return
	}
	requests, stop := context.WithCancel(ctx)
	ctx, leave := context.WithCancel(requests)
	done := make(chan struct{})
	r.done, r.leave, r.stop = done, leave, stop
	go func() {
		defer close(done)
		r.run(ctx, requests)
	}()
}

// handOver ends the polling as end does, but for some seconds waits for the
// requests that are under way: another replica would make them again.
func (r *running) handOver() {
	r.mu.Lock()
	done := r.done
	if done == nil {
		r.mu.Unlock()
		return
	}
	r.leave()
	r.mu.Unlock()
	select {
	case <-done:
	case <-time.After(handOverTime):
	}
	r.end()
}

// end ends the polling, if there is any, and waits for it.
func (r *running) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done != nil {
		r.stop()
		<-r.done
		r.done = nil
	}
}

// begun reports whether the account polls.
func (r *running) begun() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done != nil
}
