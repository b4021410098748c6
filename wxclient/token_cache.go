package wxclient

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// expiryMargin is how long before its expiry a token is replaced; a token
	// that lives for less than 20 minutes is after three quarters of its life.
	expiryMargin = 5 * time.Minute
	// maxRefreshes is how often, evenly over that margin, another token is asked
	// for while the present one can still be used.
	maxRefreshes = 5
	// failureMemory is how long a failed fetch is the answer to every caller: an
	// account's APIs are asked concurrently, and one call with a wrong secret says
	// as much as 21. It also is how long a token is not fetched again that WeChat
	// rejected and the source returned once more.
	failureMemory = 30 * time.Second
	// faultMemory is the same after faults that pass by themselves, with which a
	// fetch has been tried three times already.
	faultMemory = 10 * time.Second
)

// tokenCache keeps the token of an account for concurrent callers.
type tokenCache struct {
	source          TokenSource
	pace            pace
	now             func() time.Time
	onToken         func(Token)  // may be nil
	onRefreshFailed func(*Error) // may be nil

	// lock is a mutex whose wait ends with a context. It is held during a
	// fetch, so that concurrent callers share one. When the context of the caller
	// that fetches ends, the next caller fetches.
	lock chan struct{}
	// Guarded by lock:
	token           Token // without a value when there is none to use
	fetched         time.Time
	stillRejected   bool      // WeChat had rejected the token, and the source returned it again
	refreshFailedAt time.Time // when it last could not be replaced before its expiry; zero: never
	failure         error     // of a fetch that left no token
	failedAt        time.Time
}

func newTokenCache(o Options, pace pace, now func() time.Time) *tokenCache {
	return &tokenCache{
		source: o.Tokens, pace: pace, now: now, onToken: o.OnToken, onRefreshFailed: o.OnRefreshFailed,
		lock: make(chan struct{}, 1),
	}
}

// get returns a token. rejected is the value of the token that WeChat has just
// rejected, or "". If another caller has replaced that token in the meantime,
// nothing is fetched. The error is an *Error whose API is token, or it wraps
// ctx's error.
func (c *tokenCache) get(ctx context.Context, rejected string) (Token, error) {
	select {
	case c.lock <- struct{}{}:
		defer func() { <-c.lock }()
	case <-ctx.Done():
		return Token{}, fmt.Errorf("wait for a token: %w", ctx.Err())
	}
	now := c.now()
	if c.failure != nil && within(now, c.failedAt, memory(c.failure)) {
		return Token{}, c.failure
	}
	if justReturned := c.stillRejected && within(now, c.fetched, failureMemory); c.token.Value == rejected && !justReturned {
		c.token = Token{} // not to be used again, even if the fetch fails
	}
	fresh, usable := c.check(now)
	if fresh {
		return c.token, nil
	}
	attempts := maxAttempts
	if usable {
		attempts = 1 // retries would keep the callers waiting for nothing
	}
	token, err := c.fetch(ctx, attempts)
	if err != nil {
		return c.failed(err)
	}
	c.stillRejected = token.Value == rejected
	c.token, c.fetched, c.refreshFailedAt, c.failure = token, c.now(), time.Time{}, nil
	if c.onToken != nil {
		c.onToken(token)
	}
	return token, nil
}

// check reports whether the present token is fresh, so that no other is fetched,
// and whether it may be used if no other can be had.
func (c *tokenCache) check(now time.Time) (fresh, usable bool) {
	life := c.token.Expiry.Sub(c.fetched)
	margin := min(expiryMargin, life/4)
	if c.token.Value == "" || !within(now, c.fetched, life) {
		return false, false
	}
	fresh = within(now, c.fetched, life-margin) || within(now, c.refreshFailedAt, margin/maxRefreshes)
	return fresh, !c.stillRejected
}

// failed remembers that a fetch failed, and returns the present token if that
// may still be used.
func (c *tokenCache) failed(err error) (Token, error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return Token{}, err // one caller's context ended, which does not concern the others
	}
	now := c.now()
	if _, usable := c.check(now); usable {
		if c.refreshFailedAt.IsZero() && c.onRefreshFailed != nil {
			c.onRefreshFailed(e)
		}
		c.refreshFailedAt = now
		return c.token, nil
	}
	c.token, c.failure, c.failedAt = Token{}, err, now
	return Token{}, err
}

// forgetFailure lets the next caller fetch a token.
func (c *tokenCache) forgetFailure() {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	c.failure, c.refreshFailedAt = nil, time.Time{}
}

// fetch asks the source, with that many attempts at most.
func (c *tokenCache) fetch(ctx context.Context, attempts int) (token Token, err error) {
	err = c.pace.retry(ctx, attempts, false, func() error {
		token, err = c.source.Fetch(ctx)
		return sourceError(token, err)
	})
	if err == nil {
		return token, nil
	}
	if ended := ctx.Err(); ended != nil {
		err = ended
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		err = fmt.Errorf("fetch a token: %w", err)
	}
	return Token{}, err
}

// sourceError turns what a source returned into an *Error if it is of no use.
// The end of a wait for the rate limit never comes here: it says nothing of the
// credentials.
func sourceError(token Token, err error) error {
	const advice = "See what the configured source of tokens returns."
	switch _, ok := errors.AsType[*Error](err); {
	case ok:
		return err
	case err != nil:
		return misconfigured(redactor{}.clean(faultText(err)), advice)
	case token.Value == "":
		return misconfigured("the source returned an empty token", advice)
	}
	return nil
}

// within reports whether now is less than d after start. A clock that was set
// back makes nothing valid for longer than d.
func within(now, start time.Time, d time.Duration) bool {
	age := now.Sub(start)
	return age >= 0 && age < d
}

func memory(failure error) time.Duration {
	if e, ok := errors.AsType[*Error](failure); ok && e.Action == Retry {
		return faultMemory
	}
	return failureMemory
}
