// Package fleet is the accounts of this process. It adds, changes and removes them, and
// with replicas polls those of which this one holds the lease.
package fleet

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
)

// Options is what all accounts share.
type Options struct {
	poll.Options        // MayCall and ClockUnset are set here
	Peers        Peers  // nil: this process polls every account
	Replica      string // its name among them
}

// Fleet is the set of accounts that are polled and exported. Its methods may be
// called concurrently.
type Fleet struct {
	Options
	keeper *keeper

	accounts   atomic.Pointer[accounts]
	clockUnset atomic.Bool // as was told

	changing chan struct{}             // the one lock: held while accounts are added, removed, started or stopped, and for what follows
	counters map[string]*poll.Counters // by account
	polling  context.Context           // nil before Run

	shown calendar.Day // the day of the window on the pages of others' accounts; look has it
}

// accounts are the accounts of a Fleet. They do not change: others take their place.
type accounts struct {
	byName map[string]*poll.Account
	byID   map[string][]*poll.Account // those of an identity of the store, mostly one
}

// with returns the accounts with others added, or put in the place of those of the same
// names, and without some names.
func (a *accounts) with(others []*poll.Account, without ...string) *accounts {
	n := &accounts{byName: maps.Clone(a.byName), byID: map[string][]*poll.Account{}}
	for _, one := range others {
		n.byName[one.Name] = one
	}
	for _, name := range without {
		delete(n.byName, name)
	}
	for _, one := range n.byName {
		n.byID[one.ID] = append(n.byID[one.ID], one)
	}
	return n
}

// New returns a Fleet without accounts.
func New(o Options) *Fleet {
	f := &Fleet{Options: o, changing: make(chan struct{}, 1), counters: map[string]*poll.Counters{}, shown: calendar.DayOf(o.Now())}
	f.accounts.Store(&accounts{byName: map[string]*poll.Account{}})
	f.ClockUnset = f.tellUnset
	if o.Peers != nil {
		f.keeper = newKeeper(o.Peers, o.Replica, f, o.Logger, o.Now)
		f.MayCall = f.keeper.holds
	}
	return f
}

// lock waits until no accounts are being changed. Accounts end while it is held, so
// nothing that a page needs may take it.
func (f *Fleet) lock()   { f.changing <- struct{}{} }
func (f *Fleet) unlock() { <-f.changing }

// Set adds accounts, or replaces those of the same names. Their stored days are
// exported from then on; they are polled once Run has been called.
func (f *Fleet) Set(options ...poll.AccountOptions) {
	f.lock()
	defer f.unlock()
	var identities []store.Account
	for _, o := range options {
		identities = append(identities, store.Account{ID: o.ID, Name: o.Name, Labels: o.Labels})
	}
	f.Store.SetAccounts(identities...)
	set := make([]*poll.Account, len(options))
	var setting errgroup.Group
	setting.SetLimit(runtime.GOMAXPROCS(0))
	for i, o := range options {
		if f.counters[o.Name] == nil { // they outlive a change of the account
			f.counters[o.Name] = poll.NewCounters()
		}
		counters := f.counters[o.Name]
		setting.Go(func() error {
			set[i] = f.set(o, counters)
			return nil
		})
	}
	_ = setting.Wait() // there are no errors
	f.accounts.Store(f.accounts.Load().with(set))
	switch {
	case f.keeper != nil:
		f.keeper.renewSoon()
	case f.polling != nil:
		for _, a := range set {
			a.Start(f.polling)
		}
	}
}

// set ends the account of a name, if there is any, and has the pages show the one that
// takes its place.
func (f *Fleet) set(o poll.AccountOptions, c *poll.Counters) *poll.Account {
	a := poll.New(f.Options.Options, o, c)
	if old := f.account(o.Name); old != nil {
		old.Stop()
	}
	a.Restore()
	f.Pages.Set(a.Name, a.Gatherers(f.lease(a)))
	if f.keeper != nil {
		a.ShowStored()
	}
	return a
}

