package calendar

import (
	"fmt"
	"time"
)

// Period is for how long a figure counts. It is named by its first day.
type Period uint8

// The periods. The first half of a month ends on the 15th.
const (
	Daily Period = iota
	Weekly
	Monthly
	HalfMonthly
)

// span returns the first and the last day of the period that d lies in.
func (p Period) span(d Day) (first, last Day) {
	switch p {
	case Weekly:
		return d.Monday(), d.Monday() + 6
	case Monthly:
		return d.FirstOfMonth(), d.NextMonth() - 1
	case HalfMonthly:
		if middle := d.FirstOfMonth() + 15; d < middle {
			return d.FirstOfMonth(), middle - 1
		} else {
			return middle, d.NextMonth() - 1
		}
	default:
		return d, d
	}
}

// First returns the first day of the period that d lies in.
func (p Period) First(d Day) Day {
	first, _ := p.span(d)
	return first
}

// Last returns the last day of the period that d lies in.
func (p Period) Last(d Day) Day {
	_, last := p.span(d)
	return last
}

// Step returns the first day of the period that is n later than the one of d, or
// earlier if n is negative.
func (p Period) Step(d Day, n int) Day {
	if p == Daily {
		return d + Day(n)
	}
	for ; n > 0; n-- {
		d = p.Last(d) + 1
	}
	for ; n < 0; n++ {
		d = p.First(d) - 1
	}
	return p.First(d)
}

// Newest returns the first day of the newest period that has ended by the end of a day.
func (p Period) Newest(day Day) Day { return p.Step(day+1, -1) }

// Between returns the first days of the periods from the one of oldest to the one of
// newest.
func (p Period) Between(oldest, newest Day) (all []Day) {
	for d := p.First(oldest); d <= newest; d = p.Step(d, 1) {
		all = append(all, d)
	}
	return all
}

// Read reads a day as rows have it: 2026-11-20, 20261120, of a month 202611, of several
// days 20261116-20261122, which is the first one.
func Read(s string) (Day, error) {
	if len(s) == len("20261116-20261122") && s[8] == '-' {
		s = s[:8]
	}
	for _, layout := range []string{dayLayout, compactLayout, "200601"} {
		if t, err := time.ParseInLocation(layout, s, Beijing); err == nil {
			return DayOf(t), nil
		}
	}
	return 0, fmt.Errorf("%q is no day", s)
}

// Compact writes the day as 20261120.
func (d Day) Compact() string { return d.Start().Format(compactLayout) }
