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
	Err      *wxclient.Error `json:"err,omitempty"`       // of the last request; nil when it succeeded
	Began    time.Time       `json:"began,omitzero"`      // since when Err
	Failures int             `json:"failures,omitempty"`  // in a row
	RetryAt  time.Time       `json:"retry_at,omitzero"`   // not asked before, because of Err; zero: no such reason
	Capped   bool            `json:"capped,omitempty"`    // no more calls today, by our own limit
	Day      wxclient.Day    `json:"day,omitempty"`       // the Beijing day that Calls counts
	Calls    int             `json:"calls,omitempty"`     //
	Asked    time.Time       `json:"asked,omitzero"`      // the last request
	Next     time.Time       `json:"next,omitzero"`       // when the plan has something to ask, if nothing else happens
	Newest   wxclient.Day    `json:"newest,omitempty"`    // the newest day with rows; 0 when there is none
	OpenDays int             `json:"open_days,omitempty"` // days that were asked for and are not there yet
	Fill     filling         `json:"fill,omitzero"`

	first    map[wxclient.Day]time.Time // when days that are open were first asked for
	rejected map[[2]wxclient.Day]bool   // the begin and end of requests that are never to be repeated
}

// state names the condition as wx_api_state does.
func (c condition) state() string {
	switch {
	case c.Err != nil:
		return policies[c.Err.Action].state
	case c.Capped:
		return StateParked
	case c.OpenDays > 0:
		return StateOpen
	}
	return StateOK
}

// failed reports whether the last request failed in a way that counts against
// the account.
func (c condition) failed() bool { return c.Err != nil && policies[c.Err.Action].failure }

// due returns when the API is to be asked.
func (c condition) due() time.Time {
	if c.RetryAt.After(c.Next) {
		return c.RetryAt
	}
	return c.Next
}

// allows reports whether the API may be asked at now, by our own daily limit.
func (c condition) allows(now time.Time) bool {
	return wxclient.DayOf(now) != c.Day || c.Calls+callsPerRequest <= dailyCalls
}

// called adds calls at now.
func (c condition) called(n int, now time.Time) condition {
	if today := wxclient.DayOf(now); today != c.Day {
		c.Day, c.Calls, c.Fill.Calls = today, 0, 0
	}
	c.Calls += n
	return c
}

// planned is the condition when the plan has nothing to ask before next.
func (c condition) planned(next time.Time, capped bool) condition {
	c.Next, c.Capped = next, capped
	return c
}

// succeeded is the condition after WeChat answered a request, which led to days.
// have is what was stored of them before.
func (c condition) succeeded(days []store.Day, have map[wxclient.Day]store.Day, now time.Time) condition {
	c.Err, c.Failures, c.RetryAt, c.Began = nil, 0, time.Time{}, time.Time{}
	c.Asked, c.Next, c.Capped = now, now, false
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
	if c.Err == nil || c.Err.Code != err.Code {
		c.Began, c.Failures = now, 0
	}
	c.Failures++
	c.Asked, c.Err = now, err
	c.RetryAt = policies[err.Action].pause.until(c.Failures, now, jitter)
	c.Next = c.RetryAt
	if err.Action == wxclient.Rejected {
		rejected := map[[2]wxclient.Day]bool{{r.Begin, r.End}: true}
		maps.Copy(rejected, c.rejected)
		c.rejected = rejected
	}
	return c
}

// restored is the condition after a start at now: what a person may have mended
// is asked at once, and the clock may have been wrong.
func (c condition) restored(now time.Time) condition {
	if c.Err != nil && policies[c.Err.Action].survives && c.RetryAt.After(now) && !c.Asked.After(now) {
		c.Next = c.RetryAt
		return c
	}
	return condition{Day: c.Day, Calls: c.Calls, Fill: c.Fill, Next: now}
}

// clockSetBack is the condition without what the clock decided while it was
// ahead of now.
func (c condition) clockSetBack(now time.Time) condition {
	c.rejected, c.Next = nil, now
	if c.Asked.After(now) {
		c.RetryAt = time.Time{}
	}
	return c
}

// refusal is that WeChat refused the account's credentials: while it lasts, one
// API asks for all, a different one each time so that no API's quota suffers. The
// zero value is that they are accepted.
type refusal struct {
	Err     *wxclient.Error `json:"err,omitempty"`
	Began   time.Time       `json:"began,omitzero"` // since when Err's code
	RetryAt time.Time       `json:"retry_at,omitzero"`

	turn int // which API asks next
}

// after is the refusal after a request that ended with err; nil is success.
// Whoever is told something else than that was let in. retryAt is when the API
// asks again.
func (f refusal) after(err *wxclient.Error, now, retryAt time.Time) refusal {
	switch {
	case err == nil:
		f.Err = nil
	case err.Action == wxclient.Credentials:
		if f.Err == nil || f.Err.Code != err.Code {
			f.Began = now
		}
		f.Err, f.RetryAt = err, retryAt
	case f.Err != nil && (err.Action == wxclient.Retry || err.API == tokenAPI):
		f.RetryAt = retryAt // WeChat was not reached, or did not get that far
	default:
		f.Err = nil
	}
	return f
}