// lease returns what tells wx_account_lease of an account, nil if there are no replicas.
func (f *Fleet) lease(a *poll.Account) func() bool {
	if f.keeper == nil {
		return nil
	}
	return func() bool { return a.Polls() && f.keeper.holds() }
}

// tellUnset logs once that the host's clock is not set, and once that it is.
func (f *Fleet) tellUnset(unset bool) {
	switch clock := f.Now().Format(time.RFC3339); {
	case !f.clockUnset.CompareAndSwap(!unset, unset):
	case unset:
		level.Warn(f.Logger).Log("msg", "host clock not set, not polling", "clock", clock)
	default:
		level.Info(f.Logger).Log("msg", "host clock set, polling", "clock", clock)
	}
}

// Remove ends an account: its series disappear, its days stay in the store.
func (f *Fleet) Remove(name string) {
	f.lock()
	defer f.unlock()
	if a := f.account(name); a != nil {
		a.Stop()
	}
	f.accounts.Store(f.accounts.Load().with(nil, name))
	f.Pages.Remove(name)
	delete(f.counters, name)
}

// Retry ends an account's pause for refused credentials, as they may have been
// corrected.
func (f *Fleet) Retry(name string) {
	if a := f.account(name); a != nil {
		a.Retry()
	}
}

// Run polls the accounts, also those that are set later, until ctx ends and all
// have stopped. With Peers it polls those of which it holds the lease.
func (f *Fleet) Run(ctx context.Context) {
	f.lock()
	f.polling = ctx
	if f.keeper == nil {
		for _, a := range f.all() {
			a.Start(ctx)
		}
	}
	f.unlock()
	if f.keeper != nil {
		f.runShared(ctx)
	} else {
		<-ctx.Done()
	}
	f.stopAll()
}

// stopAll ends the polling of all accounts.
func (f *Fleet) stopAll() {
	f.lock()
	defer f.unlock()
	f.end(f.all(), (*poll.Account).Stop)
}

// end ends the polling of some accounts in one way or another, side by side,
// because each waits for what is under way.
func (f *Fleet) end(some []*poll.Account, how func(*poll.Account)) {
	var all sync.WaitGroup
	for _, a := range some {
		all.Go(func() {
			how(a)
			f.Pages.Changed(a.Name, collector.Exporter, collector.Own)
		})
	}
	all.Wait()
}

// Ready reports whether every account has data to serve, or a poll of it ended.
func (f *Fleet) Ready() bool {
	return !slices.ContainsFunc(f.all(), func(a *poll.Account) bool { return !a.Status().Ready() })
}

// Status returns what is known of every account, by name.
func (f *Fleet) Status() []poll.Status {
	var all []poll.Status
	for _, a := range f.all() {
		s := a.Status()
		if s.Shared = f.keeper != nil; s.Shared {
			s.Replica = f.keeper.holder(a.ID)
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b poll.Status) int { return strings.Compare(a.Account, b.Account) })
	return all
}

// Polls reports whether this process polls the account of an identity.
func (f *Fleet) Polls(id string) bool {
	return f.keeper == nil || f.keeper.holds() && slices.ContainsFunc(f.accounts.Load().byID[id], (*poll.Account).Polls)
}

// ClockRight reports whether the clock of this host can be right: it is set and, with Peers,
// agrees with the database's.
func (f *Fleet) ClockRight(ctx context.Context) bool {
	if calendar.ClockUnset(f.Now()) {
		return false
	}
	if f.keeper == nil {
		return true
	}
	ahead, err := f.keeper.clockAhead(ctx)
	return err == nil && ahead.Abs() <= clockTolerance
}

// Alive returns how many replicas are alive, this one included.
func (f *Fleet) Alive() int {
	if f.keeper == nil {
		return 1
	}
	return f.keeper.replicas()
}

func (f *Fleet) account(name string) *poll.Account { return f.accounts.Load().byName[name] }

func (f *Fleet) all() []*poll.Account { return slices.Collect(maps.Values(f.accounts.Load().byName)) }
