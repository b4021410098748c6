package plan

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Day is what WeChat said of a day of an API.
type Day struct {
	Date    calendar.Day
	Rows    []byte    // the JSON array that WeChat sent; "[]" is none. A stored one may be damaged
	Open    bool      // it can still change, and is asked for again
	Fetched time.Time // when it was asked for
}

// HasRows reports whether WeChat had any row for the day.
func (d Day) HasRows() bool { return len(d.Rows) > len("[]") }

// Info is what the plan needs to know of the day. Times are stored to the millisecond.
func (d Day) Info() DayInfo {
	return DayInfo{Fetched: d.Fetched.Truncate(time.Millisecond), Open: d.Open, HasRows: d.HasRows()}
}

// Merge returns the days to store after an answer to a request, and those of which
// something is missing because it could not be read. have is what was stored of the
// request's days before; asked is when the request was made.
//
// Every day that the plan may fetch again is stored, even without rows, so that the
// plan knows of the attempt, but not a day of which nothing could be read. A final day
// is stored only when its rows changed. Rows are never replaced by none or by less
// because some were not understood, unless they are damaged: the store takes only JSON.
func Merge(api collector.API, r wxclient.Request, answer collector.Answer, delayed bool, have map[calendar.Day]Day, p Schedule, asked time.Time) (merged []Day, misread []calendar.Day) {
	p = p.Of(api)
	for _, d := range api.Period.Between(r.Begin, r.End) {
		old, known := have[d]
		rows, answered := answer.Days[d.String()]
		settled := p.settled(api.Period.Last(d), asked)
		lost := answer.Lost(d.String())
		if answer.Nothing(d.String()) {
			if !known || old.Open || grows(api) || !settled {
				misread = append(misread, d)
			}
			continue
		}
		day := Day{Date: d, Rows: []byte("[]"), Fetched: asked}
		switch {
		case answered:
			day.Rows = api.Complete(rows, lost, old.Rows).JSON()
			day.Open = delayed && (!settled || ending(api, d, p, asked)) || lagging(api, d, rows.Stat, p, asked) || behind(api, d, rows.Grown, p, asked)
		case known && old.HasRows() && json.Valid(old.Rows):
			complete := !old.Open && !old.Fetched.Before(p.Start(d+calendar.Day(api.Grows)))
			day.Rows, day.Open = old.Rows, old.Open && !settled || ending(api, d, p, asked) && !complete || behind(api, d, 0, p, asked)
		default:
			day.Open = !settled
		}
		if api.Daily && !day.HasRows() {
			day.Open = d >= askedFrom(api, r, p, asked) // it may come for as long as it is asked for
		}
		if lost && !settled {
			day.Open, misread = true, append(misread, d)
		}
		if known && !old.Open && !day.Open && !grows(api) && !old.Fetched.After(asked) && bytes.Equal(old.Rows, day.Rows) {
			continue
		}
		merged = append(merged, day)
	}
	return append(merged, past(api, r, have, p, asked)...), misread
}

// NotReady returns merged days when WeChat says that it has not computed those of a request:
// they stay open, settled or not.
func NotReady(merged []Day, r wxclient.Request) []Day {
	for i, d := range merged {
		merged[i].Open = d.Open || d.Date >= r.Begin
	}
	return merged
}

// past returns the days before a request that are asked for no more, closed.
func past(api collector.API, r wxclient.Request, have map[calendar.Day]Day, p Schedule, asked time.Time) (closed []Day) {
	for _, d := range slices.Sorted(maps.Keys(have)) {
		if day := have[d]; d < min(r.Begin, askedFrom(api, r, p, asked)) && day.Open {
			day.Open = false
			closed = append(closed, day)
		}
	}
	return closed
}

// askedFrom returns the oldest day that is asked for, of APIs that have one whatever
// the window.
func askedFrom(api collector.API, r wxclient.Request, p Schedule, asked time.Time) calendar.Day {
	switch {
	case api.Yesterday:
		return r.Begin // WeChat answers for it alone
	case api.Daily:
		return api.Period.Step(p.Newest(asked)+1, -api.Newest)
	case len(api.Later) > 0:
		return growsFrom(api, p.Newest(asked), p.SettleDays)
	}
	return 0
}

// Touched returns the first and the last day that an answer to a request may change.
func Touched(api collector.API, r wxclient.Request) (from, to calendar.Day) {
	if api.Yesterday || api.Daily || len(api.Later) > 0 {
		return r.Begin - pastDays, r.End
	}
	return r.Begin, r.End
}

// pastDays is for how long nothing may have been asked, at most, for days to be closed
// that are asked for no more. It is at least a month.
const pastDays = 31

// lagging reports whether growing figures lack the newest day that they should
// include; stat is the newest one that they do. Articles without any figures settle
// like a day without articles.
func lagging(api collector.API, d calendar.Day, stat string, p Schedule, now time.Time) bool {
	if api.Grows == 0 {
		return false
	}
	end := d + calendar.Day(api.Grows) - 1
	last, err := calendar.ParseDay(stat)
	if err != nil {
		last, end = 0, d
	}
	return last < min(end, p.Newest(now)) && !p.settled(end, now)
}

// ending reports whether growing figures are at their last day and not settled. No
// later request brings what they lack.
func ending(api collector.API, d calendar.Day, p Schedule, now time.Time) bool {
	end := d + calendar.Day(api.Grows) - 1
	return api.Grows > 0 && end <= p.Newest(now) && !p.settled(end, now)
}

// Differs reports whether days hold rows that are not those stored before, or are
// known to be empty now.
func Differs(days []Day, have map[calendar.Day]Day) bool {
	return slices.ContainsFunc(days, func(d Day) bool {
		old, known := have[d.Date]
		if d.HasRows() {
			return !bytes.Equal(d.Rows, old.Rows)
		}
		return !d.Open && (!known || old.Open)
	})
}
