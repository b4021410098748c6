package poll

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// growthRetry is the pause before a growing day that lacks its newest figures
// is asked again: the next day's question brings them anyway.
const growthRetry = 4 * time.Hour

// stored is what the plan needs to know of a day that was asked for before.
type stored struct {
	fetched time.Time
	first   time.Time // when it was first asked for; zero when that is not known
	open    bool      // WeChat may still change it
	rows    bool
}

// plan returns what to ask of an API now, the newest days first, and when the
// answer of plan changes if nothing is asked.
//
// A day is asked for when it was never asked for, when it is open and its
// pause is over, or when its figures grow and a day's worth is new. A request
// covers as many older days of the window as the span allows, so corrections
// of the newest days arrive at no cost.
func plan(api collector.API, w Window, p Schedule, have map[wxclient.Day]stored, now time.Time) (ask []wxclient.Request, next time.Time) {
	wanted := days(api, w, p.newest(now))
	next = p.nextStart(now)
	isComputed := computed(api, p, have, now)
	covered := wxclient.Day(1<<31 - 1) // all from here on is in a request
	for _, d := range slices.Backward(wanted) {
		at := due(api, p, d, have[d], isComputed, now)
		if at.After(now) {
			next = earlier(next, at)
			continue
		}
		if at.IsZero() || d >= covered {
			continue
		}
		covered = d
		if api.Kind != collector.Weekly && api.Kind != collector.Monthly {
			covered = max(d-wxclient.Day(api.Span)+1, wanted[0])
		}
		ask = append(ask, wxclient.Request{API: api.Name, Begin: covered, End: d, Later: d < wanted[len(wanted)-1]})
	}
	return ask, next
}

// due returns when day d is to be asked for: a time that is not after now for
// at once, the zero time for never again.
func due(api collector.API, p Schedule, d wxclient.Day, h stored, computed bool, now time.Time) time.Time {
	switch {
	case h.fetched.IsZero():
		return now
	case h.fetched.After(now.Add(time.Minute)):
		// The clock was ahead when this was fetched, so what it decided then,
		// above all that an empty day is final, counts for nothing.
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

// computed reports whether WeChat has added the newest day to figures that
// grow. Then it has computed that day, so that a day without rows most likely
// had no articles.
func computed(api collector.API, p Schedule, have map[wxclient.Day]stored, now time.Time) bool {
	newest := p.newest(now)
	for d, h := range have {
		grows := d <= newest && newest < d+wxclient.Day(api.Grows)
		if grows && h.rows && !h.open && !h.fetched.Before(p.start(newest+1)) {
			return true
		}
	}
	return false
}

// dueGrowing returns when a day whose figures grow is asked again: once a day
// from the day's start on, until the last day of growth is in.
func dueGrowing(api collector.API, p Schedule, d wxclient.Day, h stored, now time.Time) time.Time {
	last := p.start(d + wxclient.Day(api.Grows))
	start := min(p.newest(now)+1, d+wxclient.Day(api.Grows))
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

// openPause is how long to wait before an open day is asked for again: the
// configured interval, and longer the longer this goes on, up to two hours. It
// goes on since the day could first be there, or since it was first asked for.
func openPause(api collector.API, p Schedule, d wxclient.Day, h stored) time.Duration {
	since := p.start(ends(api, d) + 1)
	if h.first.After(since) {
		since = h.first
	}
	return max(p.RetryInterval, min(h.fetched.Sub(since)/3, slowest))
}

// newest returns the newest day that may be asked for at now.
func (p Schedule) newest(now time.Time) wxclient.Day {
	today := wxclient.DayOf(now)
	if now.Before(p.start(today)) {
		return today - 2
	}
	return today - 1
}

// start returns when on day d the day before it is asked for.
func (p Schedule) start(d wxclient.Day) time.Time { return d.Start().Add(p.NotBefore) }

// nextStart returns when the account's next day begins, its spread included.
func (p Schedule) nextStart(now time.Time) time.Time {
	today := wxclient.DayOf(now)
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
