package exposition

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log/level"
)

// publishShare bounds the copying while many changes follow each other, as in
// the first minute: after a page was joined, the next one waits this many times
// as long as that took.
const publishShare = 10

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
			more = c.renderNext()
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

// renderNext renders what has changed of the account that waits the longest. It
// returns false when none does.
func (c *Cache) renderNext() bool {
	a, changed := c.take()
	if a == nil {
		return false
	}
	units := make([]*unit, len(changed))
	var rendering sync.WaitGroup
	for i, f := range changed {
		rendering.Go(func() { units[i] = c.encoder.unit(f.name, f.gatherer) })
	}
	rendering.Wait()
	for i, f := range changed {
		switch err := units[i].err; {
		case err != nil && !f.failing:
			level.Error(c.opts.Logger).Log("msg", "cannot gather metrics, what was gathered before stays", "account", a.name, "family", f.name, "err", err)
		case err == nil && f.failing:
			level.Info(c.opts.Logger).Log("msg", "metrics can be gathered again", "account", a.name, "family", f.name)
		}
	}
	c.put(a, changed, units)
	return true
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
		c.page.Store(newPage(units))
		c.mu.Lock()
	}
	if c.pending != nil && !c.stale && len(c.queue) == 0 {
		close(c.pending)
		c.pending = nil
	}
}
