package collector

import (
	"context"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// tokenAPI is what an error names as its API when it was no data API that
// failed but the way to a token.
const tokenAPI = "token"

// hold has all APIs wait when the credentials were refused, and ends that when
// WeChat said something else, which it says to those whom it let in. Callers
// hold a.mu.
func (a *account) hold(err *wxclient.Error, now, retryAt time.Time) {
	switch {
	case err.Action == wxclient.Credentials:
		if a.held == nil || a.held.Code != err.Code {
			a.heldSince = now
		}
		a.held, a.heldTill = err, retryAt
	case a.held != nil && (err.Action == wxclient.Retry || err.API == tokenAPI):
		a.heldTill = retryAt // WeChat was not reached, or did not get that far
	default:
		a.held = nil
	}
}

// admitted asks, while the account's credentials are refused, one API for all
// of them, a different one each time so that no API's quota suffers. It returns
// when to try again, or the zero time when everything may be asked.
func (a *account) admitted(ctx context.Context) (until time.Time) {
	a.mu.Lock()
	held, heldTill := a.held != nil, a.heldTill
	a.mu.Unlock()
	now := a.now()
	switch {
	case !held:
		return time.Time{}
	case heldTill.After(now):
		return heldTill
	}
	until = a.Poll.nextStart(now)
	for range a.count() {
		f, api := a.nth(a.probe)
		a.probe++
		r, ok, next := a.nextRequest(api)
		if !ok {
			until = earlier(until, next)
			continue
		}
		a.mu.Lock()
		a.heldTill = now.Add(credentialPause) // whatever comes of it
		a.mu.Unlock()
		a.ask(ctx, f, api, r)
		if ctx.Err() == nil {
			// If nothing else of the family is due, no poll of it follows that would tell.
			a.familyDone(f, a.now().Sub(now))
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.held == nil {
			return time.Time{}
		}
		return a.heldTill
	}
	return until
}

// share has an API that waits with all others tell why and until when: none
// fares better than the one that asks for all, whether or not it was that one
// itself. Callers hold a.mu.
func (a *account) share(s *APIStatus) {
	if a.held == nil {
		return
	}
	if s.Error == nil || s.Error.Action == wxclient.Credentials || s.Error.API == tokenAPI {
		s.State, s.Error, s.Since = stateFailing, a.held, a.heldSince
		s.Next = a.heldTill
	}
	if s.Next.Before(a.heldTill) {
		s.Next = a.heldTill
	}
}

// count is how many APIs the account has.
func (a *account) count() (n int) {
	for _, f := range a.families {
		n += len(f.APIs)
	}
	return n
}

// nth returns the n-th API, counted round and round.
func (a *account) nth(n int) (Family, API) {
	n %= a.count()
	for _, f := range a.families {
		if n < len(f.APIs) {
			return f, f.APIs[n]
		}
		n -= len(f.APIs)
	}
	panic("unreachable: n is less than count")
}

func earlier(t, u time.Time) time.Time {
	if u.Before(t) {
		return u
	}
	return t
}

// release ends a pause for refused credentials.
func (a *account) release() {
	a.client.RetryToken()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heldTill = time.Time{}
	for _, s := range a.apis {
		if s.err != nil && s.err.Action == wxclient.Credentials {
			s.retryAt = time.Time{}
		}
	}
}
