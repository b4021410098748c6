package plan

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// growthRetry is the pause before a growing day without its newest figures is
// fetched again. It is long because the next day's request brings them anyway.
const growthRetry = 4 * time.Hour

// DayInfo is what the plan needs to know of a day that was fetched before.
type DayInfo struct {
	Fetched time.Time
	Open    bool // WeChat may still change it
	HasRows bool

	first   time.Time // when it was first fetched; zero when that is not known
	misread time.Time // when its last answer was asked for, if something in it could not be read
	again   time.Time // when it is asked for again, for that reason
}

// requests returns the requests that are due for an API, the newest days first, and
// when to plan again if none is made.
//
// A day is due when it was never fetched, when it is open and its pause is over, or
// when its figures grow and it was not fetched today. A request covers as many
// older days of the window as the span allows, so that corrections of the newest
// days arrive without further calls. Days of which something could not be read come
// last, first the one that was asked for longest ago: they may never become readable.
func requests(api collector.API, w Window, p Schedule, have map[calendar.Day]DayInfo, now time.Time) (asked []wxclient.Request, next time.Time) {
	p = p.Of(api)
	next = p.NextStart(now)
	wanted := Wanted(api, w, p, now)
	if len(wanted) == 0 {
		return nil, next
	}
	newest := wanted[len(wanted)-1]
	isComputed := computed(api, p, have, now)
	covered := calendar.Day(1<<31 - 1) // all from here on is in a request
	var misread []calendar.Day
	for _, d := range slices.Backward(append(growing(api, wanted[0], newest, p.SettleDays, have), wanted...)) {
		if waitsForNewest(api, have[d], have[newest]) {
			continue
		}
		at := due(api, p, d, have[d], isComputed, now)
		if at.After(now) {
			next = earlier(next, at)
			continue
		}
		if at.IsZero() || d >= covered {
			continue
		}
		if !have[d].misread.IsZero() {
			misread = append(misread, d)
			continue
		}
		covered = begin(api, d, wanted[0])
		asked = append(asked, ask(api, covered, d, d < newest))
	}
	slices.SortStableFunc(misread, func(x, y calendar.Day) int { return have[x].misread.Compare(have[y].misread) })
	for _, d := range misread[:min(len(misread), 1)] {
		asked = append(asked, ask(api, begin(api, d, wanted[0]), d, d < newest))
	}
	return asked, next
}

// begin returns the first day of the request that ends with a day.
func begin(api collector.API, end, oldest calendar.Day) calendar.Day {
	return max(api.Period.Step(end, 1-api.Span), min(oldest, end))
}

// due returns when day d is to be fetched: now or earlier for at once, zero for
// never again.
func due(api collector.API, p Schedule, d calendar.Day, h DayInfo, computed bool, now time.Time) time.Time {
	switch {
	case !h.misread.IsZero():
		return h.again
	case h.Fetched.IsZero():
		return now
	case h.Fetched.After(now.Add(time.Minute)):
		// The clock was ahead when this was fetched, so its decisions do not
		// count, such as that an empty day is final.
		return now
	case api.Daily:
		return daily(p, h, now)
	case len(api.Later) > 0 && h.HasRows:
		return dueLater(api, p, d, h, now)
	case api.Grows > 0 && h.HasRows:
		return dueGrowing(api, p, d, h, now)
	case h.Open && computed:
		return h.Fetched.Add(max(openPause(api, p, d, h), growthRetry))
	case h.Open:
		return h.Fetched.Add(openPause(api, p, d, h))
	}
	return time.Time{}
}

// computed reports whether WeChat has added the newest day to growing figures. If
// so, it has computed that day, and an empty one most likely had no articles.
func computed(api collector.API, p Schedule, have map[calendar.Day]DayInfo, now time.Time) bool {
	newest := p.Newest(now)
	for d, h := range have {
		grows := d <= newest && newest < d+calendar.Day(api.Grows)
		if grows && h.HasRows && !h.Open && !h.Fetched.Before(p.Start(newest+1)) {
			return true
		}
	}
	return false
}

// dueGrowing returns when a day with growing figures is fetched again: once a day
// from the day's start on, until the last day of growth is there.
func dueGrowing(api collector.API, p Schedule, d calendar.Day, h DayInfo, now time.Time) time.Time {
	last := p.Start(d + calendar.Day(api.Grows))
	start := min(p.Newest(now)+1, d+calendar.Day(api.Grows))
	if h.Fetched.Before(p.Start(start)) {
		return now
	}
	switch {
	case h.Open && d == p.Newest(now):
		return h.Fetched.Add(openPause(api, p, d, h))
	case h.Open:
		return h.Fetched.Add(max(growthRetry, p.RetryInterval))
	case h.Fetched.Before(last):
		return p.NextStart(now)
	}
	return time.Time{}
}

// openPause is how long to wait before an open day is fetched again: at first the
// configured interval, then a third of the time that the day has been open, up to
// two hours. It is open since it could first be there or was first fetched.
func openPause(api collector.API, p Schedule, d calendar.Day, h DayInfo) time.Duration {
	since := p.Start(api.Period.Last(d) + 1)
	if h.first.After(since) {
		since = h.first
	}
	retry := p.RetryInterval
	if api.Hour > 0 {
		retry *= 2 // what comes late in the day is late by hours
	}
	return max(retry, min(h.Fetched.Sub(since)/3, slowest))
}

func earlier(t, u time.Time) time.Time {
	if u.Before(t) {
		return u
	}
	return t
}
