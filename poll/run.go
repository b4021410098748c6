package poll

import (
	"context"
	"sync/atomic"
	"time"
)

// drainTime is how long an account's requests may take while it is handed over.
const drainTime = 5 * time.Second

// polling is whether an account is polled. Only polls may be called at any time.
type polling struct {
	polls atomic.Bool
	stop  func()
	leave func()        // as stop, but what is under way goes on to its end
	done  chan struct{} // closed when the polling has ended; nil while there is none
}

// Start begins to poll until ctx ends, if the account is not polled. Start, Stop and
// Drain are not called concurrently.
func (a *Account) Start(ctx context.Context) {
	if a.done != nil || ctx.Err() != nil {
		return
	}
	requests, stop := context.WithCancel(ctx)
	ctx, leave := context.WithCancel(requests)
	done := make(chan struct{})
	a.done, a.leave, a.stop = done, leave, stop
	a.polls.Store(true)
	go func() {
		defer close(done)
		a.run(ctx, requests)
	}()
}

// Stop ends the polling, if there is any, and waits for it.
func (a *Account) Stop() {
	if a.done != nil {
		a.stop()
		<-a.done
		a.done = nil
		a.polls.Store(false)
	}
}

// Drain ends the polling as Stop does, but for some seconds waits for the requests that
// are under way: another replica would make them again.
func (a *Account) Drain() {
	if a.done == nil {
		return
	}
	a.leave()
	select {
	case <-a.done:
	case <-time.After(drainTime):
	}
	a.Stop()
}

// Polls reports whether the account is polled. It waits for nothing.
func (a *Account) Polls() bool { return a.polls.Load() }
