package collector

import (
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// Spec is how an API is asked: all that the plan of what to ask depends on.
type Spec struct {
	Name  string       // the API as WeChat writes it, e.g. getusersummary
	Span  int          // days that one request may cover, begin and end included
	Kind  Kind         // which window of the configuration bounds its days
	Since wxclient.Day // the first day that WeChat has data for; 0 is wxclient.FirstDay

	// Grows is for how many days, its own included, the figures of a row's day
	// still grow, so that the day is asked again daily; 0 is not at all.
	Grows int
}

// Kind tells which days of an API are wanted.
type Kind uint8

// The kinds of days.
const (
	Daily   Kind = iota // a row stands for a day; the window "daily"
	Hourly              // a row stands for an hour of a day; the window "hourly"
	Article             // a row stands for an article on a day; the window "article"
	Weekly              // a row stands for a week and is dated its Monday
	Monthly             // a row stands for a month and is dated the 1st
)

// Window is what is exported, in days back from yesterday.
type Window struct {
	Daily, Hourly, Article int
	ArticlesPerDay         int // articles of a day and API, the most read first; 0 is no limit
}

// Poll is when WeChat is asked.
type Poll struct {
	NotBefore     time.Duration // since 00:00 Beijing time; yesterday is asked for from then on
	RetryInterval time.Duration // for days that WeChat has not computed yet
	SettleDays    int           // an empty day is final after this many days
	Spread        time.Duration // how much later than NotBefore this account starts its day
}

func (s Spec) since() wxclient.Day { return max(s.Since, wxclient.FirstDay) }

// length is how many days the window of the spec's kind has.
func (s Spec) length(w Window) int {
	switch s.Kind {
	case Hourly:
		return w.Hourly
	case Article:
		return w.Article
	default:
		return w.Daily
	}
}

// days returns the dates that rows of the API may carry when newest is the
// newest day that counts, oldest first: the days of the window, or the weeks
// and months whose last day lies in it and at least the newest complete one.
func (s Spec) days(w Window, newest wxclient.Day) []wxclient.Day {
	oldest := newest - wxclient.Day(s.length(w)) + 1
	var days []wxclient.Day
	switch s.Kind {
	case Weekly:
		last := (newest - 6).Monday()
		for d := min(oldest.Monday(), last); d <= last; d += 7 {
			days = append(days, d)
		}
	case Monthly:
		last := (newest + 1).FirstOfMonth() - 1
		last = last.FirstOfMonth()
		for d := min(oldest.FirstOfMonth(), last); d <= last; d = d.NextMonth() {
			days = append(days, d)
		}
	default:
		for d := oldest; d <= newest; d++ {
			days = append(days, d)
		}
	}
	for len(days) > 0 && days[0] < s.since() {
		days = days[1:]
	}
	return days
}

// ends returns the last day that a row dated d speaks of.
func (s Spec) ends(d wxclient.Day) wxclient.Day {
	switch s.Kind {
	case Weekly:
		return d + 6
	case Monthly:
		return d.NextMonth() - 1
	default:
		return d
	}
}

// OldestNeeded returns the oldest day that any row on the pages may be dated
// on a day, or that is still asked for then: the month before the oldest one of
// the window, at the latest. What is deleted from here on would be asked for
// again and again.
func OldestNeeded(w Window, today wxclient.Day) wxclient.Day {
	oldest := today
	if months := (Spec{Kind: Monthly}).days(w, today-1); len(months) > 0 {
		oldest = (months[0] - 1).FirstOfMonth()
	}
	for _, n := range []int{w.Daily, w.Hourly, w.Article} {
		oldest = min(oldest, today-wxclient.Day(n)-1) // before NotBefore the newest day is not yesterday
	}
	return oldest
}
