package exposition

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/wxexporter/wx_exporter/collector"
)

// publishShare bounds the copying while many changes follow each other, as in
// the first minute: after a page was joined, the next one waits this many times
// as long as that took.
const publishShare = 10

// accountsForCPU is how many accounts each CPU renders before the next look at
// the page.
const accountsForCPU = 32

// Run renders what changes until ctx ends.
func (c *Cache) Run(ctx context.Context) {
	var due time.Time // when the next page may be joined
	later := time.NewTimer(0)
	defer later.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-later.C:
		}
		for more := true; more; {
			more = c.render(ctx)
			if ctx.Err() != nil {
				return // not all that was taken is rendered: no page may show that
			}
			start := c.opts.Now()
			if wait := due.Sub(start); wait > 0 {
				later.Reset(wait)
				continue
			}
			c.publish()
			end := c.opts.Now()
			due = end.Add(publishShare * end.Sub(start))
		}
	}
}

// render renders what has changed of the accounts that wait the longest, as many
// as keep all CPUs busy. It returns false when none does. All are taken before the
// first one is rendered, so that an account is never rendered twice at once, which
// could publish an older state last.
func (c *Cache) render(ctx context.Context) (more bool) {
	cpus := runtime.GOMAXPROCS(0)
	batch := c.take(accountsForCPU * cpus)
	var rendering errgroup.Group
	rendering.SetLimit(cpus)
	for _, a := range batch {
		rendering.Go(func() error {
			if ctx.Err() == nil { // else the exporter ends
				c.renderAccount(a)
			}
			return nil
		})
	}
	_ = rendering.Wait() // there are no errors
	return len(batch) > 0
}

// renderAccount renders the families of an account that have changed. What the
// exporter says of the others is gathered before it is seen which those are: no
// page says that a poll has ended and lacks what was reported before.
func (c *Cache) renderAccount(a *account) {
	changed := c.dirty(a, true)
	units := c.encode(a, changed)
	others := c.dirty(a, false)
	c.put(a, append(changed, others...), append(units, c.encode(a, others)...))
}

// encode gathers and encodes families of an account.
func (c *Cache) encode(a *account, families []*family) []*unit {
	units := make([]*unit, len(families))
	for i, f := range families {
		units[i] = c.encoder.unit(f.name, f.gatherer)
		switch err := units[i].err; {
		case err != nil && !f.told && !logged(err):
			level.Error(c.opts.Logger).Log("msg", "cannot gather metrics, serving the previous ones", "account", a.name, "collector", f.name, "err", err)
		case err == nil && f.told:
			level.Info(c.opts.Logger).Log("msg", "gathering metrics recovered", "account", a.name, "collector", f.name)
		}
	}
	return units
}

// logged reports whether all errors of a Gather say that they were logged where they
// came about: each account and family may meet the same one.
func logged(err error) bool {
	all, ok := errors.AsType[prometheus.MultiError](err)
	if !ok {
		all = prometheus.MultiError{err}
	}
	return !slices.ContainsFunc(all, func(err error) bool {
		var l interface{ Logged() bool }
		return !errors.As(err, &l) || !l.Logged()
	})
}

// take takes up to n accounts from the queue.
func (c *Cache) take(n int) []*account {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = min(n, len(c.queue))
	batch := slices.Clone(c.queue[:n])
	c.queue = slices.Delete(c.queue, 0, n)
	return batch
}

// dirty takes the exporter's family of an account, or the others, as far as they
// have changed.
func (c *Cache) dirty(a *account, exporter bool) (changed []*family) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range a.families {
		if f.dirty && (f.name == collector.Exporter || f.name == collector.Own) == exporter {
			f.dirty = false
			changed = append(changed, f)
		}
	}
	return changed
}

// put keeps what was rendered of an account. It reaches no page if the account
// was replaced meanwhile.
func (c *Cache) put(a *account, changed []*family, units []*unit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, f := range changed {
		f.failing = units[i].err != nil
		f.told = f.failing && (f.told || !logged(units[i].err))
		// What came without an error stays: it is old, but whole.
		if !f.failing || f.unit == nil || f.unit.err != nil {
			f.unit = units[i]
		}
	}
	a.shown = nil // a new slice: scrapes may be reading the old one
	for _, name := range slices.Sorted(maps.Keys(a.families)) {
		a.shown = append(a.shown, a.families[name].unit)
	}
	c.stale = true
}

// publish makes a page of what has been rendered.
func (c *Cache) publish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stale {
		c.stale = false
		var units []*unit
		for _, name := range slices.Sorted(maps.Keys(c.accounts)) {
			units = append(units, c.accounts[name].shown...)
		}
		c.mu.Unlock()
		p := newPage(units)
		for f := range formats {
			if c.asked[f].Load() {
				p.all[f]()
			}
		}
		c.page.Store(p)
		c.mu.Lock()
	}
	if c.pending != nil && !c.stale && len(c.queue) == 0 {
		close(c.pending)
		c.pending = nil
	}
}
