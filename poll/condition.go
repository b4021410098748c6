package poll

import (
	"maps"
	"time"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// dailyCalls is how many calls of one API an account makes on a day at most.
// WeChat's quotas are undocumented; 100 is the smallest that anybody assumes.
const dailyCalls = 60

// callsPerRequest is how many calls one request may take: three attempts, and
// three more with another token.
const callsPerRequest = 6

// condition is what an account knows of an API beside its days. It is a value:
// what happens leads from one to the next.
type condition struct {
	err      *wxclient.Error // of the last request; nil when it succeeded
	since    time.Time       // when err began
	failures int             // in a row
	retryAt  time.Time       // not asked before, because of err; zero: no such reason
	capped   bool            // no more calls today, by our own limit

	day   wxclient.Day // the Beijing day that calls counts
	calls int

	asked    time.Time // the last request
	next     time.Time // when the plan has something to ask, if nothing else happens
	newest   wxclient.Day
	openDays int
	first    map[wxclient.Day]time.Time    // when days that are open were first asked for
	rejected map[[2]wxclient.Day]bool      // the begin and end of requests that are never to be repeated
}

// state names the condition as wx_api_state does.
func (c condition) state() string {
	switch {
	case c.err != nil:
		return policies[c.err.Action].state
	case c.capped:
		return StateParked
	case c.openDays > 0:
		return StateOpen
	}
	return StateOK
}

// failed reports whether the last request failed in a way that counts against
// the account.
func (c condition) failed() bool { return c.err != nil && policies[c.err.Action].failure }

// due returns when the API is to be asked.
func (c condition) due() time.Time {
	if c.retryAt.After(c.next) {
		return c.retryAt
	}
	return c.next
}

// allows reports whether the API may be asked at now, by our own daily limit.
func (c condition) allows(now time.Time) bool {
	return wxclient.DayOf(now) != c.day || c.calls+callsPerRequest <= dailyCalls
}

// called adds calls at now.
func (c condition) called(n int, now time.Time) condition {
	if today := wxclient.DayOf(now); today != c.day {
		c.day, c.calls = today, 0
	}
	c.calls += n
	return c
}

// planned is the condition when the plan has nothing to ask before next.
func (c condition) planned(next time.Time, capped bool) condition {
	c.next, c.capped = next, capped
	return c
}

// succeeded is the condition after WeChat answered a request, which led to days.
// have is what was stored of them before.
func (c condition) succeeded(days []store.Day, have map[wxclient.Day]store.Day, now time.Time) condition {
	c.err, c.failures, c.retryAt, c.since = nil, 0, time.Time{}, time.Time{}
	c.asked, c.next, c.capped = now, now, false
	c.first = maps.Clone(c.first)
	for _, day := range days {
		d, err := wxclient.ParseDay(day.Date)
		_, known := have[d]
		switch {
		case err != nil:
		case !day.Open:
			delete(c.first, d)
		case !known:
			if c.first == nil {
				c.first = map[wxclient.Day]time.Time{}
			}
			c.first[d] = now
		}
	}
	return c
}

// failedWith is the condition after a request failed. jitter is as in pause.until.
func (c condition) failedWith(r wxclient.Request, err *wxclient.Error, now time.Time, jitter float64) condition {
	if c.err == nil || c.err.Code != err.Code {
		c.since, c.failures = now, 0
	}
	c.failures++
	c.asked, c.err = now, err
	c.retryAt = policies[err.Action].pause.until(c.failures, now, jitter)
	c.next = c.retryAt
	if err.Action == wxclient.Rejected {
		rejected := map[[2]wxclient.Day]bool{{r.Begin, r.End}: true}
		maps.Copy(rejected, c.rejected)
		c.rejected = rejected
	}
	return c
}

// clockSetBack is the condition without what the clock decided while it was
// ahead of now.
func (c condition) clockSetBack(now time.Time) condition {
	c.rejected, c.next = nil, now
	if c.asked.After(now) {
		c.retryAt = time.Time{}
	}
	return c
}

// refusal is that WeChat refused the account's credentials: while it lasts, one
// API asks for all, a different one each time so that no API's quota suffers. The
// zero value is that they are accepted.
type refusal struct {
	err     *wxclient.Error
	since   time.Time // when err's code began
	retryAt time.Time
	turn    int // which API asks next
}

// after is the refusal after a request that ended with err; nil is success.
// Whoever is told something else than that was let in. retryAt is when the API
// asks again.
func (f refusal) after(err *wxclient.Error, now, retryAt time.Time) refusal {
	switch {
	case err == nil:
		f.err = nil
	case err.Action == wxclient.Credentials:
		if f.err == nil || f.err.Code != err.Code {
			f.since = now
		}
		f.err, f.retryAt = err, retryAt
	case f.err != nil && (err.Action == wxclient.Retry || err.API == tokenAPI):
		f.retryAt = retryAt // WeChat was not reached, or did not get that far
	default:
		f.err = nil
	}
	return f
}
