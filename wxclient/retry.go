package wxclient

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"

	"github.com/wxexporter/wx_exporter/egress"
)

const (
	maxAttempts  = 3
	firstBackoff = time.Second // doubles with every attempt
)

// limits limits the attempts of a client: by the rate of its account and by the
// connections of all accounts.
type limits struct {
	limit       *rate.Limiter
	connections *Connections
	random      func() float64 // in [0, 1); nil: math/rand's
}

// retry calls try until it succeeds, fails with an Action other than Retry, or was
// called attempts times. later is as Request.Later. After an attempt without an
// answer, the context that try gets is egress.Fresh.
func (p limits) retry(ctx context.Context, attempts int, background bool, try func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		if err := wait(ctx, p.limit); err != nil {
			return err
		}
		release, err := p.connections.acquire(ctx, background)
		if err != nil {
			return fmt.Errorf("wait for a connection: %w", err)
		}
		err = try(ctx)
		release()
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Action != Retry || attempt == attempts {
			return err
		}
		if e.Code == codeNetwork || e.Code == codeTimeout {
			ctx = egress.Fresh(ctx)
		}
		select {
		case <-time.After(p.backoff(attempt)):
		case <-ctx.Done():
			return fmt.Errorf("wait for another attempt: %w", ctx.Err())
		}
	}
}

// backoff returns how long to pause after a failed attempt, the first being 1. It
// varies by half, so that accounts that failed together do not retry together.
func (p limits) backoff(attempt int) time.Duration {
	d, random := firstBackoff<<(attempt-1), p.random
	if random == nil {
		random = rand.Float64
	}
	return d/2 + time.Duration(random()*float64(d))
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
