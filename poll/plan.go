package poll

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

// stored is what the plan needs to know of a day that was fetched before.
type stored struct {
	fetched time.Time
	first   time.Time // when it was first fetched; zero when that is not known
	open    bool      // WeChat may still change it
	rows    bool

	misread time.Time // when its last answer was asked for, if something in it could not be read
	again   time.Time // when it is asked for again, for that reason
}

// plan returns the requests that are due for an API, the newest days first, and
// when to plan again if none is made.
//
// A day is due when it was never fetched, when it is open and its pause is over, or
// when its figures grow and it was not fetched today. A request covers as many
// older days of the window as the span allows, so that corrections of the newest
// days arrive without further calls. Days of which something could not be read come
// last, first the one that was asked for longest ago: they may never become readable.
func plan(api collector.API, w Window, p Schedule, have map[calendar.Day]stored, now time.Time) (ask []wxclient.Request, next time.Time) {
	wanted := days(api, w, p.newest(now))
	next = p.nextStart(now)
	isComputed := computed(api, p, have, now)
	covered := calendar.Day(1<<31 - 1) // all from here on is in a request
	var misread []calendar.Day
	for _, d := range slices.Backward(wanted) {
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
		ask = append(ask, wxclient.Request{API: api.Name, Begin: covered, End: d, Later: d < wanted[len(wanted)-1]})
	}
	slices.SortStableFunc(misread, func(x, y calendar.Day) int { return have[x].misread.Compare(have[y].misread) })
	for _, d := range misread[:min(len(misread), 1)] {
		ask = append(ask, wxclient.Request{API: api.Name, Begin: begin(api, d, wanted[0]), End: d, Later: d < wanted[len(wanted)-1]})
	}
	return ask, next
}

// begin returns the first day of the request that ends with a day.
func begin(api collector.API, end, oldest calendar.Day) calendar.Day {
	if api.Kind == collector.Weekly || api.Kind == collector.Monthly {
		return end
	}
	return max(end-calendar.Day(api.Span)+1, oldest)
}

// due returns when day d is to be fetched: now or earlier for at once, zero for
// never again.
func due(api collector.API, p Schedule, d calendar.Day, h stored, computed bool, now time.Time) time.Time {
	switch {
	case !h.misread.IsZero():
		return h.again
	case h.fetched.IsZero():
		return now
	case h.fetched.After(now.Add(time.Minute)):
		// The clock was ahead when this was fetched, so its decisions do not
		// count, such as that an empty day is final.
		return now
	case api.Grows > 0 && h.rows:
		return dueGrowing(api, p, d, h, now)
	case h.open && computed:
		return h.fetched.Add(max(openPause(api, p, d, h), growthRetry))
	case h.open:
		return h.fetched.Add(openPause(api, p, d, h))
	}
	return time.Time{}
}

// computed reports whether WeChat has added the newest day to growing figures. If
// so, it has computed that day, and an empty one most likely had no articles.
func computed(api collector.API, p Schedule, have map[calendar.Day]stored, now time.Time) bool {
	newest := p.newest(now)
	for d, h := range have {
		grows := d <= newest && newest < d+calendar.Day(api.Grows)
		if grows && h.rows && !h.open && !h.fetched.Before(p.start(newest+1)) {
			return true
		}
	}
	return false
}

// dueGrowing returns when a day with growing figures is fetched again: once a day
// from the day's start on, until the last day of growth is there.
func dueGrowing(api collector.API, p Schedule, d calendar.Day, h stored, now time.Time) time.Time {
	last := p.start(d + calendar.Day(api.Grows))
	start := min(p.newest(now)+1, d+calendar.Day(api.Grows))
	if h.fetched.Before(p.start(start)) {
		return now
	}
	switch {
	case h.open && d == p.newest(now):
		return h.fetched.Add(openPause(api, p, d, h))
	case h.open:
		return h.fetched.Add(max(growthRetry, p.RetryInterval))
	case h.fetched.Before(last):
		return p.nextStart(now)
	}
	return time.Time{}
}

// openPause is how long to wait before an open day is fetched again: at first the
// configured interval, then a third of the time that the day has been open, up to
// two hours. It is open since it could first be there or was first fetched.
func openPause(api collector.API, p Schedule, d calendar.Day, h stored) time.Duration {
	since := p.start(ends(api, d) + 1)
	if h.first.After(since) {
		since = h.first
	}
	return max(p.RetryInterval, min(h.fetched.Sub(since)/3, slowest))
}

// newest returns the newest day that may be fetched at now.
func (p Schedule) newest(now time.Time) calendar.Day {
	today := calendar.DayOf(now)
	if now.Before(p.start(today)) {
		return today - 2
	}
	return today - 1
}

// start returns from when on day d the day before it is fetched.
func (p Schedule) start(d calendar.Day) time.Time { return d.Start().Add(p.NotBefore) }

// nextStart returns when the account's next day begins, its spread included.
func (p Schedule) nextStart(now time.Time) time.Time {
	today := calendar.DayOf(now)
	if t := p.start(today); now.Before(t) {
		return t.Add(p.Spread)
	}
	return p.start(today + 1).Add(p.Spread)
}

func earlier(t, u time.Time) time.Time {
	if u.Before(t) {
		return u
	}
	return t
}
