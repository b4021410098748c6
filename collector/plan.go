package collector

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// slowest is the longest pause between two questions for a day that WeChat
// has not computed yet.
const slowest = 2 * time.Hour

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
func plan(s Spec, w Window, p Poll, have map[wxclient.Day]stored, now time.Time) (ask []wxclient.Request, next time.Time) {
	days := s.days(w, p.newest(now))
	next = p.nextStart(now)
	computed := s.computed(p, have, now)
	covered := wxclient.Day(1<<31 - 1) // all from here on is in a request
	for _, d := range slices.Backward(days) {
		due := s.due(p, d, have[d], computed, now)
		if due.After(now) {
			if due.Before(next) {
				next = due
			}
			continue
		}
		if due.IsZero() || d >= covered {
			continue
		}
		covered = d
		if s.Kind != Weekly && s.Kind != Monthly {
			covered = max(d-wxclient.Day(s.Span)+1, days[0])
		}
		ask = append(ask, wxclient.Request{API: s.Name, Begin: covered, End: d})
	}
	return ask, next
}

// due returns when day d is to be asked for: a time that is not after now for
// at once, the zero time for never again.
func (s Spec) due(p Poll, d wxclient.Day, h stored, computed bool, now time.Time) time.Time {
	switch {
	case h.fetched.IsZero():
		return now
	case h.fetched.After(now.Add(time.Minute)):
		// The clock was ahead when this was fetched, so what it decided then,
		// above all that an empty day is final, counts for nothing.
		return now
	case s.Grows > 0 && h.rows:
		return s.dueGrowing(p, d, h, now)
	case h.open && computed:
		return h.fetched.Add(max(s.openPause(p, d, h), growthRetry))
	case h.open:
		return h.fetched.Add(s.openPause(p, d, h))
	}
	return time.Time{}
}

// computed reports whether WeChat has added the newest day to figures that
// grow. Then it has computed that day, so that a day without rows most likely
// had no articles.
func (s Spec) computed(p Poll, have map[wxclient.Day]stored, now time.Time) bool {
	newest := p.newest(now)
	for d, h := range have {
		grows := d <= newest && newest < d+wxclient.Day(s.Grows)
		if grows && h.rows && !h.open && !h.fetched.Before(p.start(newest+1)) {
			return true
		}
	}
	return false
}

// dueGrowing returns when a day whose figures grow is asked again: once a day
// from the day's start on, until the last day of growth is in.
func (s Spec) dueGrowing(p Poll, d wxclient.Day, h stored, now time.Time) time.Time {
	last := p.start(d + wxclient.Day(s.Grows))
	start := min(p.newest(now)+1, d+wxclient.Day(s.Grows))
	if h.fetched.Before(p.start(start)) {
		return now
	}
	switch {
	case h.open && d == p.newest(now):
		return h.fetched.Add(s.openPause(p, d, h))
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
func (s Spec) openPause(p Poll, d wxclient.Day, h stored) time.Duration {
	since := p.start(s.ends(d) + 1)
	if h.first.After(since) {
		since = h.first
	}
	return max(p.RetryInterval, min(h.fetched.Sub(since)/3, slowest))
}

// newest returns the newest day that may be asked for at now.
func (p Poll) newest(now time.Time) wxclient.Day {
	today := wxclient.DayOf(now)
	if now.Before(p.start(today)) {
		return today - 2
	}
	return today - 1
}

// start returns when on day d the day before it is asked for.
func (p Poll) start(d wxclient.Day) time.Time { return d.Start().Add(p.NotBefore) }

// nextStart returns when the account's next day begins, its spread included.
func (p Poll) nextStart(now time.Time) time.Time {
	today := wxclient.DayOf(now)
	if t := p.start(today); now.Before(t) {
		return t.Add(p.Spread)
	}
	return p.start(today + 1).Add(p.Spread)
}
