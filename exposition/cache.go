// Package exposition keeps the metrics of accounts encoded and compressed, so
// that a scrape is little more than a write of ready bytes.
//
// The unit of change is a family of an account. It is gathered when it has
// changed, not when it is asked for. The lines of each of its metrics become a
// chunk: a deflate stream that ends on a byte boundary and refers to nothing
// outside itself. HELP and TYPE are chunks of their own, which the accounts
// share. Chunks in any order are one gzip member once they stand between a
// header and a checksum, and the checksum follows from those of the chunks. So
// every page is made by copying chunks.
package exposition

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"
)

// Options are a Cache's. The zero value is usable.
type Options struct {
	// Process gathers the metrics of the process, for a scrape and at most once
	// a second. They are part of /metrics, under collect[]=exporter, but not of
	// /probe. Their names must differ from those of the units.
	Process prometheus.Gatherer
	// Families, if not nil, are what collect[] may name; the rest gets 400.
	Families []string
	// Timeout is how long a scrape waits for Process. 0 is no limit.
	Timeout time.Duration
	// Logger gets what cannot be gathered, once until it can be again.
	Logger log.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Cache holds the encoded metrics of accounts. Its methods may be called
// concurrently, except Run, which is called once.
type Cache struct {
	opts      Options
	encoder   *encoder
	eof       chunk
	page      atomic.Pointer[page]
	asked     [formats]atomic.Bool // formats in which /metrics was asked for, that are made in advance
	process   atomic.Pointer[process]
	gathering singleflight.Group // of the process

	mu       sync.Mutex
	accounts map[string]*account
	queue    []*account    // with something to render, the longest waiting first
	stale    bool          // the page lacks something that was rendered or removed
	pending  chan struct{} // closed once the page has everything; nil when it has
	wake     chan struct{} // of capacity 1; tells Run that there is work
}

// account is the units of an account, guarded by Cache.mu. Set replaces it.
type account struct {
	name     string
	families map[string]*family
	shown    []*unit // what the pages have of it, by family; replaced as a whole
}

// family is the source of a unit and its last result.
type family struct {
	name     string
	gatherer prometheus.Gatherer
	dirty    bool  // it is to be rendered
	unit     *unit // the last without an error, if there was one; nil before the first
	failing  bool  // the last Gather returned an error
	told     bool  // and that was logged
}

// New returns an empty Cache. Nothing is rendered until Run runs.
func New(o Options) *Cache {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Process == nil {
		o.Process = prometheus.Gatherers{}
	}
	c := &Cache{opts: o, encoder: newEncoder(), accounts: make(map[string]*account), wake: make(chan struct{}, 1)}
	c.eof = c.encoder.chunk([]byte("# EOF\n"))
	c.page.Store(newPage(nil))
	c.process.Store(&process{in: [formats]chunk{c.encoder.chunk(nil), c.encoder.chunk(nil)}})
	return c
}

// Set makes families all the units of an account. Those it had before go, and
// the page changes from the old units to the new ones at once.
//
// Each series must come from one gatherer only; the label account sees to that.
// Lines are the same in all formats, so units are for gauges and counters, not
// for histograms, summaries, timestamps and exemplars. Names are written as they are:
// they are of letters, digits and underscores.
func (c *Cache) Set(name string, families map[string]prometheus.Gatherer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &account{name: name, families: make(map[string]*family, len(families))}
	old := c.accounts[name]
	if old != nil {
		a.shown = old.shown
	}
	for name, g := range families {
		f := &family{name: name}
		if old != nil && old.families[name] != nil {
			*f = *old.families[name]
		}
		f.gatherer, f.dirty = g, true
		a.families[name] = f
	}
	c.accounts[name] = a
	c.enqueue(a)
}

// Changed reports that metrics of an account's families have changed. What one
// call reports appears on the page at the same time; only what the exporter says
// of the other families may come later, and never before them. It never blocks;
// families and accounts that are not set are ignored.
func (c *Cache) Changed(account string, families ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.accounts[account]
	if a == nil {
		return
	}
	for _, name := range families {
		if f := a.families[name]; f != nil {
			f.dirty = true
		}
	}
	c.enqueue(a)
}

// Remove drops all units of an account.
func (c *Cache) Remove(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.accounts, account)
	c.stale = true
	c.notify()
}

// Sync waits until the page has everything that was set, changed and removed
// before the call. It returns ctx's error if that comes first.
func (c *Cache) Sync(ctx context.Context) error {
	c.mu.Lock()
	pending := c.pending
	c.mu.Unlock()
	if pending == nil {
		return nil
	}
	select {
	case <-pending:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enqueue makes Run render an account's dirty families. c.mu is locked.
func (c *Cache) enqueue(a *account) {
	if !slices.Contains(c.queue, a) {
		c.queue = append(c.queue, a)
	}
	c.notify()
}

// notify wakes Run. c.mu is locked.
func (c *Cache) notify() {
	if c.pending == nil {
		c.pending = make(chan struct{})
	}
	select {
	case c.wake <- struct{}{}:
	default: // it has been told already
	}
}
