// Package calendar has the days by which WeChat counts. It is the one place for the zone,
// the way days are written, and the periods that a figure can stand for.
package calendar

import (
	"fmt"
	"time"
)

// Beijing is the time zone of WeChat's days: UTC+8 without daylight saving. It
// depends on neither the host's zone nor its time zone database.
var Beijing = time.FixedZone("UTC+8", beijingOffset)

const (
	dayLayout     = "2006-01-02"
	compactLayout = "20060102"
	beijingOffset = 8 * 60 * 60
	secondsPerDay = 24 * 60 * 60
)

// Day is a calendar day in Beijing, counted from 1970-01-01. Days compare and add as
// integers.
type Day int32

// FirstDay is the oldest day that the statistics APIs answer for.
const FirstDay Day = 16405 // 2014-12-01

// DayOf returns the Beijing day of t, which is not before 1970.
func DayOf(t time.Time) Day {
	return Day((t.Unix() + beijingOffset) / secondsPerDay)
}

// ClockUnset reports whether a clock cannot be right: that of a host without a battery
// begins at 1970.
func ClockUnset(now time.Time) bool { return DayOf(now) <= FirstDay }

// ParseDay reads a day as WeChat writes it, YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.ParseInLocation(dayLayout, s, Beijing)
	if err != nil {
		return 0, fmt.Errorf("day %q is not of the form YYYY-MM-DD", s)
	}
	return DayOf(t), nil
}

// Start returns 00:00 Beijing time of the day.
func (d Day) Start() time.Time {
	return time.Unix(int64(d)*secondsPerDay-beijingOffset, 0).In(Beijing)
}

// String writes the day as WeChat does, YYYY-MM-DD.
func (d Day) String() string { return d.Start().Format(dayLayout) }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.Start().Weekday() }

// Monday returns the first day of d's week; WeChat's weeks begin on Monday.
func (d Day) Monday() Day { return d - Day((d.Weekday()+6)%7) }

// FirstOfMonth returns the first day of d's month.
func (d Day) FirstOfMonth() Day { return d - Day(d.Start().Day()-1) }

// NextMonth returns the first day of the month after the one of d.
func (d Day) NextMonth() Day { return (d.FirstOfMonth() + 31).FirstOfMonth() }
