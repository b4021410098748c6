package plan

import (
	"cmp"
	"errors"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// The states of an API, as wx_api_state names them.
const (
	StateOK      = "ok"
	StateOpen    = "open"    // some days are not computed yet
	StateParked  = "parked"  // the day's calls are spent
	StateOffline = "offline" // WeChat switched the API off
	StateDenied  = "denied"  // the account may not use it
	StateFailing = "failing"
)

// States returns all states of an API.
func States() []string {
	return []string{StateOK, StateOpen, StateParked, StateOffline, StateDenied, StateFailing}
}

// Policy is what an error leads to.
type Policy struct {
	State    string                      // of the API
	Failure  bool                        // it counts against the account, as wx_up does
	Survives bool                        // the pause outlasts a restart; other errors are tried at once, as a person may have corrected them
	Level    func(log.Logger) log.Logger // of the log line
	pause    pause                       // before the next request
}

// policies is the one table of what the actions of errors mean. NotReady is not
// in it: it is an answer, whose days stay open.
var policies = map[wxclient.Action]Policy{
	wxclient.Retry:       {StateFailing, true, false, level.Warn, doubling(5 * time.Minute)},
	wxclient.Invalid:     {StateFailing, true, false, level.Warn, doubling(5 * time.Minute)},
	wxclient.Rejected:    {StateFailing, true, false, level.Error, doubling(5 * time.Minute)},
	wxclient.Backoff:     {StateFailing, true, false, level.Warn, doubling(crowdedPause)},
	wxclient.Credentials: {StateFailing, true, false, level.Warn, always(CredentialPause)},
	wxclient.Tomorrow:    {StateParked, true, true, level.Warn, untilMidnight},
	wxclient.Capped:      {StateParked, false, true, level.Info, untilMidnight},
	wxclient.Denied:      {StateDenied, false, true, level.Info, always(24 * time.Hour)},
	wxclient.Absent:      {StateDenied, false, true, level.Info, always(7 * 24 * time.Hour)},
	wxclient.Offline:     {StateOffline, false, true, level.Info, always(7 * 24 * time.Hour)},
}

// PolicyOf returns what errors with an action lead to.
func PolicyOf(a wxclient.Action) Policy { return policies[a] }

// Pauses.
const (
	crowdedPause    = 10 * time.Minute // after a first "called too often"
	CredentialPause = 10 * time.Minute // while the account's credentials are refused
	slowest         = 2 * time.Hour    // the longest pause of doubling, and between two requests for an open day
)

// pause returns how long to wait after the n-th failure in a row, and the spread:
// the most to add at random, so that accounts that failed together do not retry
// together.
type pause func(n int, now time.Time) (d, spread time.Duration)

// always is the same pause after every failure.
func always(d time.Duration) pause {
	return func(int, time.Time) (time.Duration, time.Duration) { return d, 0 }
}

// doubling is a first pause, doubled for every failure after the first one.
func doubling(first time.Duration) pause {
	return func(n int, _ time.Time) (time.Duration, time.Duration) {
		d := slowest
		if n <= 10 {
			d = min(first<<max(n-1, 0), slowest)
		}
		return d, d / 4
	}
}

// untilMidnight is the time until 00:01 Beijing time. WeChat's clock may be behind
// the host's, and a call before midnight would cost another day.
func untilMidnight(_ int, now time.Time) (time.Duration, time.Duration) {
	return midnight(now).Sub(now) + time.Minute, 10 * time.Minute
}

// midnight returns the next 00:00 Beijing time.
func midnight(now time.Time) time.Time { return (calendar.DayOf(now) + 1).Start() }

// until returns when to retry after the n-th failure in a row; jitter in [0, 1) is
// the part of the spread to add.
func (p pause) until(n int, now time.Time, jitter float64) time.Time {
	d, spread := p(n, now)
	return now.Add(d + time.Duration(jitter*float64(spread)))
}

// AsError turns any error of a client into one with a code and an action. A denied
// token is a failure of the account, unlike a denied API, and what is wrong with a
// request for a token says nothing of the request that needed it.
func AsError(api string, err error) *wxclient.Error {
	e, ok := errors.AsType[*wxclient.Error](err)
	switch {
	case !ok:
		return &wxclient.Error{API: api, Code: "invalid", Message: err.Error(), Action: wxclient.Retry}
	case e.API == wxclient.TokenAPI && (!policies[e.Action].Failure || e.Action == wxclient.Rejected):
		refused := *e
		refused.Action = wxclient.Credentials
		return &refused
	}
	return e
}

// Failure reports whether an error of a client counts against the account, as wx_up
// does, and returns it with its code.
func Failure(api string, err error) (*wxclient.Error, bool) {
	e := AsError(api, err)
	return e, policies[e.Action].Failure
}

// Advice returns what a person does about an error.
func Advice(err *wxclient.Error) string {
	return cmp.Or(err.Advice, "Nothing to do: the exporter tries again by itself.")
}
