package fleet

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// Each replica that shares a store serves all accounts. Each account is polled by
// the one that holds its lease.
const (
	LeaseTime   = 30 * time.Second // how long a lease lasts
	renewEvery  = 10 * time.Second // how often leases are renewed
	leaseMargin = 2 * time.Second  // how long before its end a lease is not relied on
)

// clockTolerance is by how much a replica's clock may differ from the database's.
// Beyond it the days that are asked for would be others.
const clockTolerance = 5 * time.Minute

// keeper keeps the leases of this replica's share of the accounts, which it knows by
// their IDs. Its loop alone changes what it knows of the leases, so that everybody may
// ask for that at any time and waits for nobody.
type keeper struct {
	peers    Peers
	replica  string // this one's name
	accounts sharer
	logger   log.Logger
	now      func() time.Time

	leases  atomic.Pointer[leases] // nil before the peers have answered
	wake    chan struct{}          // renews the leases soon
	ends    *time.Timer            // calls end when the leases end
	failing bool                   // the peers cannot be reached
}

// sharer polls a share of accounts as a keeper says. An ID may stand for several
// accounts.
type sharer interface {
	// shares returns the IDs of accounts that are polled, and of those that are not.
	shares() (polled, idle []string)
	// start begins to poll the accounts of an ID that are not polled.
	start(ctx context.Context, id string)
	// stop ends the polling of IDs and waits for it; with drain, requests may end first.
	stop(ids []string, drain bool)
	// ended ends all polling, because the leases could not be renewed in time.
	ended()
}

// leases is what the peers answered. It does not change.
type leases struct {
	alive   int               // replicas
	holders map[string]string // replica by account
	until   time.Time         // when this one's leases end, by this process' clock
	wrong   bool              // the clock of this host is, by the database's, so this replica holds none
}

func newKeeper(p Peers, replica string, accounts sharer, logger log.Logger, now func() time.Time) *keeper {
	return &keeper{peers: p, replica: replica, accounts: accounts, logger: logger, now: now, wake: make(chan struct{}, 1)}
}

// holds reports whether this replica may call WeChat. It is checked before each
// request: the process may have been stopped until its leases ended.
func (k *keeper) holds() bool {
	l := k.leases.Load()
	if l == nil {
		return false
	}
	// The monotonic clock stands still while a host is suspended, and the wall
	// clock may be set back: both have to agree.
	now := time.Now()
	return now.Before(l.until) && now.Round(0).Before(l.until.Round(0))
}

// last returns what is known of the leases. When those of this replica have ended, that
// is nothing, as of the other replicas.
func (k *keeper) last() leases {
	l := k.leases.Load()
	switch {
	case l == nil:
		return leases{}
	case !l.wrong && !k.holds():
		return leases{alive: 1}
	}
	return *l
}

// replicas returns how many replicas are alive, this one included; 0 before the peers
// have answered.
func (k *keeper) replicas() int { return k.last().alive }

// holder returns which replica polls an account; empty when none does.
func (k *keeper) holder(id string) string { return k.last().holders[id] }

// renewSoon renews the leases without waiting until that is due.
func (k *keeper) renewSoon() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run keeps the leases until ctx ends, and then gives them back.
func (k *keeper) run(ctx context.Context) {
	k.ends = time.AfterFunc(LeaseTime, k.end)
	defer k.ends.Stop()
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			k.giveBack()
			return
		case <-k.wake:
		case <-next.C:
		}
		k.renew(ctx)
		next.Reset(renewEvery)
	}
}

// renew renews the leases of this replica's share, and has its polling begin and end
// accordingly.
func (k *keeper) renew(ctx context.Context) {
	ahead, err := k.clockAhead(ctx)
	if err == nil && ahead.Abs() > clockTolerance {
		if err = k.abstain(ctx, ahead); err == nil {
			return
		}
	}
	var held map[string]bool
	var now leases
	if err == nil {
		held, now, err = k.claim(ctx)
	}
	if err != nil {
		k.failed(ctx, err)
		return
	}
	k.answered(now)
	polled, idle := k.accounts.shares()
	for _, id := range idle {
		if !held[id] {
			continue
		}
		if time.Until(now.until) < LeaseTime-leaseMargin-renewEvery {
			k.renewSoon() // the rest of many accounts, before the leases of all end
			break
		}
		k.accounts.start(ctx, id)
	}
	if lost := slices.DeleteFunc(polled, func(id string) bool { return held[id] }); len(lost) > 0 {
		k.accounts.stop(lost, false)
	}
}

