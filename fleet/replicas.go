package fleet

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
)

// lookEvery is how often is looked for what others have stored, told or not.
const lookEvery = 20 * time.Second

// runShared polls this replica's share of the accounts until ctx ends.
func (f *Fleet) runShared(ctx context.Context) {
	var listening sync.WaitGroup
	listening.Go(func() { f.listen(ctx) })
	listening.Go(func() { f.look(ctx) })
	defer listening.Wait()
	f.keeper.run(ctx)
}

// What the keeper of leases does with accounts.

// shares returns the identities of which accounts are polled, and of which accounts
// are not.
func (f *Fleet) shares() (polled, idle []string) {
	for id, some := range f.accounts.Load().byID {
		if slices.ContainsFunc(some, (*poll.Account).Polls) {
			polled = append(polled, id)
		}
		if slices.ContainsFunc(some, func(a *poll.Account) bool { return !a.Polls() }) {
			idle = append(idle, id)
		}
	}
	slices.Sort(polled)
	slices.Sort(idle)
	return polled, idle
}

// start begins to poll the accounts of an identity with what the replica before this
// one has stored.
func (f *Fleet) start(ctx context.Context, id string) {
	f.lock()
	defer f.unlock()
	for _, a := range f.accounts.Load().byID[id] {
		if !a.Polls() {
			a.Restore()
			a.Start(ctx)
			f.Pages.Changed(a.Name, collector.Exporter, collector.Own)
		}
	}
}

// stop ends the polling of identities; with drain it lets requests end.
func (f *Fleet) stop(ids []string, drain bool) {
	f.lock()
	defer f.unlock()
	how := (*poll.Account).Stop
	if drain {
		how = (*poll.Account).Drain
	}
	var some []*poll.Account
	for _, id := range ids {
		for _, a := range f.accounts.Load().byID[id] {
			if a.Polls() {
				some = append(some, a)
			}
		}
	}
	f.end(some, how)
}

// ended shows that no lease is held, and ends the polling of all accounts.
func (f *Fleet) ended() {
	for _, a := range f.all() {
		f.Pages.Changed(a.Name, collector.Exporter, collector.Own)
	}
	f.stopAll()
}

// lookAtDay renders the pages of accounts that others poll again when the Beijing day has
// changed, because the window has moved.
func (f *Fleet) lookAtDay() {
	if today := calendar.DayOf(f.Now()); f.shown != today {
		f.shown = today
		f.show()
	}
}

// show renders the pages of all accounts again. Those of an account that is polled here
// may lack what could not be read while the database was away.
func (f *Fleet) show() {
	for _, a := range f.all() {
		if !a.Polls() {
			a.ShowStored()
		}
		f.Pages.Changed(a.Name, append(slices.Clone(a.Families), collector.Exporter, collector.Own)...)
	}
}

// listen shows what other replicas store, until ctx ends.
func (f *Fleet) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.Peers.Listen(ctx, f.show, f.storedElsewhere)
		if ctx.Err() == nil {
			level.Debug(f.Logger).Log("msg", "cannot listen for other replicas' changes, retrying", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// look shows what other replicas have stored now and then, because a notification
// need not come, as behind a pooler, and moves the window at midnight, until ctx ends.
func (f *Fleet) look(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := f.Peers.Look(ctx, f.storedElsewhere); err == nil {
			f.lookAtDay()
		} else if ctx.Err() == nil {
			level.Debug(f.Logger).Log("msg", "cannot look up other replicas' changes, retrying", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// storedElsewhere shows what another replica has stored. That may also be days of an
// account that this replica has just taken over.
func (f *Fleet) storedElsewhere(id, api string) {
	for _, a := range f.accounts.Load().byID[id] {
		if api == "" && !a.Polls() {
			a.ShowStored()
			f.Pages.Changed(a.Name, collector.Exporter, collector.Own)
		}
		if family := a.FamilyOf(api); family != "" {
			f.Pages.Changed(a.Name, family, collector.Exporter, collector.Own)
		}
	}
}
