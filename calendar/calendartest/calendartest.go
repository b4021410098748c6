// Package calendartest reads days and times for tests.
package calendartest

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// At reads a time such as 2026-11-20 08:00, or 08:00:30, in Beijing.
func At(t testing.TB, text string) time.Time {
	t.Helper()
	layout := "2006-01-02 15:04:05"
	at, err := time.ParseInLocation(layout[:min(len(text), len(layout))], text, calendar.Beijing)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Day reads a day such as 2026-11-20.
func Day(t testing.TB, text string) calendar.Day {
	t.Helper()
	d, err := calendar.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
