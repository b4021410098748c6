package wxclient

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxAttempts  = 3
	firstBackoff = time.Second // doubles with every attempt
)

// retry calls try until it succeeds, fails for a reason that does not pass by
// itself within seconds, or has failed so many times. Every attempt waits for
// its turn at limit.
func retry(ctx context.Context, limit *rate.Limiter, attempts int, try func() error) error {
	for attempt := 1; ; attempt++ {
		if err := wait(ctx, limit); err != nil {
			return err
		}
		err := try()
		if e, ok := errors.AsType[*Error](err); !ok || e.Action != Retry || attempt == attempts {
			return err
		}
		if err := sleep(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}

// backoff returns how long to pause after a failed attempt, the first being 1:
// exponential, and spread from half to one and a half so that accounts which
// failed together do not come back together.
func backoff(attempt int) time.Duration {
	d := firstBackoff << (attempt - 1)
	return d/2 + rand.N(d)
}

// sleep pauses for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for another attempt: %w", ctx.Err())
	}
}

// wait pauses until limit grants a request. A deadline that lies before that
// moment is an error at once.
func wait(ctx context.Context, limit *rate.Limiter) error {
	err := limit.Wait(ctx)
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("wait for the rate limit: %w", ended)
	}
	return fmt.Errorf("wait for the rate limit: %w", context.DeadlineExceeded)
}
