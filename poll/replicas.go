package poll

import (
	"context"
	"hash/fnv"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
)

// Each replica that shares a store serves all accounts. Each account is polled by
// the one that holds its lease.
const (
	LeaseTime   = 30 * time.Second // how long a lease lasts
	renewEvery  = 10 * time.Second // how often leases are renewed
	leaseMargin = 2 * time.Second  // how long before its end a lease is not relied on

	lookEvery = 20 * time.Second // how often is looked for what others have stored, told or not

	handOverTime = 5 * time.Second // how long an account's requests may take while it is given back
)

// clockTolerance is by how much a replica's clock may differ from the database's.
// Beyond it the days that are asked for would be others.
const clockTolerance = 5 * time.Minute

// Peers coordinates replicas. Accounts are named by ID. Leases last by the time of
// the database. No method but Listen takes longer than some seconds.
type Peers interface {
	// Clock returns the database's time.
	Clock(ctx context.Context) (time.Time, error)
	// Beat registers this replica as alive and returns the names of all that are.
	Beat(ctx context.Context) (alive []string, err error)
	// Acquire takes or renews the leases of accounts that no other replica holds,
	// and returns those that this one holds now.
	Acquire(ctx context.Context, accounts []string) (held []string, err error)
	// Release gives leases back; nil gives back all and ends the registration.
	Release(ctx context.Context, accounts []string) error
	// Holders returns which replica holds which account.
	Holders(ctx context.Context) (map[string]string, error)
	// Listen calls changed when another replica stores days of an account's API or,
	// with an empty api, its state. It returns when ctx or the connection ends. It
	// calls began when it listens. What it calls is a hint: it may miss any.
	Listen(ctx context.Context, began func(), changed func(account, api string)) error
	// Look calls changed for what other replicas have stored since the last look and
	// Listen has not told; the first time for everything.
	Look(ctx context.Context, changed func(account, api string)) error
}

// shared is what a Fleet with peers knows of them.
type shared struct {
	mu      sync.Mutex
	alive   int               // replicas
	holders map[string]string // replica by account
	until   time.Time         // when the leases end, by this process' clock
	ends    *time.Timer       // calls leasesEnded then
	failing bool              // the peers cannot be reached
	wrong   bool              // the clock of this host is, by the database's
	shown   calendar.Day      // the day of the window on the pages of others' accounts
}

// preferred returns which of the replicas is to poll an account, by rendezvous
// hashing: a replica that comes or goes moves only its own accounts.
func preferred(account string, replicas []string) (best string) {
	var most uint64
	for _, r := range replicas {
		h := fnv.New64a()
		_, _ = io.WriteString(h, r+"\x00"+account)
		if weight := mix(h.Sum64()); best == "" || weight > most {
			best, most = r, weight
		}
	}
	return best
}

// mix spreads the differences of similar names over all bits, which FNV does not.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// runShared polls this replica's share of the accounts until ctx ends.
func (f *Fleet) runShared(ctx context.Context) {
	var listening sync.WaitGroup
	listening.Go(func() { f.listen(ctx) })
	listening.Go(func() { f.look(ctx) })
	defer listening.Wait()
	f.shared.mu.Lock()
	f.shared.ends = time.AfterFunc(LeaseTime, f.leasesEnded)
	f.shared.mu.Unlock()
	defer f.shared.ends.Stop()
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			f.endAll()
			f.giveBack()
			return
		case <-f.wake:
		case <-next.C:
		}
		f.renew(ctx)
		next.Reset(renewEvery)
	}
}

func (f *Fleet) renewSoon() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// leases is what the peers answered.
type leases struct {
	alive   []string          // replicas
	held    map[string]bool   // accounts that this replica is to poll
	holders map[string]string // replica by account
	until   time.Time         // when the leases end, by this process' clock
}

