package plan

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Window is what is exported, in days back from yesterday.
type Window struct {
	Daily, Hourly, Article int
	ArticlesPerDay         int // articles of a day and API, the most read first; 0 is no limit
	PagesPerDay            int // other things of a day and API, such as a mini program's pages, the largest first; 0 is no limit
}

// Limits are how many things of a day are shown.
func (w Window) Limits() collector.Limits {
	return collector.Limits{Articles: w.ArticlesPerDay, Pages: w.PagesPerDay}
}

// Schedule is when WeChat is called.
type Schedule struct {
	NotBefore     time.Duration // since 00:00 Beijing time; yesterday is fetched from then on
	ByAPI         bool          // but APIs with an hour of their own are fetched from that on
	RetryInterval time.Duration // for days that WeChat has not computed yet
	SettleDays    int           // an empty day is final after this many days
	Spread        time.Duration // how much later than NotBefore this account starts its day
}

// Of returns the schedule of an API.
func (p Schedule) Of(api collector.API) Schedule {
	if p.ByAPI && api.Hour > 0 {
		p.NotBefore = time.Duration(api.Hour) * time.Hour
	}
	return p
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

// settled reports whether at a time a day, or another period that ends on it, is past the
// days for which WeChat's figures are waited for.
func (p Schedule) settled(last calendar.Day, at time.Time) bool {
	return int(calendar.DayOf(at)-last) > p.SettleDays
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
	if w.length(api) == 0 {
		return nil
	}
	if api.Newest > 0 {
		return daysFrom(api, api.Period.Step(newest+1, -api.Newest), newest)
	}
	return daysFrom(api, newest-calendar.Day(w.length(api))+1, newest)
}

// daysFrom returns the dates that rows of the API may carry from a day on.
func daysFrom(api collector.API, oldest, newest calendar.Day) []calendar.Day {
	last := api.Period.Newest(newest)
	if api.Period != calendar.Daily {
		oldest = min(oldest, last)
	}
	all := api.Period.Between(oldest, last)
	for len(all) > 0 && all[0] < since(api) {
		all = all[1:]
	}
	return all
}

// Wanted returns those of the days of the window that can be asked for at now.
func Wanted(api collector.API, w Window, p Schedule, now time.Time) []calendar.Day {
	all := Days(api, w, p.Newest(now))
	if api.Yesterday {
		yesterday := calendar.DayOf(now) - 1
		return slices.DeleteFunc(all, func(d calendar.Day) bool { return d != yesterday })
	}
	return all
}

// NewestRequest returns the request for the newest day, week or month that an API can have
// figures of on a day.
func NewestRequest(api collector.API, today calendar.Day) wxclient.Request {
	newest := api.Period.Newest(today - 1)
	return ask(api, newest, newest, false)
}

// Exported returns the days that are exported on a day, oldest first, and the day
// from which the store is read. That is earlier for weeks and months: the one
// before the window is exported until there is one in the window.
func Exported(api collector.API, w Window, today calendar.Day) (from calendar.Day, all []calendar.Day) {
	all = Days(api, w, today-1)
	switch {
	case len(all) == 0:
		return 0, nil
	case api.Newest > 0:
		return min(all[0], today-calendar.Day(w.length(api))), all
	case api.Period != calendar.Daily:
		return api.Period.Step(all[0], -1), all
	}
	return all[0], all
}

// OldestNeeded returns the oldest day of an API that is still exported or fetched on
// a day. If it or a later one were deleted, it would be fetched again and again.
func OldestNeeded(api collector.API, w Window, settleDays int, today calendar.Day) calendar.Day {
	// Before NotBefore the newest day is not yesterday, and the window begins earlier.
	if from, all := Exported(api, w, today-1); len(all) > 0 {
		return min(from, growsFrom(api, today-2, settleDays))
	}
	return today
}
