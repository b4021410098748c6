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
	// maxRefreshes is how many times a new token is fetched within that margin,
	// evenly spaced, while the current one is still valid.
	maxRefreshes = 5
	// failureMemory is how long every caller gets the error of a failed fetch: an
	// account's APIs are called concurrently, and one call with a wrong secret is
	// enough. For the same time no new token is fetched when WeChat rejected one
	// and the source returned it again.
	failureMemory = 30 * time.Second
	// faultMemory is the same after temporary errors, for which the fetch was
	// already retried.
	faultMemory = 10 * time.Second
)

// tokenCache caches the token of an account for concurrent callers.
type tokenCache struct {
	source          TokenSource
	limits          limits
	now             func() time.Time
	observe         observer
	onToken         func(Token)  // may be nil
	onRefreshFailed func(*Error) // may be nil

	// lock is a mutex; waiting for it ends with the context. It is held during a
	// fetch, so that concurrent callers share one.
	lock chan struct{}
	// Guarded by lock:
	token           Token // without a value when there is none to use
	fetched         time.Time
	stillRejected   bool      // WeChat had rejected the token, and the source returned it again
	refreshFailedAt time.Time // when replacing it before its expiry last failed; zero: never
	failure         error     // of a fetch that left no token
	failedAt        time.Time
}

func newTokenCache(o Options, limits limits, now func() time.Time) *tokenCache {
	return &tokenCache{
		source: o.Tokens, limits: limits, now: now, observe: o.Observe, onToken: o.OnToken, onRefreshFailed: o.OnRefreshFailed,
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
		attempts = 1 // the current token is good enough to not wait for retries
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

// check reports whether the current token is fresh, so that none is fetched, and
// whether it is usable, should fetching fail.
func (c *tokenCache) check(now time.Time) (fresh, usable bool) {
	life := c.token.Expiry.Sub(c.fetched)
	margin := min(expiryMargin, life/4)
	if c.token.Value == "" || !within(now, c.fetched, life) {
		return false, false
	}
	fresh = within(now, c.fetched, life-margin) || within(now, c.refreshFailedAt, margin/maxRefreshes)
	return fresh, !c.stillRejected
}

// failed records that a fetch failed, and returns the current token if it is usable.
func (c *tokenCache) failed(err error) (Token, error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return Token{}, err // the caller's context ended; other callers may still fetch
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

// fetch calls the source, attempts times at most.
func (c *tokenCache) fetch(ctx context.Context, attempts int) (token Token, err error) {
	err = c.limits.retry(ctx, attempts, false, func(ctx context.Context) error {
		token, err = c.source.Fetch(c.observe.in(ctx))
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

// sourceError turns an error of a source, or an empty token, into an *Error.
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
