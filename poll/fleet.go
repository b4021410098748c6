// Package poll decides when WeChat is asked for what, asks, and tells what an
// answer or an error changes. The decisions are pure functions of values; an
// account is one loop around them.
package poll

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Exporter is the family of what the exporter says about an account itself, for
// Pages.
const Exporter = "exporter"

// Store keeps what WeChat answered. Its accounts are identities, not names, so
// that an account keeps its days when it is renamed.
type Store interface {
	// SetAccount tells the name and the labels of an identity.
	SetAccount(store.Account)
	// Put keeps days of an API: in the database, or in memory while that cannot
	// be written.
	Put(account, api string, days ...store.Day)
	// Days returns the stored days of an API between two dates, both included,
	// oldest first; Known the same without their rows.
	Days(account, api, from, to string) ([]store.Day, error)
	Known(account, api, from, to string) ([]store.Known, error)
	// PutState and State keep small values beside the days; nil is none.
	PutState(account, name string, value []byte)
	State(account, name string) ([]byte, error)
	// Count counts the stored days, a day of an API each.
	Count(account string) int
}

// Pages show the series of accounts. A family of an account is what changes at
// once.
type Pages interface {
	// Set shows an account's families in place of those that it had.
	Set(account string, families map[string]prometheus.Gatherer)
	// Changed says that families have something else to say.
	Changed(account string, families ...string)
	// Remove drops an account.
	Remove(account string)
}

// Options is what all accounts share.
type Options struct {
	Families  []collector.Family
	Store     Store
	Pages     Pages
	Durations *prometheus.HistogramVec // see NewDurations
	Logger    log.Logger
	Now       func() time.Time
}

// AccountOptions is an account as it is configured.
type AccountOptions struct {
	Name     string            // the label account
	ID       string            // who it is in the store
	Labels   map[string]string // extra labels on every series
	Families []string          // the names of the families to poll
	Window   Window
	Schedule Schedule
	Fill     Fill
	Client   wxclient.Options // Observe and OnToken are set here
}

// Fleet is the set of accounts that are polled and exported. Its methods may be
// called concurrently, Set and Remove by one caller at a time.
type Fleet struct {
	Options

	mu       sync.Mutex
	accounts map[string]*running
	polling  context.Context // nil before Run
}

// running is an account and how it is stopped.
type running struct {
	*account
	stop   func()
	done   chan struct{} // closed when the account has ended; nil while it never began
	halted bool          // it must not begin any more
}

// New returns a Fleet without accounts.
func New(o Options) *Fleet {
	return &Fleet{Options: o, accounts: map[string]*running{}}
}

// Set adds an account, or replaces the one of that name. What the store has is
// exported from then on; WeChat is asked once Run has been called.
func (f *Fleet) Set(o AccountOptions) {
	a := newAccount(f.Options, o)
	f.halt(o.Name)
	f.Store.SetAccount(store.Account{ID: o.ID, Name: o.Name, Labels: o.Labels})
	a.restore()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Pages.Set(a.Name, a.gatherers())
	r := &running{account: a, stop: func() {}}
	f.accounts[a.Name] = r
	if f.polling != nil {
		f.start(r)
	}
}

// Remove ends an account: its series disappear, its days stay in the store.
func (f *Fleet) Remove(name string) {
	f.halt(name)
	f.mu.Lock()
	delete(f.accounts, name)
	f.mu.Unlock()
	f.Pages.Remove(name)
}

// Retry has an account that waits because its credentials were refused try at
// once, for what was wrong may have been mended.
func (f *Fleet) Retry(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.accounts[name]; r != nil {
		select {
		case r.retry <- struct{}{}:
		default:
		}
	}
}

// Run polls all accounts, also those that are set later, until ctx ends and all
// have stopped.
func (f *Fleet) Run(ctx context.Context) {
	f.mu.Lock()
	f.polling = ctx
	for _, r := range f.accounts {
		f.start(r)
	}
	f.mu.Unlock()
	<-ctx.Done()
	for _, r := range f.all() {
		f.halt(r.Name)
	}
}

// Ready reports whether every account has data to serve, or a poll of it ended.
func (f *Fleet) Ready() bool {
	return !slices.ContainsFunc(f.all(), func(r *running) bool { return !r.status().ready() })
}

// Status returns what is known of every account, by name.
func (f *Fleet) Status() []Status {
	var all []Status
	for _, r := range f.all() {
		all = append(all, r.status())
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(a.Account, b.Account) })
	return all
}

func (f *Fleet) all() []*running {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*running, 0, len(f.accounts))
	for _, r := range f.accounts {
		all = append(all, r)
	}
	return all
}

// start begins to poll, unless the account is on its way out; callers hold f.mu.
func (f *Fleet) start(r *running) {
	if r.halted {
		return
	}
	ctx, cancel := context.WithCancel(f.polling)
	done := make(chan struct{})
	r.stop, r.done = cancel, done
	go func() {
		defer close(done)
		r.run(ctx)
	}()
}

// halt stops an account's polling, if there is one, and waits for it. If it has
// not begun, Run will not begin it: nobody would know how to stop it.
func (f *Fleet) halt(name string) {
	f.mu.Lock()
	r := f.accounts[name]
	if r == nil {
		f.mu.Unlock()
		return
	}
	r.halted = true
	stop, done := r.stop, r.done
	f.mu.Unlock()
	stop()
	if done != nil {
		<-done
	}
}
