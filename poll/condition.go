package poll

import (
	"maps"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// dailyCalls is how many calls of one API an account makes on a day at most.
// WeChat's quotas are undocumented; 100 is the smallest that anybody assumes.
const dailyCalls = 60

// callsPerRequest is how many calls one request may take: three attempts, and
// three more with another token.
const callsPerRequest = 6

// condition is the state of an API of an account, without its days. It is a value:
// each event makes the next one.
type condition struct {
	Err      *wxclient.Error `json:"err,omitempty"`       // of the last request; nil when it succeeded
	Began    time.Time       `json:"began,omitzero"`      // since when Err
	Failures int             `json:"failures,omitempty"`  // in a row
	RetryAt  time.Time       `json:"retry_at,omitzero"`   // no request before, because of Err; zero: no error
	Capped   bool            `json:"capped,omitempty"`    // dailyCalls is reached
	Day      calendar.Day    `json:"day,omitempty"`       // the Beijing day that Calls counts
	Calls    int             `json:"calls,omitempty"`     //
	Asked    time.Time       `json:"asked,omitzero"`      // the last request
	Next     time.Time       `json:"next,omitzero"`       // when the next request is planned
	Newest   calendar.Day    `json:"newest,omitempty"`    // the newest day with rows; 0 when there is none
	OpenDays int             `json:"open_days,omitempty"` // days that were fetched and are not computed yet
	Fill     filling         `json:"fill,omitzero"`
	Misread  misreading      `json:"misread,omitzero"`

	first    map[calendar.Day]time.Time // when open days were first fetched
	rejected map[[2]calendar.Day]bool   // the begin and end of requests that are never to be repeated
}

// state names the condition as wx_api_state does.
func (c condition) state() string {
	switch {
	case c.problem() != nil:
		return policies[c.problem().Action].state
	case c.Capped:
		return StateParked
	case c.OpenDays > 0:
		return StateOpen
	}
	return StateOK
}

// problem is the error of the last request or, if it has none, of the answers that
// could not be read.
func (c condition) problem() *wxclient.Error {
	if c.Err != nil {
		return c.Err
	}
	return c.Misread.Err
}

// since is when the problem began.
func (c condition) since() time.Time {
	if c.Err != nil {
		return c.Began
	}
	return c.Misread.Began
}

// failed reports whether the API has a problem that counts against the account.
func (c condition) failed() bool { return c.problem() != nil && policies[c.problem().Action].failure }

// due returns when the next request is due.
func (c condition) due() time.Time {
	if c.RetryAt.After(c.Next) {
		return c.RetryAt
	}
	return c.Next
}

// allows reports whether dailyCalls allows another request at now.
func (c condition) allows(now time.Time) bool {
	return calendar.DayOf(now) != c.Day || c.Calls+callsPerRequest <= dailyCalls
}

// called adds calls at now.
func (c condition) called(n int, now time.Time) condition {
	if today := calendar.DayOf(now); today != c.Day {
		c.Day, c.Calls, c.Fill.Calls = today, 0, 0
	}
	c.Calls += n
	return c
}

// planned is the condition when no request is due before next.
func (c condition) planned(next time.Time, capped bool) condition {
	c.Next, c.Capped = next, capped
	return c
}

// succeeded is the condition after an answer that led to days; have is what was
// stored of them before.
func (c condition) succeeded(days []store.Day, have map[calendar.Day]store.Day, now time.Time) condition {
	c.Err, c.Failures, c.RetryAt, c.Began = nil, 0, time.Time{}, time.Time{}
	c.Asked, c.Next, c.Capped = now, now, false
	c.first = maps.Clone(c.first)
	for _, day := range days {
		d, err := calendar.ParseDay(day.Date)
		_, known := have[d]
		switch {
		case err != nil:
		case !day.Open:
			delete(c.first, d)
		case !known:
			if c.first == nil {
				c.first = map[calendar.Day]time.Time{}
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
		rejected := map[[2]calendar.Day]bool{{r.Begin, r.End}: true}
		maps.Copy(rejected, c.rejected)
		c.rejected = rejected
	}
	return c
}

// restored is the condition after a start at now. What a person may have corrected
// meanwhile is tried at once.
func (c condition) restored(now time.Time) condition {
	if unset(now) {
		c.Next = now
		return c
	}
	if c.Err != nil && policies[c.Err.Action].survives && c.RetryAt.After(now) && !c.Asked.After(now) {
		c.Next = c.RetryAt
		return c
	}
	return condition{Day: min(c.Day, calendar.DayOf(now)), Calls: c.Calls, Fill: c.Fill, Next: now, Misread: c.Misread.tried(now)}
}

// unset reports whether a clock cannot be right: that of a host without a battery
// begins at 1970.
func unset(now time.Time) bool { return calendar.DayOf(now) <= calendar.FirstDay }

// clockSetBack is the condition without the decisions of a clock that was ahead: what
// failed by it may have failed because of it. Its calls were made, so they count for
// today.
func (c condition) clockSetBack(now time.Time) condition {
	c.rejected, c.Next, c.Misread = nil, now, c.Misread.tried(now)
	if c.Asked.After(now) {
		c.Err, c.Began, c.Failures, c.RetryAt, c.Asked = nil, time.Time{}, 0, time.Time{}, time.Time{}
	}
	c.Day = min(c.Day, calendar.DayOf(now))
	return c
}

// refusal means that WeChat refuses the account's credentials. Meanwhile a single
// request tries them, of another API each time to spare the quotas. The zero value
// is that they are accepted.
type refusal struct {
	Err     *wxclient.Error `json:"err,omitempty"`
	Began   time.Time       `json:"began,omitzero"` // since when Err's code
	RetryAt time.Time       `json:"retry_at,omitzero"`

	turn int // which API is next
}

// clockSetBack is the refusal without the decisions of a clock that was ahead.
func (f refusal) clockSetBack(now time.Time) refusal {
	if f.Began.After(now) {
		return refusal{turn: f.turn}
	}
	f.RetryAt = time.Time{}
	return f
}

// after is the refusal after a request that ended with err; nil is success. Another
// error of WeChat means that the credentials were accepted. retryAt is when the API
// is tried again.
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
