package history

import (
	"context"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/store"
)

// count counts what waits, also while the receiver does not answer, until ctx ends.
func (r *receiver) count(ctx context.Context) {
	tick := time.NewTicker(countAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, a := range r.accounts {
			r.mu.Lock()
			uncounted := r.uncounted[a.Name]
			r.mu.Unlock()
			if uncounted {
				_, _ = r.unsent(a) // whoever sends logs the error
			}
		}
	}
}

// unsent returns the unsent days of an account, and counts them. There are none if
// another replica polls it.
func (r *receiver) unsent(a SentAccount) ([]store.Sent, error) {
	r.counting.Lock()
	defer r.counting.Unlock()
	r.mu.Lock()
	delete(r.uncounted, a.Name)
	r.mu.Unlock()
	if !r.sends(a) {
		r.pending.DeleteLabelValues(r.Name, a.Name)
		return nil, nil
	}
	unsent, err := r.Store.Unsent(r.Name, a.ID, r.Now())
	if err != nil {
		return nil, err
	}
	unsent = slices.DeleteFunc(unsent, func(s store.Sent) bool { _, wanted := r.apis[s.API]; return !wanted })
	r.pending.WithLabelValues(r.Name, a.Name).Set(float64(len(unsent)))
	return unsent, nil
}

// sends reports whether this replica sends the days of an account.
func (r *receiver) sends(a SentAccount) bool { return r.PollsAccount == nil || r.PollsAccount(a.ID) }
