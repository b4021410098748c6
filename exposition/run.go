package exposition

import (
	"cmp"
	"context"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-kit/log/level"
)

// A page is put together when nothing is left to render, and in a long run of
// changes, such as the first minute, at intervals: so long that the copying
// takes a tenth of the time at most, and a change is seen soon all the same.
const (
	publishEvery = 200 * time.Millisecond
	publishShare = 10
)

// quiet is how long nothing must have changed before the memory that rendering
// took is given back to the operating system.
const quiet = 5 * time.Second

// Run renders units until ctx ends.
func (c *Cache) Run(ctx context.Context) {
	r := newRenderer()
	release := time.NewTimer(quiet)
	defer release.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
			c.renderAll(ctx, r)
			release.Reset(quiet)
		case <-release.C:
			r.replaced = nil
			debug.FreeOSMemory()
		}
	}
}

// renderAll renders what is queued and publishes it.
func (c *Cache) renderAll(ctx context.Context, r *renderer) {
	next := c.now().Add(publishEvery)
	for ctx.Err() == nil && c.renderNext(r) {
		if start := c.now(); start.After(next) {
			c.publish(r)
			end := c.now()
			next = end.Add(max(publishEvery, publishShare*end.Sub(start)))
		}
	}
	c.publish(r)
}

// renderNext renders what has changed of the account that waits the longest. It
// returns false when none does.
func (c *Cache) renderNext(r *renderer) bool {
	e, sources := c.take()
	if e == nil {
		return false
	}
	results := make(map[string]result, len(sources))
	for g := range gatherAll(sources) {
		u, err := r.unit(g)
		results[g.family] = result{unit: u, err: err}
	}
	for _, failed := range c.put(e, sources, results) {
		if err := results[failed].err; err != nil {
			level.Error(c.log).Log("msg", "cannot gather metrics, what was gathered before stays", "account", e.name, "family", failed, "err", err)
		} else {
			level.Info(c.log).Log("msg", "metrics can be gathered again", "account", e.name, "family", failed)
		}
	}
	return true
}

// result is what became of a unit.
type result struct {
	unit *unit
	err  error
}

// take takes the first account from the queue, with its sources that changed.
func (c *Cache) take() (*entry, map[string]*source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, nil
	}
	e := c.queue[0]
	c.queue = slices.Delete(c.queue, 0, 1)
	c.stale = true
	e.queued = false
	sources := make(map[string]*source, len(e.dirty))
	for family := range e.dirty {
		if s := e.families[family]; s != nil {
			sources[family] = s
		}
	}
	clear(e.dirty)
	return e, sources
}

// put keeps results. It returns the families that began to fail or ended to.
func (c *Cache) put(e *entry, sources map[string]*source, results map[string]result) (turned []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for family, s := range sources { // one that was replaced meanwhile is no longer among e's
		r := results[family]
		// What is there without an error stays: old, but whole.
		if r.err == nil || !s.good {
			s.unit, s.good = r.unit, r.err == nil
		}
		if failing := r.err != nil; failing != s.failing {
			s.failing = failing
			turned = append(turned, family)
		}
	}
	// What changed meanwhile may belong together with what was just rendered:
	// wait for it, but not twice in a row.
	e.deferred = e.queued && !e.deferred
	if !e.deferred {
		e.rendered = newAccount(e.name, e.units())
	}
	return turned
}

func (e *entry) units() []*unit {
	units := make([]*unit, 0, len(e.families))
	for _, s := range e.families {
		if s.unit != nil {
			units = append(units, s.unit)
		}
	}
	return units
}

// publish makes a page of what has been rendered.
func (c *Cache) publish(r *renderer) {
	c.mu.Lock()
	if c.stale {
		var accounts []*account
		for _, e := range c.accounts {
			if e.rendered != nil {
				accounts = append(accounts, e.rendered)
			}
		}
		c.stale, c.publishing = false, true
		c.mu.Unlock()

		slices.SortFunc(accounts, func(x, y *account) int { return cmp.Compare(x.name, y.name) })
		s := newSnapshot(accounts, r.spare())
		r.replaced = c.snapshot.Swap(s)
		c.logConflicts(r, s)

		c.mu.Lock()
		c.publishing = false
	}
	if c.settled() {
		for _, done := range c.waiting {
			close(done)
		}
		c.waiting = nil
	}
	c.mu.Unlock()
}

// acquire returns the snapshot, whose page stays as it is until release.
func (c *Cache) acquire() *snapshot {
	for {
		s := c.snapshot.Load()
		s.readers.Add(1)
		// Whoever finds no readers after s was replaced takes the page's
		// memory: only readers from before that count.
		if c.snapshot.Load() == s {
			return s
		}
		s.release()
	}
}

func (s *snapshot) release() { s.readers.Add(-1) }

// spare returns the memory of the page that was replaced last, if nobody reads
// it any more: a page's worth of garbage for every change would be the largest
// part of what changes leave behind.
func (r *renderer) spare() []byte {
	if r.replaced == nil || r.replaced.readers.Load() != 0 {
		return nil
	}
	buf := r.replaced.page.b
	r.replaced = nil
	return buf
}

// logConflicts logs the conflicts of s that were not there before.
func (c *Cache) logConflicts(r *renderer, s *snapshot) {
	known := r.conflicts
	r.conflicts = make(map[conflict]struct{}, len(s.conflicts))
	for _, x := range s.conflicts {
		r.conflicts[x] = struct{}{}
		if _, old := known[x]; old {
			continue
		}
		differs := "help"
		if x.typ {
			differs = "type, left out"
		}
		level.Error(c.log).Log("msg", "a unit describes a metric otherwise than one before it", "account", x.account, "family", x.family, "metric", x.metric, "differs", differs)
	}
}
