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

// retry calls try until it succeeds, fails with an Action other than Retry, or
// has made that many attempts. Every attempt waits for limit.
func retry(ctx context.Context, limit *rate.Limiter, attempts int, try func() error) error {
	for attempt := 1; ; attempt++ {
		if err := wait(ctx, limit); err != nil {
			return err
		}
		err := try()
		if e, ok := errors.AsType[*Error](err); !ok || e.Action != Retry || attempt == attempts {
			return err
		}
		select {
		case <-time.After(backoff(attempt)):
		case <-ctx.Done():
			return fmt.Errorf("wait for another attempt: %w", ctx.Err())
		}
	}
}

// backoff returns how long to pause after a failed attempt, the first being 1.
// It is random, from half to one and a half, so that accounts that failed
// together do not retry together.
func backoff(attempt int) time.Duration {
	d := firstBackoff << (attempt - 1)
	return d/2 + rand.N(d)
}

// wait pauses until limit grants a request. If ctx will have ended by then, it
// fails at once.
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
