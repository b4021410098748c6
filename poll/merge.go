package poll

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// merge returns the days to store after an answer to a request, and those of which
// something is missing because it could not be read. have is what was stored of the
// request's days before; asked is when the request was made.
//
// Every day that the plan may fetch again is stored, even without rows, so that the
// plan knows of the attempt, but not a day of which nothing could be read. A final day
// is stored only when its rows changed. Rows are never replaced by none or by less
// because some were not understood, unless they are damaged: the store takes only JSON.
func merge(api collector.API, r wxclient.Request, answer collector.Answer, delayed bool, have map[calendar.Day]store.Day, p Schedule, asked time.Time) (merged []store.Day, misread []calendar.Day) {
	for d := r.Begin; d <= r.End; d++ {
		old, known := have[d]
		rows, answered := answer.Days[d.String()]
		settled := int(calendar.DayOf(asked)-ends(api, d)) > p.SettleDays
		lost := answer.Lost(d.String())
		if answer.Nothing(d.String()) {
			if !known || old.Open || api.Grows > 0 || !settled {
				misread = append(misread, d)
			}
			continue
		}
		day := store.Day{Date: d.String(), Rows: []byte("[]"), Fetched: asked}
		switch {
		case answered:
			day.Rows = api.Complete(rows, lost, old.Rows).JSON()
			day.Open = delayed && (!settled || ending(api, d, p, asked)) || lagging(api, d, rows.Stat, p, asked)
		case known && old.HasRows() && json.Valid(old.Rows):
			complete := !old.Open && !old.Fetched.Before(p.start(d+calendar.Day(api.Grows)))
			day.Rows, day.Open = old.Rows, old.Open && !settled || ending(api, d, p, asked) && !complete
		default:
			day.Open = !settled
		}
		if lost && !settled {
			day.Open, misread = true, append(misread, d)
		}
		if known && !old.Open && !day.Open && api.Grows == 0 && !old.Fetched.After(asked) && bytes.Equal(old.Rows, day.Rows) {
			continue
		}
		merged = append(merged, day)
	}
	return merged, misread
}

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
	return last < min(end, p.newest(now)) && int(calendar.DayOf(now)-end) <= p.SettleDays
}

// ending reports whether growing figures are at their last day and not settled. No
// later request brings what they lack.
func ending(api collector.API, d calendar.Day, p Schedule, now time.Time) bool {
	end := d + calendar.Day(api.Grows) - 1
	return api.Grows > 0 && end <= p.newest(now) && int(calendar.DayOf(now)-end) <= p.SettleDays
}

// differs reports whether days hold rows that are not those stored before, or are
// known to be empty now.
func differs(days []store.Day, have map[calendar.Day]store.Day) bool {
	return slices.ContainsFunc(days, func(d store.Day) bool {
		date, err := calendar.ParseDay(d.Date)
		old, known := have[date]
		switch {
		case err != nil:
			return false
		case d.HasRows():
			return !bytes.Equal(d.Rows, old.Rows)
		}
		return !d.Open && (!known || old.Open)
	})
}