// clockAhead returns by how much the clock of this host is ahead of the database's.
func (k *keeper) clockAhead(ctx context.Context) (time.Duration, error) {
	there, err := k.peers.Clock(ctx)
	return k.now().Round(0).Sub(there), err
}

// abstain leaves the polling to other replicas, because the clock of this host is
// wrong: it would ask for other days, and take others for final.
func (k *keeper) abstain(ctx context.Context, ahead time.Duration) error {
	if polled, _ := k.accounts.shares(); len(polled) > 0 {
		k.accounts.stop(polled, true)
	}
	if err := k.peers.Release(ctx, nil); err != nil {
		return err
	}
	holders, err := k.peers.Holders(ctx)
	if err != nil {
		return err
	}
	if last := k.leases.Load(); last == nil || !last.wrong {
		level.Warn(k.logger).Log("msg", "host clock differs from the database's, leaving polling to other replicas", "ahead", ahead.Round(time.Second))
	}
	k.failing = false
	k.leases.Store(&leases{alive: 1, holders: holders, wrong: true})
	k.ends.Stop()
	return nil
}

// claim finds out which replicas are alive and takes the leases of this one's
// share. Accounts that another one is to poll are given back after their polling
// has ended.
func (k *keeper) claim(ctx context.Context) (held map[string]bool, now leases, err error) {
	alive, err := k.peers.Beat(ctx)
	if err != nil {
		return nil, now, err
	}
	polled, idle := k.accounts.shares()
	others := func(id string) bool { return preferred(id, alive) != k.replica }
	if give := slices.DeleteFunc(slices.Clone(polled), func(id string) bool { return !others(id) }); len(give) > 0 {
		k.accounts.stop(give, true)
		if err := k.peers.Release(ctx, give); err != nil {
			return nil, now, err
		}
	}
	var share []string
	if !k.comeback() {
		share = slices.Concat(polled, idle)
		slices.Sort(share)
		share = slices.DeleteFunc(slices.Compact(share), others)
	}
	until := time.Now().Add(LeaseTime - leaseMargin)
	ids, err := k.peers.Acquire(ctx, share)
	if err != nil {
		return nil, now, err
	}
	held = make(map[string]bool, len(ids))
	for _, id := range ids {
		held[id] = true
	}
	holders, err := k.peers.Holders(ctx)
	return held, leases{alive: len(alive), holders: holders, until: until}, err
}

// comeback reports whether the peers can be reached for the first time since the
// leases ended. Others may have been cut off as well and are about to tell that
// they are alive, so this replica does not take their accounts at once.
func (k *keeper) comeback() bool { return k.failing && !k.holds() }

// answered takes in what the peers answered.
func (k *keeper) answered(now leases) {
	if k.failing {
		level.Info(k.logger).Log("msg", "lease renewal recovered")
	}
	if last := k.leases.Load(); last != nil && last.wrong {
		level.Info(k.logger).Log("msg", "host clock agrees with the database's again")
	}
	k.failing = false
	k.leases.Store(&now)
	k.ends.Reset(time.Until(now.until))
}

func (k *keeper) failed(ctx context.Context, err error) {
	if !k.failing && ctx.Err() == nil {
		level.Warn(k.logger).Log("msg", "cannot renew leases, polling stops when they expire", "err", err)
	}
	k.failing = true
}

// end ends the polling when the leases could not be renewed in time.
func (k *keeper) end() {
	if !k.holds() { // else they were renewed just now
		k.accounts.ended()
	}
}

// giveBack ends the polling and lets the other replicas take over at once.
func (k *keeper) giveBack() {
	polled, _ := k.accounts.shares()
	k.accounts.stop(polled, false)
	if err := k.peers.Release(context.Background(), nil); err != nil {
		level.Warn(k.logger).Log("msg", "cannot release leases, they expire by themselves", "err", err)
	}
}