// renew renews the leases of this replica's share, and begins and ends polling
// accordingly.
func (f *Fleet) renew(ctx context.Context) {
	defer f.change()()
	ahead, err := f.clockAhead(ctx)
	if err == nil && ahead.Abs() > clockTolerance {
		if err = f.abstain(ctx, ahead); err == nil {
			f.onDayChange()
			return
		}
	}
	var now leases
	if err == nil {
		now, err = f.claim(ctx)
	}
	if err != nil {
		f.peersFailed(ctx, err)
		return
	}
	f.peersAnswered(now)
	var lost []*running
	for _, r := range f.all() {
		switch mine := now.held[r.ID]; {
		case !mine && r.begun():
			lost = append(lost, r)
		case mine && !r.begun() && time.Until(now.until) < LeaseTime-leaseMargin-renewEvery:
			f.renewSoon() // the rest of many accounts, before the leases of all end
		case mine && !r.begun():
			r.restore() // what the replica before this one has stored
			r.begin(ctx)
			f.Pages.Changed(r.Name, Exporter, Own)
		}
	}
	f.end(lost, (*running).end)
	f.onDayChange()
}

// clockAhead returns by how much the clock of this host is ahead of the database's.
func (f *Fleet) clockAhead(ctx context.Context) (time.Duration, error) {
	there, err := f.Peers.Clock(ctx)
	return f.Now().Round(0).Sub(there), err
}

// abstain leaves the polling to other replicas, because the clock of this host is
// wrong: it would ask for other days, and take others for final.
func (f *Fleet) abstain(ctx context.Context, ahead time.Duration) error {
	f.end(slices.DeleteFunc(f.all(), func(r *running) bool { return !r.begun() }), (*running).handOver)
	if err := f.Peers.Release(ctx, nil); err != nil {
		return err
	}
	holders, err := f.Peers.Holders(ctx)
	if err != nil {
		return err
	}
	f.shared.mu.Lock()
	defer f.shared.mu.Unlock()
	if !f.shared.wrong {
		level.Warn(f.Logger).Log("msg", "the clock of this host differs from the database's, so other replicas poll", "ahead", ahead.Round(time.Second))
	}
	f.shared.alive, f.shared.holders, f.shared.until, f.shared.failing, f.shared.wrong = 1, holders, time.Time{}, false, true
	f.shared.ends.Stop()
	return nil
}

// claim finds out which replicas are alive and takes the leases of this one's
// share. Accounts that another one is to poll are given back after their polling
// has ended.
func (f *Fleet) claim(ctx context.Context) (now leases, err error) {
	if now.alive, err = f.Peers.Beat(ctx); err != nil {
		return now, err
	}
	var share, give []string
	var others []*running
	comeback := f.comeback()
	for _, r := range f.all() {
		switch {
		case preferred(r.ID, now.alive) == f.Replica:
			if !comeback {
				share = append(share, r.ID)
			}
		case r.begun():
			others, give = append(others, r), append(give, r.ID)
		}
	}
	if len(give) > 0 {
		f.end(others, (*running).handOver)
		if err := f.Peers.Release(ctx, give); err != nil {
			return now, err
		}
	}
	slices.Sort(share)
	now.until = time.Now().Add(LeaseTime - leaseMargin)
	held, err := f.Peers.Acquire(ctx, share)
	if err != nil {
		return now, err
	}
	now.held = make(map[string]bool, len(held))
	for _, id := range held {
		now.held[id] = true
	}
	now.holders, err = f.Peers.Holders(ctx)
	return now, err
}

// comeback reports whether the peers can be reached for the first time since the
// leases ended. Others may have been cut off as well and are about to tell that
// they are alive, so this replica does not take their accounts at once.
func (f *Fleet) comeback() bool {
	f.shared.mu.Lock()
	failing := f.shared.failing
	f.shared.mu.Unlock()
	return failing && !f.leased()
}

// onDayChange renders the pages of accounts that others poll again when the Beijing
// day has changed, because the window has moved.
func (f *Fleet) onDayChange() {
	today := calendar.DayOf(f.Now())
	f.shared.mu.Lock()
	turned := f.shared.shown != today
	f.shared.shown = today
	f.shared.mu.Unlock()
	if turned {
		f.show()
	}
}

// show renders the pages of the accounts that others poll again.
func (f *Fleet) show() {
	for _, r := range f.all() {
		if !r.begun() {
			r.showStored()
			f.Pages.Changed(r.Name, append(slices.Clone(r.Families), Exporter, Own)...)
		}
	}
}

