// Package exposition stands between ordinary prometheus.Collectors and the
// scrape. It gathers and encodes what collectors say when it has changed, not
// when it is asked for, and keeps it deflated: a scrape is a write of bytes that
// lie ready.
//
// The unit of change is a family of an account. The lines of every metric of a
// unit are a deflate stream that ends on a byte boundary and refers to nothing
// outside itself; HELP and TYPE are streams of their own. Any selection of them,
// in any order, is one gzip member once it has a header and the checksum, and
// that follows from the pieces' checksums. So the page of all accounts, the page
// of one account and the page of some families are put together by copying.
package exposition

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
)

// Exporter is the family, in collect[] and in Key, of what the exporter says
// about itself.
const Exporter = "exporter"

// Key names a unit.
type Key struct {
	Account string // value of the label account, and of target in /probe
	Family  string // value of collect[]
}

// Options are a Cache's. The zero value is usable.
type Options struct {
	// Own is what is gathered not on a change but for a scrape, at most once a
	// second: the process' own metrics. They are part of /metrics, under
	// collect[]=exporter, and not of /probe. A metric that has the name of one
	// of a unit is served too, but puts every scrape on the slow path.
	Own prometheus.Gatherer
	// Families, if not nil, are the values that collect[] may have; others are
	// answered with 400. If nil, others select nothing.
	Families []string
	// MaxConcurrent is how many scrapes are served at the same time; those
	// beyond are answered with 503. 0 is no limit.
	MaxConcurrent int
	// Timeout is how long what is not cached may take to gather, beyond which the
	// answer is 503, and how long the sending of a body may take, beyond which it
	// is cut off. 0 is no limit.
	Timeout time.Duration
	// ErrorLog is told what cannot be gathered, once for as long as it lasts.
	// nil is nobody.
	ErrorLog log.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Cache holds the encoded metrics of units. Its methods may be called
// concurrently, but for Run, which is called once.
type Cache struct {
	opts Options
	log  log.Logger
	now  func() time.Time

	mu         sync.Mutex
	accounts   map[string]*entry
	queue      []*entry        // with something to render, the longest waiting first
	stale      bool            // the snapshot is not that of the accounts
	publishing bool            // the snapshot is being replaced
	waiting    []chan struct{} // closed when queue is empty and the snapshot is not stale
	wake       chan struct{}   // of capacity 1; tells Run to look

	snapshot atomic.Pointer[snapshot]
	own      *own
	none     *ownPage
	eof      chunk

	negotiated  negotiations
	transcoders transcoders
	members     sync.Pool
	serving     atomic.Int64  // scrapes
	slow        chan struct{} // scrapes on the slow path
}

// entry is an account in the cache, guarded by Cache.mu.
type entry struct {
	name     string
	families map[string]*source
	dirty    map[string]struct{} // families to render
	queued   bool
	deferred bool     // what was rendered last is held back for what has changed meanwhile
	rendered *account // nil until first rendered
}

// source is where a unit comes from and what came last. The gatherer does not
// change, the rest is guarded by Cache.mu.
type source struct {
	gatherer prometheus.Gatherer
	unit     *unit // nil until first rendered
	good     bool  // unit comes from a Gather without an error
	failing  bool  // the last Gather returned one
}

// eof is the last line of OpenMetrics.
const eof = "# EOF\n"

// New returns an empty Cache. Nothing is rendered until Run runs.
func New(o Options) *Cache {
	c := &Cache{
		opts:     o,
		log:      o.ErrorLog,
		now:      o.Now,
		accounts: make(map[string]*entry),
		wake:     make(chan struct{}, 1),
		slow:     make(chan struct{}, maxSlow),
		eof:      newChunk([]byte(eof), deflateText(nil, []byte(eof))),
	}
	if c.log == nil {
		c.log = log.NewNopLogger()
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.opts.Own == nil {
		c.opts.Own = prometheus.Gatherers{}
	}
	c.none = noOwn()
	c.own = newOwn(c.opts.Own, o.Timeout/2, c.now, c.log)
	c.snapshot.Store(newSnapshot(nil, nil))
	return c
}

// Set adds a unit or replaces its gatherer. The unit is rendered by Run soon
// after, and once more after each Changed; until then the page has what the old
// gatherer said. The gatherer's series must differ from those of all others,
// which the label account sees to.
func (c *Cache) Set(k Key, g prometheus.Gatherer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(c.entry(k.Account), k.Family, g)
}

// SetAccount makes families all the units of an account: those it had beside
// them go, and the page changes from the old units to the new ones at once.
func (c *Cache) SetAccount(account string, families map[string]prometheus.Gatherer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(account)
	maps.DeleteFunc(e.families, func(family string, _ *source) bool { return families[family] == nil })
	for family, g := range families {
		c.set(e, family, g)
	}
	// What is being rendered is of the old units, some of which are gone from e:
	// the page keeps what it has until the new ones are rendered.
	e.deferred = false
	c.enqueue(e)
}

// Changed says that units have something else to say. What one call reports of
// an account appears on the page at the same time. It never blocks; units that
// are not set are ignored.
func (c *Cache) Changed(units ...Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range units {
		e := c.accounts[k.Account]
		if e == nil || e.families[k.Family] == nil {
			continue
		}
		e.dirty[k.Family] = struct{}{}
		c.enqueue(e)
	}
}

// Remove drops all units of an account.
func (c *Cache) Remove(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accounts[account] == nil {
		return
	}
	delete(c.accounts, account)
	c.stale = true
	c.notify()
}

// Sync waits until the page has everything that was set, changed and removed
// before the call. It returns ctx's error if that comes first.
func (c *Cache) Sync(ctx context.Context) error {
	c.mu.Lock()
	if c.settled() {
		c.mu.Unlock()
		return nil
	}
	done := make(chan struct{})
	c.waiting = append(c.waiting, done)
	c.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The methods below are called with c.mu locked.

func (c *Cache) entry(account string) *entry {
	e := c.accounts[account]
	if e == nil {
		e = &entry{name: account, families: make(map[string]*source), dirty: make(map[string]struct{})}
		c.accounts[account] = e
	}
	return e
}

func (c *Cache) set(e *entry, family string, g prometheus.Gatherer) {
	s := &source{gatherer: g}
	if old := e.families[family]; old != nil {
		s.unit, s.good, s.failing = old.unit, old.good, old.failing
	}
	e.families[family] = s
	e.dirty[family] = struct{}{}
	c.enqueue(e)
}

func (c *Cache) enqueue(e *entry) {
	if !e.queued {
		e.queued = true
		c.queue = append(c.queue, e)
	}
	c.notify()
}

func (c *Cache) notify() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Cache) settled() bool { return len(c.queue) == 0 && !c.stale && !c.publishing }
