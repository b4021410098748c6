package history

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

const (
	batchSamples = 2000             // after which the next day begins another batch
	lookAgain    = 15 * time.Minute // between two looks at all accounts, whatever was missed
	countAgain   = time.Minute      // between two counts of what waits while something is being sent
)

// repeatAfter is when a correction is sent a second time. Prometheus drops a
// sample in silence while the earlier one of its time is among the newest 32
// that came out of order. It writes those to a block every two hours.
const repeatAfter = 5 * time.Hour

// receiver sends to one receiver.
type receiver struct {
	*Sender
	Receiver
	client   *client
	logger   log.Logger
	apis     map[string]collector.API
	accounts []SentAccount
	wake     chan struct{}
	refusing bool // it refused the last days
	refused  bool // it refused days since the start

	mu        sync.Mutex
	dirty     map[string]bool // names of accounts to look at
	uncounted map[string]bool // names of accounts whose unsent days are to be counted
	retry     bool            // to try again what was refused

	counting sync.Mutex // for reading or changing in the store what is unsent, and the metric of it
}

func newReceiver(s *Sender, o Receiver, accounts []SentAccount) *receiver {
	r := &receiver{
		Sender: s, Receiver: o, accounts: accounts,
		logger: log.With(s.Logger, "receiver", o.Name),
		apis:   map[string]collector.API{}, dirty: map[string]bool{}, uncounted: map[string]bool{}, wake: make(chan struct{}, 1),
	}
	for _, a := range accounts {
		r.uncounted[a.Name] = true
	}
	for _, api := range APIs(s.Families, o.Families) {
		r.apis[api.Name] = api
	}
	for _, result := range []string{"sent", "refused"} {
		r.days.WithLabelValues(o.Name, result)
	}
	r.client = &client{logger: r.logger, samples: r.samples.WithLabelValues(o.Name), retries: r.retries.WithLabelValues(o.Name)}
	return r
}

// look makes the receiver check an account for unsent days.
func (r *receiver) look(account string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dirty[account], r.uncounted[account] = true, true
	r.awake()
}

// retryRefused makes the receiver try again what it refused.
func (r *receiver) retryRefused() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retry = true
	r.awake()
}

