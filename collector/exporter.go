package collector

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Options is what all accounts share.
type Options struct {
	Store     Store
	Pages     *exposition.Cache
	Durations *prometheus.HistogramVec // see NewDurations
	Logger    log.Logger
	Now       func() time.Time
}

// Exporter is the set of accounts that are polled and exported. Its methods
// may be called concurrently, Set and Remove by one caller at a time.
type Exporter struct {
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

// New returns an Exporter without accounts.
func New(o Options) *Exporter {
	return &Exporter{Options: o, accounts: map[string]*running{}}
}

// Set adds an account, or replaces the one of that name. What the store has is
// exported from then on; WeChat is asked once Run has been called.
func (e *Exporter) Set(o AccountOptions) {
	a := e.account(o)
	e.Store.SetAccount(store.Account{ID: a.ID, Name: a.Name, Labels: a.Labels})
	e.halt(o.Name)
	a.restore()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Pages.Set(a.Name, e.units(a))
	r := &running{account: a, stop: func() {}}
	e.accounts[a.Name] = r
	if e.polling != nil {
		e.start(r)
	}
}

// units returns what the pages show of an account, by family.
func (e *Exporter) units(a *account) map[string]prometheus.Gatherer {
	today := func() wxclient.Day { return wxclient.DayOf(e.Now()) }
	units := map[string]prometheus.Gatherer{exposition.Exporter: a.own()}
	for _, f := range a.families {
		r := prometheus.NewRegistry()
		r.MustRegister(&familyCollector{f, a.AccountOptions, e.Store, today, a.unreadable})
		units[f.Name] = r
	}
	return units
}

// Remove ends an account: its series disappear, its days stay in the store.
func (e *Exporter) Remove(name string) {
	e.halt(name)
	e.mu.Lock()
	delete(e.accounts, name)
	e.mu.Unlock()
	e.Pages.Remove(name)
}

// Retry has an account that waits because its credentials were refused try at
// once, for what was wrong may have been mended.
func (e *Exporter) Retry(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := e.accounts[name]; r != nil {
		select {
		case r.kick <- struct{}{}:
		default:
		}
	}
}

// Run polls all accounts, also those that are set later, until ctx ends and
// all have stopped.
func (e *Exporter) Run(ctx context.Context) {
	e.mu.Lock()
	e.polling = ctx
	for _, r := range e.accounts {
		e.start(r)
	}
	e.mu.Unlock()
	<-ctx.Done()
	e.mu.Lock()
	names := make([]string, 0, len(e.accounts))
	for name := range e.accounts {
		names = append(names, name)
	}
	e.mu.Unlock()
	for _, name := range names {
		e.halt(name)
	}
}

// Ready reports whether every account has data to serve, or a poll of it ended.
func (e *Exporter) Ready() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.accounts {
		if !r.ready() {
			return false
		}
	}
	return true
}

// Polling reports whether Run has been called.
func (e *Exporter) Polling() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.polling != nil
}

// Status returns what is known of every account, by name.
func (e *Exporter) Status() []Status {
	e.mu.Lock()
	accounts := make([]*running, 0, len(e.accounts))
	for _, r := range e.accounts {
		accounts = append(accounts, r)
	}
	e.mu.Unlock()
	all := make([]Status, 0, len(accounts))
	for _, r := range accounts {
		all = append(all, r.status())
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(a.Account, b.Account) })
	return all
}

// account makes an account that does not poll yet.
func (e *Exporter) account(o AccountOptions) *account {
	a := &account{
		AccountOptions: o,
		store:          e.Store,
		pages:          e.Pages,
		metrics:        newAccountMetrics(o.constLabels(), e.Durations),
		logger:         log.With(e.Logger, "account", o.Name),
		now:            func() time.Time { return e.Now().Round(0) }, // days are of the wall clock, which a host that sleeps does not stop
		kick:           make(chan struct{}, 1),
		apis:           map[string]*apiState{},
		polls:          map[string]familyPoll{},
		logged:         map[string]map[string]bool{},
	}
	for _, f := range Families() {
		if slices.Contains(o.Families, f.Name) {
			a.families = append(a.families, f)
		}
	}
	o.Client.Observe, o.Client.OnToken = a.observe, a.onToken
	a.client = wxclient.New(o.Client)
	return a
}

// start begins to poll, unless the account is on its way out; callers hold e.mu.
func (e *Exporter) start(r *running) {
	if r.halted {
		return
	}
	ctx, cancel := context.WithCancel(e.polling)
	done := make(chan struct{})
	r.stop, r.done = cancel, done
	go func() {
		defer close(done)
		r.run(ctx)
	}()
}

// halt stops an account's polling, if there is one, and waits for it. If it has
// not begun, Run will not begin it: nobody would know how to stop it.
func (e *Exporter) halt(name string) {
	e.mu.Lock()
	r := e.accounts[name]
	if r == nil {
		e.mu.Unlock()
		return
	}
	r.halted = true
	stop, done := r.stop, r.done
	e.mu.Unlock()
	stop()
	if done != nil {
		<-done
	}
}