// listen shows what other replicas store, until ctx ends.
func (f *Fleet) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.Peers.Listen(ctx, f.show, f.storedElsewhere)
		if ctx.Err() == nil {
			level.Debug(f.Logger).Log("msg", "cannot listen to other replicas, trying again", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// look shows what other replicas have stored now and then, because a notification
// need not come, as behind a pooler, until ctx ends.
func (f *Fleet) look(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := f.Peers.Look(ctx, f.storedElsewhere); err != nil && ctx.Err() == nil {
			level.Debug(f.Logger).Log("msg", "cannot look for what other replicas have stored, trying again", "err", err)
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
	for _, r := range f.identity(id) {
		if api == "" && !r.begun() {
			r.showStored()
			f.Pages.Changed(r.Name, Exporter, Own)
		}
		for _, family := range r.families {
			if slices.ContainsFunc(family.APIs, func(one collector.API) bool { return one.Name == api }) {
				f.Pages.Changed(r.Name, family.Name, Exporter, Own)
			}
		}
	}
}

func (f *Fleet) peersAnswered(now leases) {
	f.shared.mu.Lock()
	defer f.shared.mu.Unlock()
	if f.shared.failing {
		level.Info(f.Logger).Log("msg", "the leases can be renewed again")
	}
	if f.shared.wrong {
		level.Info(f.Logger).Log("msg", "the clock of this host agrees with the database's again")
	}
	f.shared.wrong = false
	f.shared.alive, f.shared.holders, f.shared.until, f.shared.failing = len(now.alive), now.holders, now.until, false
	f.shared.ends.Reset(time.Until(now.until))
}

// leasesEnded ends the polling when the leases could not be renewed in time. Of
// the other replicas nothing is known then.
func (f *Fleet) leasesEnded() {
	if f.leased() {
		return // they were renewed just now
	}
	f.shared.mu.Lock()
	f.shared.alive, f.shared.holders = 1, nil
	f.shared.mu.Unlock()
	for _, r := range f.all() {
		f.Pages.Changed(r.Name, Exporter, Own)
	}
	f.endAll()
}

func (f *Fleet) peersFailed(ctx context.Context, err error) {
	f.shared.mu.Lock()
	defer f.shared.mu.Unlock()
	if !f.shared.failing && ctx.Err() == nil {
		level.Warn(f.Logger).Log("msg", "cannot renew the leases; accounts are served, but not polled once the leases have ended", "err", err)
	}
	f.shared.failing = true
}

// leased reports whether this replica may call WeChat. It is checked before each
// request: the process may have been stopped until its leases ended.
func (f *Fleet) leased() bool {
	if f.Peers == nil {
		return true
	}
	f.shared.mu.Lock()
	defer f.shared.mu.Unlock()
	// The monotonic clock stands still while a host is suspended, and the wall
	// clock may be set back: both have to agree.
	now := time.Now()
	return now.Before(f.shared.until) && now.Round(0).Before(f.shared.until.Round(0))
}

// Polls reports whether this process polls the account of an identity.
func (f *Fleet) Polls(id string) bool {
	return f.Peers == nil || f.leased() && slices.ContainsFunc(f.all(), func(r *running) bool { return r.ID == id && r.begun() })
}

// holder returns which replica polls an account; empty when none does, or when
// there is only this process.
func (f *Fleet) holder(id string) string {
	f.shared.mu.Lock()
	defer f.shared.mu.Unlock()
	return f.shared.holders[id]
}

// Alive returns how many replicas are alive, this one included.
func (f *Fleet) Alive() int {
	if f.Peers == nil {
		return 1
	}
	f.shared.mu.Lock()
	defer f.shared.mu.Unlock()
	return f.shared.alive
}

// giveBack lets the other replicas take over at once.
func (f *Fleet) giveBack() {
	if err := f.Peers.Release(context.Background(), nil); err != nil {
		level.Warn(f.Logger).Log("msg", "cannot give the leases back; other replicas take over when they end", "err", err)
	}
}
