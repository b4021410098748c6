package plan

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// backfillReserve is how many calls of an API the backfill leaves for the current day.
const backfillReserve = 24

// MaxBackfillCalls is the most calls of an API that the backfill makes on a day,
// whatever is configured.
const MaxBackfillCalls = DailyCap - backfillReserve

// Backfill says which days before the window are fetched, too.
type Backfill struct {
	Since       calendar.Day // the first one; 0: none are
	CallsPerDay int          // the most calls of an API that a day may have for that
	Keep        int          // days that the store keeps; 0: all
}

// Progress is how far the backfill of an API is. It is a value.
type Progress struct {
	Calls    int          `json:"calls,omitempty"`    // on the state's day
	From     calendar.Day `json:"from,omitempty"`     // WeChat has no day before; 0: it has
	Days     int          `json:"days,omitempty"`     // days of the history that are known
	Missing  int          `json:"missing,omitempty"`  // and that are not
	Requests int          `json:"requests,omitempty"` // that bring them
}

// days returns the days of an API that the history is to have, oldest first.
func (f Backfill) days(api collector.API, w Window, p Schedule, from calendar.Day, now time.Time) []calendar.Day {
	if f.Since == 0 || w.length(api) == 0 || api.Yesterday {
		return nil
	}
	p = p.Of(api)
	oldest := max(f.Since, from)
	if f.Keep > 0 {
		oldest = max(oldest, calendar.DayOf(now)-calendar.Day(f.Keep))
	}
	all := daysFrom(api, oldest, p.Newest(now))
	return slices.DeleteFunc(all, func(d calendar.Day) bool { return d < oldest })
}

// progress counts what is known of the days of a history, and the requests for
// the rest of it.
func (p Progress) progress(api collector.API, days, window []calendar.Day, have map[calendar.Day]DayInfo, now time.Time) Progress {
	p.Days, p.Missing, p.Requests = 0, 0, 0
	for _, d := range days {
		if missing(have[d], now) {
			p.Missing++
		} else {
			p.Days++
		}
	}
	for len(days) > 0 {
		r, found := backfill(api, days, window, have, now)
		if !found {
			break
		}
		p.Requests++
		i, _ := slices.BinarySearch(days, r.Begin)
		days = days[:i]
	}
	return p
}

// missing reports whether a day of the history is to be fetched. An open one is
// fetched again, but not on the same day.
func missing(h DayInfo, now time.Time) bool {
	return h.Fetched.IsZero() || h.Open && calendar.DayOf(h.Fetched) < calendar.DayOf(now)
}

// backfill returns the request for the newest missing days of a history before the
// window, which is left to the plan. What grows waits for the newest day, as in the window.
func backfill(api collector.API, days, window []calendar.Day, have map[calendar.Day]DayInfo, now time.Time) (r wxclient.Request, found bool) {
	for _, d := range slices.Backward(days) {
		unread := have[d].misread
		askedToday := !unread.IsZero() && calendar.DayOf(unread) == calendar.DayOf(now)
		if len(window) > 0 && d >= window[0] || !missing(have[d], now) || askedToday {
			continue
		}
		if waitsForNewest(api, have[d], have[window[len(window)-1]]) {
			continue
		}
		return ask(api, begin(api, d, days[0]), d, true), true
	}
	return r, false
}

// Done returns the day on which a backfill will be done that needs some requests of an
// API, if no call fails.
func (f Backfill) Done(api collector.API, requests int, now time.Time) calendar.Day {
	perDay := max(min(f.CallsPerDay/api.Ask.Questions(), MaxBackfillCalls-wxclient.CallsPerPage), 1)
	return calendar.DayOf(now) + calendar.Day((requests+perDay-1)/perDay)
}
