package web

import (
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// beijingTime writes a time in Beijing, without the day if that is today, or
// without the year if that is this year. The zero time is empty.
func beijingTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(calendar.Beijing), now.In(calendar.Beijing)
	switch {
	case calendar.DayOf(t) == calendar.DayOf(now):
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// rounded writes a duration with two digits or so.
func rounded(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
