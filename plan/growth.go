package plan

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
)

// grows reports whether what is known of a day of the API can change after it is there.
func grows(api collector.API) bool {
	return api.Grows > 0 || len(api.Later) > 0 || api.Daily
}

// growsFrom returns the oldest day about which an answer can still grow when newest is
// the newest day, or about which its last growth is waited for.
func growsFrom(api collector.API, newest calendar.Day, settleDays int) calendar.Day {
	if len(api.Later) == 0 {
		return newest
	}
	return api.Period.Step(api.Period.Newest(newest-calendar.Day(settleDays)), -slices.Max(api.Later))
}

// grown returns by how many periods the answer about the one that begins on d should have
// grown when newest is the newest day, and the last day of the last of them; 0 when it has
// not yet.
func grown(api collector.API, d, newest calendar.Day) (by int, last calendar.Day) {
	for _, n := range api.Later {
		if end := api.Period.Last(api.Period.Step(d, n)); end <= newest && n > by {
			by, last = n, end
		}
	}
	return by, last
}

// behind reports whether an answer about d, which has grown by some periods, lacks what it
// should have, and waits for it.
func behind(api collector.API, d calendar.Day, has int, p Schedule, now time.Time) bool {
	by, last := grown(api, d, p.Newest(now))
	return has < by && !p.settled(last, now)
}

// dueLater returns when an answer that grows on some days is asked for again: once when it
// should have grown, and daily while it is behind.
func dueLater(api collector.API, p Schedule, d calendar.Day, h DayInfo, now time.Time) time.Time {
	by, last := grown(api, d, p.Newest(now))
	switch {
	case by == 0:
		return time.Time{}
	case h.Fetched.Before(p.Start(last + 1)):
		return now
	case h.Open:
		return daily(p, h, now)
	}
	return time.Time{}
}

// daily returns when what is asked for once a day is asked for again.
func daily(p Schedule, h DayInfo, now time.Time) time.Time {
	if h.Fetched.Before(p.Start(p.Newest(now) + 1)) {
		return now
	}
	return p.NextStart(now)
}

// growing returns the days before the window about which the answer can still grow, oldest
// first.
func growing(api collector.API, oldest, newest calendar.Day, settleDays int, have map[calendar.Day]DayInfo) (all []calendar.Day) {
	if len(api.Later) == 0 {
		return nil
	}
	for _, d := range api.Period.Between(growsFrom(api, newest, settleDays), oldest-1) {
		if have[d].HasRows {
			all = append(all, d)
		}
	}
	return all
}

// waitsForNewest reports whether a day of which the answer grows is not asked for yet,
// because the newest day is not there: what WeChat lacks for one it lacks for the other.
func waitsForNewest(api collector.API, day, newest DayInfo) bool {
	return len(api.Later) > 0 && day.HasRows && !isThere(newest)
}

// isThere reports whether WeChat has answered about a day.
func isThere(h DayInfo) bool { return h.HasRows || !h.Fetched.IsZero() && !h.Open }
