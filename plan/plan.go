// Package plan decides what to ask WeChat next, what an answer changes and what an error
// leads to. All of it is functions of values: it knows neither the time nor the store.
package plan

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Settings says which days of an account are asked for, and when.
type Settings struct {
	Window   Window
	Schedule Schedule
	Backfill Backfill
}

// Next is what is asked for next of an API, and what is known of its days.
type Next struct {
	Request  *wxclient.Request // nil: nothing is asked for before At
	Backfill bool              // the request is one of the backfill
	At       time.Time
	Capped   bool // a request is due, but the day's calls are spent
	Nothing  bool // no day is ever asked for, as the window has none and no history is wanted
	Missed   bool // nothing is lacking: what failed before is asked for no more

	OpenDays int          // days of the window that were asked for and are not there yet
	Newest   calendar.Day // the newest day of the window with rows; 0 when there is none
	Oldest   calendar.Day // the first day of the window; today if it has none
	Progress Progress     // of the backfill
}

// Span returns the first and the last day of which Next has to know; there may be none.
func (s Settings) Span(api collector.API, state APIState, now time.Time) (from, to calendar.Day, some bool) {
	newest := s.Schedule.Of(api).Newest(now)
	all := append(s.Backfill.days(api, s.Window, s.Schedule, state.Backfill.From, now), Days(api, s.Window, newest)...)
	if len(all) == 0 {
		return 0, 0, false
	}
	return min(slices.Min(all), growsFrom(api, newest, s.Schedule.SettleDays)), slices.Max(all), true
}

// Next returns what is asked for next of an API in a state. known is what is stored of
// the days of Span.
func (s Settings) Next(api collector.API, state APIState, known map[calendar.Day]DayInfo, now time.Time) (n Next) {
	schedule := s.Schedule.Of(api)
	window, wanted := Days(api, s.Window, schedule.Newest(now)), Wanted(api, s.Window, schedule, now)
	history := s.Backfill.days(api, s.Window, s.Schedule, state.Backfill.From, now)
	n.Nothing = len(window)+len(history) == 0
	n.Oldest = calendar.DayOf(now)
	if len(window) > 0 {
		n.Oldest = window[0]
	}
	if api.Yesterday {
		n.Oldest = calendar.DayOf(now) - 1
	}
	state.Misread = state.Misread.Within(n.Oldest, now)
	have := state.days(known)
	n.OpenDays, n.Newest = openDays(api, known, wanted), Newest(known, window)
	n.Progress = state.Backfill.progress(api, history, window, have, now)
	var asked []wxclient.Request
	asked, n.At = requests(api, s.Window, s.Schedule, have, now)
	one, found := backfill(api, history, window, have, now)
	n.Missed = len(asked) == 0 && !found
	if found && len(asked) == 0 && state.allowsBackfill(s.Backfill, schedule, api.Ask.Questions(), now) {
		asked, n.Backfill = append(asked, one), true
	}
	for _, r := range asked {
		switch {
		case state.rejected[[2]calendar.Day{r.Begin, r.End}]:
			continue
		case schedule.isOld(api, r, known, now) && !state.allows(MaxBackfillCalls, now):
			continue
		case !state.allows(DailyCap, now):
			n.At, n.Capped = midnight(now), true
		default:
			r.How.MaxCalls = state.left(DailyCap, now)
			if n.Backfill {
				r.How.MaxCalls = state.left(MaxBackfillCalls, now)
			}
			n.Request = &r
		}
		return n
	}
	return n
}

// isOld reports whether a request is for days that should have been there long ago and are
// not. They leave the newest days the calls that the backfill leaves them.
func (p Schedule) isOld(api collector.API, r wxclient.Request, known map[calendar.Day]DayInfo, now time.Time) bool {
	h := known[r.End]
	return h.Open && !h.HasRows && p.settled(api.Period.Last(r.End), now)
}

// openDays counts the days that were asked for and are not there yet, of those that can be
// asked for. What grows later is there, and so is what may have no row for long.
func openDays(api collector.API, known map[calendar.Day]DayInfo, wanted []calendar.Day) (open int) {
	for d, k := range known {
		if len(wanted) > 0 && d >= wanted[0] && k.Open && !api.Daily && (len(api.Later) == 0 || !k.HasRows) {
			open++
		}
	}
	return open
}

// Newest returns the newest day of a window with rows, 0 if there is none.
func Newest(known map[calendar.Day]DayInfo, window []calendar.Day) (newest calendar.Day) {
	for d, k := range known {
		if len(window) > 0 && d >= window[0] && k.HasRows {
			newest = max(newest, d)
		}
	}
	return newest
}

// Looked is the state after it was planned what is next; before is the one that was
// planned for. The calls of a backfill are counted. Where nothing is asked for any more
// nothing fails, and what is missed can be mended by nobody.
func (s APIState) Looked(n Next, before APIState, now time.Time) APIState {
	if n.Nothing || n.Missed && s.Err != nil && policies[s.Err.Action].Failure {
		s.Err, s.Began, s.Failures, s.RetryAt = nil, time.Time{}, 0, time.Time{}
	}
	if n.Nothing {
		s.Asked = time.Time{} // what it said says nothing of the account any more
	}
	s.OpenDays, s.Newest = n.OpenDays, n.Newest
	if s.Misread = s.Misread.Within(n.Oldest, now); n.Nothing {
		s.Misread = Misreading{} // there is no window to be within
	}
	n.Progress.Calls = s.Backfill.Calls // which Called may just have begun anew
	if s.Backfill = n.Progress; n.Backfill {
		s = s.backfilled(before)
	}
	return s
}

// Answered is the state after an answer was stored and it was planned what is next. While
// that is a request, Next stays as it is.
func (s APIState) Answered(n Next, now time.Time) APIState {
	n.Backfill = false // its calls have been counted
	if s = s.Looked(n, s, now); n.Request == nil {
		s = s.Planned(n)
	}
	return s
}

// Planned is the state when nothing is asked for.
func (s APIState) Planned(n Next) APIState {
	s.Next, s.Capped = n.At, n.Capped
	return s
}
