package poll

import (
	"slices"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// fillReserve is how many calls of an API the fill leaves for the current day.
const fillReserve = 24

// MaxFillCalls is the most calls of an API that the fill makes on a day, whatever
// is configured.
const MaxFillCalls = dailyCalls - fillReserve

// Fill says which days before the window are fetched, too.
type Fill struct {
	Since       calendar.Day // the first one; 0: none are
	CallsPerDay int          // the most calls of an API that a day may have for that
	Keep        int          // days that the store keeps; 0: all
}

// filling is the progress of an API's fill. It is a value.
type filling struct {
	Calls    int          `json:"calls,omitempty"`    // on the condition's day
	From     calendar.Day `json:"from,omitempty"`     // WeChat has no day before; 0: it has
	Days     int          `json:"days,omitempty"`     // days of the history that are known
	Missing  int          `json:"missing,omitempty"`  // and that are not
	Requests int          `json:"requests,omitempty"` // that bring them
}

// days returns the days of an API that the history is to have, oldest first.
func (f Fill) days(api collector.API, w Window, p Schedule, from calendar.Day, now time.Time) []calendar.Day {
	if f.Since == 0 || w.length(api) == 0 {
		return nil
	}
	oldest := max(f.Since, from)
	if f.Keep > 0 {
		oldest = max(oldest, calendar.DayOf(now)-calendar.Day(f.Keep))
	}
	all := daysFrom(api, oldest, p.newest(now))
	return slices.DeleteFunc(all, func(d calendar.Day) bool { return d < oldest })
}

// progress counts what is known of the days of a history, and the requests for
// the rest of it.
func (f filling) progress(api collector.API, days, window []calendar.Day, have map[calendar.Day]stored, now time.Time) filling {
	f.Days, f.Missing, f.Requests = 0, 0, 0
	for _, d := range days {
		if missing(have[d], now) {
			f.Missing++
		} else {
			f.Days++
		}
	}
	for len(days) > 0 {
		r, found := fill(api, days, window, have, now)
		if !found {
			break
		}
		f.Requests++
		i, _ := slices.BinarySearch(days, r.Begin)
		days = days[:i]
	}
	return f
}

// missing reports whether a day of the history is to be fetched. An open one is
// fetched again, but not on the same day.
func missing(h stored, now time.Time) bool {
	return h.fetched.IsZero() || h.open && calendar.DayOf(h.fetched) < calendar.DayOf(now)
}

// fill returns the request for the newest missing days of a history before the
// window, which is left to the plan.
func fill(api collector.API, days, window []calendar.Day, have map[calendar.Day]stored, now time.Time) (r wxclient.Request, found bool) {
	for _, d := range slices.Backward(days) {
		unread := have[d].misread
		askedToday := !unread.IsZero() && calendar.DayOf(unread) == calendar.DayOf(now)
		if len(window) > 0 && d >= window[0] || !missing(have[d], now) || askedToday {
			continue
		}
		return wxclient.Request{API: api.Name, Begin: begin(api, d, days[0]), End: d, Later: true}, true
	}
	return r, false
}

// allowsFill reports whether the fill may make a request at now: not before the
// day's start, and only while enough calls are left for the current day.
func (c condition) allowsFill(f Fill, p Schedule, now time.Time) bool {
	today := calendar.DayOf(now)
	switch {
	case c.Err != nil, now.Before(p.start(today)):
		return false
	case c.Day != today:
		return true
	}
	return c.Fill.Calls < f.CallsPerDay && c.Calls+callsPerRequest <= MaxFillCalls
}

// filled is the condition after a request of the fill; before is the one before it.
func (c condition) filled(before condition) condition {
	if c.Day != before.Day {
		before.Calls = 0
	}
	c.Fill.Calls += c.Calls - before.Calls
	return c
}

// tooEarly is the condition after WeChat refused dates before its first data. The
// first day with data is found by bisection.
func (c condition) tooEarly(r wxclient.Request) condition {
	c.Fill.From = r.Begin + (r.End-r.Begin)/2 + 1
	return c
}

// History is the progress of the fill of an account's history.
type History struct {
	Since         calendar.Day
	Days, Missing int          // days of APIs; those that WeChat does not offer to the account are left out
	Done          calendar.Day // when all will be there, if no call fails
}

// history sums up the fill of all APIs.
func (f Fill) history(apis []APIStatus, now time.Time) (h History) {
	h.Since = f.Since
	h.Done = calendar.DayOf(now)
	perDay := max(min(f.CallsPerDay, MaxFillCalls-callsPerRequest), 1)
	for _, api := range apis {
		if api.State == StateOffline || api.State == StateDenied {
			continue
		}
		h.Days += api.HistoryDays
		h.Missing += api.HistoryMissing
		h.Done = max(h.Done, calendar.DayOf(now)+calendar.Day((api.historyRequests+perDay-1)/perDay))
	}
	return h
}

// logFill logs the progress of the fill once an hour, and its end.
func (a *account) logFill() {
	now := a.now()
	if a.Fill.Since == 0 || a.working || now.Sub(a.fillLogged) < time.Hour && !now.Before(a.fillLogged) {
		return
	}
	h := a.status().History
	if h.Days+h.Missing == 0 || h.Missing == 0 && !a.filling {
		return
	}
	a.fillLogged, a.filling = now, h.Missing > 0
	if h.Missing == 0 {
		level.Info(a.logger).Log("msg", "the history is filled", "since", h.Since, "days", h.Days)
		return
	}
	level.Info(a.logger).Log("msg", "filling the history", "since", h.Since, "days", h.Days, "missing", h.Missing, "done", "about "+h.Done.String())
}
