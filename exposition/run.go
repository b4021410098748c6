package exposition

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"
)

// publishShare bounds the copying while many changes follow each other, as in
// the first minute: after a page was joined, the next one waits this many times
// as long as that took.
const publishShare = 10

// accountsForCPU is how many accounts each CPU renders before the next look at
// the page.
const accountsForCPU = 4

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
		for more := true; more && ctx.Err() == nil; {
			more = c.render()
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
// first one is rendered: no account is rendered twice at a time, or what changed
// last could be shown before what changed first.
func (c *Cache) render() (more bool) {
	cpus := runtime.GOMAXPROCS(0)
	batch := map[*account][]*family{}
	for range accountsForCPU * cpus {
		a, changed := c.take()
		if a == nil {
			break
		}
		batch[a] = append(batch[a], changed...)
	}
	var rendering errgroup.Group
	rendering.SetLimit(cpus)
	for a, changed := range batch {
		rendering.Go(func() error {
			c.renderAccount(a, changed)
			return nil
		})
	}
	_ = rendering.Wait() // there are no errors
	return len(batch) > 0
}

// renderAccount renders families of an account.
func (c *Cache) renderAccount(a *account, changed []*family) {
	units := make([]*unit, len(changed))
	for i, f := range changed {
		units[i] = c.encoder.unit(f.name, f.gatherer)
		switch err := units[i].err; {
		case err != nil && !f.failing:
			level.Error(c.opts.Logger).Log("msg", "cannot gather metrics, what was gathered before stays", "account", a.name, "family", f.name, "err", err)
		case err == nil && f.failing:
			level.Info(c.opts.Logger).Log("msg", "metrics can be gathered again", "account", a.name, "family", f.name)
		}
	}
	c.put(a, changed, units)
}

// take takes the first account from the queue, with its families that changed.
func (c *Cache) take() (a *account, changed []*family) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, nil
	}
	a, c.queue = c.queue[0], c.queue[1:]
	for _, f := range a.families {
		if f.dirty {
			f.dirty = false
			changed = append(changed, f)
		}
	}
	return a, changed
}

// put keeps what was rendered of an account. It reaches no page if the account
// was replaced meanwhile.
func (c *Cache) put(a *account, changed []*family, units []*unit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, f := range changed {
		f.failing = units[i].err != nil
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
