package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/time/rate"
)

const hidden = "<secret>"

// Token is an access token. However it is printed or encoded, its value does
// not show.
type Token struct {
	Value  string
	Expiry time.Time // when it expires, or when to look for another
}

// String returns a placeholder.
func (Token) String() string { return hidden }

// GoString returns a placeholder.
func (Token) GoString() string { return hidden }

// Format writes a placeholder whatever the verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns a placeholder, for JSON and for structured logs.
func (Token) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// TokenSource fetches the current token of an account. A Client calls it when
// it needs a token, not concurrently, and keeps what it returns; the source
// itself keeps no token and makes no retry. An error that is no *Error is
// taken for a fault of the configuration.
type TokenSource interface {
	Fetch(ctx context.Context) (Token, error)
}

const (
	// expiryMargin is how long before its expiry a token is replaced; a token
	// that lives for less than 20 minutes is after three quarters of its life.
	expiryMargin = 5 * time.Minute
	// earlyFetches is how often, evenly over that margin, a token is asked for
	// at most while the one at hand can still be used.
	earlyFetches = 5
	// failureMemory is how long the failure of a fetch is the answer to every
	// caller. An account's APIs are asked concurrently, and 21 calls with a
	// wrong secret tell no more than one does. It is far below the pace at
	// which a caller asks again after an error of the credentials.
	failureMemory = 30 * time.Second
	// faultMemory is the same for faults that pass by themselves. A fetch has
	// then been tried three times already.
	faultMemory = 10 * time.Second
	// sameMemory is how long a token that was rejected, and that the source
	// returned again nevertheless, is not fetched once more.
	sameMemory = 30 * time.Second
)

// tokenCache keeps the token of an account for concurrent callers.
type tokenCache struct {
	source          TokenSource
	limit           *rate.Limiter
	now             func() time.Time
	onToken         func(Token)  // may be nil
	onRefreshFailed func(*Error) // may be nil

	// lock is a mutex whose wait ends with a context. It is held during a
	// fetch, so that concurrent callers share one. The fetch is the holder's
	// own: when its context ends, the next caller fetches.
	lock chan struct{}
	// Guarded by lock:
	token    Token // without a value when there is none that may be used
	fetched  time.Time
	again    bool      // the token had been rejected, and fetching it anew returned it again
	early    time.Time // when it last could not be replaced before its expiry; zero: it was not tried
	failure  error     // of a fetch that left no token
	failedAt time.Time
}

// newTokenCache returns the cache of a Client. Source, OnToken and
// OnRefreshFailed are those of the Options.
func newTokenCache(o Options, limit *rate.Limiter, now func() time.Time) *tokenCache {
	return &tokenCache{
		source: o.Tokens, limit: limit, now: now, onToken: o.OnToken, onRefreshFailed: o.OnRefreshFailed,
		lock: make(chan struct{}, 1),
	}
}

// get returns a token that is not known to be stale. rejected is the value of
// the token that WeChat has just rejected, or "". If another caller has
// replaced that token in the meantime, nothing is fetched. The error is an
// *Error whose API is token, or it wraps ctx's error.
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
	if justReturned := c.again && within(now, c.fetched, sameMemory); c.token.Value == rejected && !justReturned {
		c.token = Token{} // not to be used again, whatever comes of the fetch
	}
	fresh, usable := c.serves(now)
	if fresh {
		return c.token, nil
	}
	attempts := maxAttempts
	if usable {
		attempts = 1 // nobody need wait for the others
	}
	token, err := c.fetch(ctx, attempts)
	if err != nil {
		return c.failed(err)
	}
	c.token, c.fetched, c.again, c.early, c.failure = token, c.now(), token.Value == rejected, time.Time{}, nil
	if c.onToken != nil {
		c.onToken(token)
	}
	return token, nil
}

// serves tells of the token at hand whether it is fresh, so that no other is
// fetched, and whether it is usable if no other can be had.
func (c *tokenCache) serves(now time.Time) (fresh, usable bool) {
	life := c.token.Expiry.Sub(c.fetched)
	margin := min(expiryMargin, life/4)
	if c.token.Value == "" || !within(now, c.fetched, life) {
		return false, false
	}
	fresh = within(now, c.fetched, life-margin) || within(now, c.early, margin/earlyFetches)
	return fresh, !c.again
}

// failed notes that a fetch failed, and falls back on the token at hand.
func (c *tokenCache) failed(err error) (Token, error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return Token{}, err // the end of one caller, which tells the others nothing
	}
	now := c.now()
	if _, usable := c.serves(now); usable {
		if c.early.IsZero() && c.onRefreshFailed != nil {
			c.onRefreshFailed(e)
		}
		c.early = now
		return c.token, nil
	}
	c.token, c.failure, c.failedAt = Token{}, err, now
	return Token{}, err
}

// forgive forgets that a fetch has failed.
func (c *tokenCache) forgive() {
	c.lock <- struct{}{}
	defer func() { <-c.lock }()
	c.failure, c.early = nil, time.Time{}
}

// fetch asks the source, so many times at most.
func (c *tokenCache) fetch(ctx context.Context, attempts int) (token Token, err error) {
	err = retry(ctx, c.limit, attempts, func() error {
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

// sourceError makes what a source returned an *Error, if it is of no use. What
// is not the source's word, such as a turn that comes too late, stays apart: it
// says nothing of the credentials.
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

// within tells whether now is at most d after start. A clock that was set back
// leaves nothing valid for longer than d.
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
