package web

import (
	"regexp"
	"strconv"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// clock writes a time in Beijing as shortly as its distance to now allows, and
// no time as nothing.
func clock(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(wxclient.Beijing), now.In(wxclient.Beijing)
	switch {
	case wxclient.DayOf(t) == wxclient.DayOf(now):
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// took writes how long something took, with two digits or so.
func took(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// plural writes a number of things.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

// apiWords are the words that WeChat's names of APIs consist of, the longer
// ones first.
var apiWords = regexp.MustCompile(`get|upstream|interface|cumulate|summary|article|detail|share|total|month|user|read|hour|week|dist|biz|msg|.+?`)

// broken takes the name of an API apart where a line may end in it.
func broken(api string) []string { return apiWords.FindAllString(api, -1) }
