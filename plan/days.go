package plan

import (
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Window is what is exported, in days back from yesterday.
type Window struct {
	Daily, Hourly, Article int
	ArticlesPerDay         int // articles of a day and API, the most read first; 0 is no limit
}

// Schedule is when WeChat is called.
type Schedule struct {
	NotBefore     time.Duration // since 00:00 Beijing time; yesterday is fetched from then on
	RetryInterval time.Duration // for days that WeChat has not computed yet
	SettleDays    int           // an empty day is final after this many days
	Spread        time.Duration // how much later than NotBefore this account starts its day
}

// Newest returns the newest day that may be fetched at now.
func (p Schedule) Newest(now time.Time) calendar.Day {
	today := calendar.DayOf(now)
	if now.Before(p.Start(today)) {
		return today - 2
	}
	return today - 1
}

// Start returns from when on day d the day before it is fetched.
func (p Schedule) Start(d calendar.Day) time.Time { return d.Start().Add(p.NotBefore) }

// NextStart returns when the account's next day begins, its spread included.
func (p Schedule) NextStart(now time.Time) time.Time {
	today := calendar.DayOf(now)
	if t := p.Start(today); now.Before(t) {
		return t.Add(p.Spread)
	}
	return p.Start(today + 1).Add(p.Spread)
}

// since returns the first day of an API's data.
func since(api collector.API) calendar.Day {
	if d, err := calendar.ParseDay(api.Since); err == nil {
		return max(d, calendar.FirstDay)
	}
	return calendar.FirstDay
}

// length is how many days the window of an API has.
func (w Window) length(api collector.API) int {
	switch api.Kind {
	case collector.Hourly:
		return w.Hourly
	case collector.Article:
		return w.Article
	default:
		return w.Daily
	}
}

// Days returns the dates that rows of the API may carry when newest is the
// newest day that counts, oldest first: the days of the window, or the weeks
// and months whose last day lies in it and at least the newest complete one.
func Days(api collector.API, w Window, newest calendar.Day) []calendar.Day {
	return daysFrom(api, newest-calendar.Day(w.length(api))+1, newest)
}

// daysFrom returns the dates that rows of the API may carry from a day on.
func daysFrom(api collector.API, oldest, newest calendar.Day) []calendar.Day {
	var all []calendar.Day
	switch api.Kind {
	case collector.Weekly:
		last := (newest - 6).Monday()
		for d := min(oldest.Monday(), last); d <= last; d += 7 {
			all = append(all, d)
		}
	case collector.Monthly:
		last := (newest + 1).FirstOfMonth() - 1
		last = last.FirstOfMonth()
		for d := min(oldest.FirstOfMonth(), last); d <= last; d = d.NextMonth() {
			all = append(all, d)
		}
	default:
		for d := oldest; d <= newest; d++ {
			all = append(all, d)
		}
	}
	for len(all) > 0 && all[0] < since(api) {
		all = all[1:]
	}
	return all
}

// ends returns the last day that a row dated d includes.
func ends(api collector.API, d calendar.Day) calendar.Day {
	switch api.Kind {
	case collector.Weekly:
		return d + 6
	case collector.Monthly:
		return d.NextMonth() - 1
	default:
		return d
	}
}

// NewestRequest returns the request for the newest day, week or month that an API can have
// figures of on a day.
func NewestRequest(api collector.API, today calendar.Day) wxclient.Request {
	all := Days(api, Window{Daily: 1, Hourly: 1, Article: 1}, today-1)
	newest := all[len(all)-1]
	return wxclient.Request{API: api.Name, Begin: newest, End: newest}
}

// Exported returns the days that are exported on a day, oldest first, and the day
// from which the store is read. That is earlier for weeks and months: the one
// before the window is exported until there is one in the window.
func Exported(api collector.API, w Window, today calendar.Day) (from calendar.Day, all []calendar.Day) {
	all = Days(api, w, today-1)
	switch {
	case len(all) == 0:
		return 0, nil
	case api.Kind == collector.Weekly:
		return (all[0] - 1).Monday(), all
	case api.Kind == collector.Monthly:
		return (all[0] - 1).FirstOfMonth(), all
	}
	return all[0], all
}

// OldestNeeded returns the oldest day of an API that is still exported or fetched on
// a day. If it or a later one were deleted, it would be fetched again and again.
func OldestNeeded(api collector.API, w Window, today calendar.Day) calendar.Day {
	// Before NotBefore the newest day is not yesterday, and the window begins earlier.
	if from, all := Exported(api, w, today-1); len(all) > 0 {
		return from
	}
	return today
}