func (r *receiver) awake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run sends until ctx ends. What was refused in an earlier run is tried again,
// for the receiver may have been configured since.
func (r *receiver) run(ctx context.Context) {
	var counts sync.WaitGroup
	defer counts.Wait()
	counts.Go(func() { r.count(ctx) })
	if err := r.client.connect(r.Receiver, r.Now); err != nil {
		level.Error(r.logger).Log("msg", "cannot send history", "err", redacted(err))
		return
	}
	if !r.forgetAtFirst(ctx) {
		return
	}
	all := time.NewTicker(lookAgain)
	defer all.Stop()
	for first := true; ; first = false {
		for _, a := range r.accounts {
			if r.isDirty(a.Name) || first {
				r.sendAccount(ctx, a)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
			r.forgetRefused()
		case <-all.C:
			for _, a := range r.accounts {
				r.look(a.Name)
			}
		}
	}
}

// forgetAtFirst marks what was refused as not sent, as soon as the store can be
// written. It returns false when ctx ended first.
func (r *receiver) forgetAtFirst(ctx context.Context) bool {
	for first := true; ; first = false {
		err := r.Store.RetryRefused(r.Name)
		if err == nil {
			return true
		}
		if first {
			level.Warn(r.logger).Log("msg", "pausing remote write until the store recovers", "err", err)
		}
		if !sleep(ctx, slowest) {
			return false
		}
	}
}

// forgetRefused marks what was refused as not sent, if that is to be tried again.
func (r *receiver) forgetRefused() {
	r.mu.Lock()
	retry := r.retry && r.refused
	r.retry = retry // until the store has it
	r.mu.Unlock()
	if !retry {
		return
	}
	if err := r.Store.RetryRefused(r.Name); err != nil {
		store.Severity(r.logger, err).Log("msg", "cannot retry refused days", "err", err)
		return
	}
	r.mu.Lock()
	r.retry = false
	r.mu.Unlock()
	r.refusing, r.refused = false, false
	for _, a := range r.accounts {
		r.look(a.Name)
	}
}

// isDirty reports whether to look at an account, and forgets it.
func (r *receiver) isDirty(account string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	dirty := r.dirty[account]
	delete(r.dirty, account)
	return dirty
}

// day is a stored day on its way.
type day struct {
	store.Sent
	samples []Sample
}

// sendAccount sends the unsent days of an account.
func (r *receiver) sendAccount(ctx context.Context, a SentAccount) {
	unsent, err := r.unsent(a)
	if err != nil {
		store.Severity(r.logger, err).Log("msg", "cannot read pending days", "account", a.Name, "err", err)
		return
	}
	convert := NewConverter(a.Account)
	var batch []day
	n := 0
	for i, u := range unsent {
		if d, ok := r.read(a, convert, u); ok {
			batch = append(batch, d)
			n += len(d.samples)
		}
		if n < batchSamples && i < len(unsent)-1 {
			continue
		}
		if !r.deliver(ctx, a, batch) {
			return
		}
		batch, n = nil, 0
	}
	if len(unsent) > 0 { // some of them may have changed meanwhile
		_, _ = r.unsent(a)
	}
}

// read reads a day. It has no samples if the receiver has them already, because
// the day was fetched again and did not change.
func (r *receiver) read(a SentAccount, convert Converter, before store.Sent) (d day, ok bool) {
	days, err := r.Store.Days(a.ID, before.API, before.Date, before.Date)
	if err != nil || len(days) == 0 || days[0].Open { // it has changed meanwhile
		return day{}, false
	}
	d.Sent = before
	d.Fetched, d.Sum, d.Again = days[0].Fetched, sum(days[0].Rows), time.Time{}
	if d.Sum == before.Sum && before.Again.IsZero() {
		return d, true
	}
	if before.Sum != "" && d.Sum != before.Sum {
		d.Again = r.Now().Add(repeatAfter)
	}
	d.samples, err = convert.Samples(r.apis[before.API], before.Date, days[0].Rows, a.Limits.Of(r.apis[before.API]), "")
	if err != nil {
		level.Warn(r.logger).Log("msg", "skipping an unreadable pending day", "account", a.Name, "api", before.API, "date", before.Date, "err", err)
		return d, true // it is noted as sent, until it changes
	}
	return d, true
}

// deliver sends days and records them as sent. If they are refused, it tries each
// half alone. It returns false when ctx ended first.
func (r *receiver) deliver(ctx context.Context, a SentAccount, days []day) bool {
	if len(days) == 0 {
		return ctx.Err() == nil
	}
	var samples []Sample
	for _, d := range days {
		samples = append(samples, d.samples...)
	}
	err := r.client.write(ctx, sorted(samples))
	switch {
	case err != nil && ctx.Err() != nil:
		return false
	case err != nil && len(days) > 1:
		half := len(days) / 2
		return r.deliver(ctx, a, days[:half]) && r.deliver(ctx, a, days[half:])
	case err != nil:
		out := level.Debug(r.logger)
		if !r.refusing {
			out = level.Warn(r.logger)
		}
		out.Log("msg", "receiver refused a day, skipping it", "api", days[0].API, "date", days[0].Date, "err", redacted(err))
		r.refusing, r.refused = true, true
		days[0].Sum = "" // a correction is sent again all the same
		r.days.WithLabelValues(r.Name, "refused").Inc()
	case len(samples) > 0:
		r.refusing = false
		r.days.WithLabelValues(r.Name, "sent").Add(float64(len(days)))
		r.success.WithLabelValues(r.Name).Set(float64(r.Now().Unix()))
	}
	return r.recordSent(ctx, a, days)
}

// recordSent records days as sent, as soon as the store can be written.
func (r *receiver) recordSent(ctx context.Context, a SentAccount, days []day) bool {
	sent := make([]store.Sent, len(days))
	for i, d := range days {
		sent[i] = d.Sent
	}
	for {
		r.counting.Lock()
		err := r.Store.SetSent(r.Name, sent...)
		if err == nil && r.sends(a) {
			r.pending.WithLabelValues(r.Name, a.Name).Sub(float64(len(sent)))
		}
		r.counting.Unlock()
		if err == nil {
			return true
		}
		store.Severity(r.logger, err).Log("msg", "cannot record sent days, pausing", "err", err)
		if !sleep(ctx, slowest) {
			return false
		}
	}
}

// sum is a checksum of rows.
func sum(rows []byte) string {
	h := fnv.New64a()
	h.Write(rows)
	return fmt.Sprintf("%x", h.Sum64())
}
