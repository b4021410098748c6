package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// written shows requests as 11-14..11-20 11-13..11-13.
func written(requests []wxclient.Request) string {
	var parts []string
	for _, r := range requests {
		parts = append(parts, fmt.Sprintf("%s..%s", r.Begin.String()[5:], r.End.String()[5:]))
	}
	return strings.Join(parts, " ")
}

// kept is what a store holds of an API, day by day: from and to, when it was
// fetched, and f (final), e (final, empty), o (open, empty), g (rows) or l
// (rows, lagging).
type kept struct{ from, to, fetched, kind string }

func (k kept) add(t testing.TB, have map[calendar.Day]DayInfo) {
	for d := calendartest.Day(t, k.from); d <= calendartest.Day(t, k.to); d++ {
		have[d] = DayInfo{
			Fetched: calendartest.At(t, k.fetched),
			Open:    k.kind == "o" || k.kind == "l",
			HasRows: k.kind == "f" || k.kind == "g" || k.kind == "l",
		}
	}
}

func TestPlan(t *testing.T) {
	var (
		ten     = Window{Daily: 10, Hourly: 2, Article: 7}
		usual   = Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3, Spread: 4 * time.Minute}
		weekly  = collector.API{Name: "a", Span: 7}
		hourly  = collector.API{Name: "a", Span: 1, Kind: collector.Hourly}
		weeks   = collector.API{Name: "a", Span: 1, Period: calendar.Weekly}
		months  = collector.API{Name: "a", Span: 1, Period: calendar.Monthly}
		month   = collector.API{Name: "a", Span: 30, Since: "2026-11-17"}
		growing = collector.API{Name: "a", Span: 1, Kind: collector.Article, Grows: 7}
	)
	for _, c := range []struct {
		name string
		api  collector.API
		now  string
		have []kept
		ask  string
		next string
	}{
		{"first start", weekly, "2026-11-21 09:00", nil, "11-14..11-20 11-11..11-13", "2026-11-22 08:04"},
		{"first start before eight", weekly, "2026-11-21 07:59", nil, "11-13..11-19 11-10..11-12", "2026-11-21 08:04"},
		{"first start at eight", weekly, "2026-11-21 08:00", nil, "11-14..11-20 11-11..11-13", "2026-11-22 08:04"},
		{"first start just after midnight", weekly, "2026-11-21 00:00", nil, "11-13..11-19 11-10..11-12", "2026-11-21 08:04"},
		{"first start over a border of years", weekly, "2027-01-03 10:00", nil, "12-27..01-02 12-24..12-26", "2027-01-04 08:04"},
		{"a day later", weekly, "2026-11-21 08:04", []kept{{"2026-11-10", "2026-11-19", "2026-11-20 08:04", "f"}}, "11-14..11-20", "2026-11-22 08:04"},
		{"the same day", weekly, "2026-11-21 12:00", []kept{{"2026-11-11", "2026-11-20", "2026-11-21 08:04", "f"}}, "", "2026-11-22 08:04"},
		{"interrupted fill", weekly, "2026-11-21 09:00", []kept{{"2026-11-14", "2026-11-20", "2026-11-21 08:59", "f"}}, "11-11..11-13", "2026-11-22 08:04"},
		{"a hole", weekly, "2026-11-21 09:00", []kept{{"2026-11-11", "2026-11-12", "2026-11-21 08:59", "f"}, {"2026-11-14", "2026-11-20", "2026-11-21 08:59", "f"}}, "11-11..11-13", "2026-11-22 08:04"},
		{"open, its pause not over", weekly, "2026-11-21 08:30", []kept{{"2026-11-10", "2026-11-19", "2026-11-20 08:04", "f"}, {"2026-11-20", "2026-11-20", "2026-11-21 08:04", "o"}}, "", "2026-11-21 08:34"},
		{"open, its pause over", weekly, "2026-11-21 08:34", []kept{{"2026-11-10", "2026-11-19", "2026-11-20 08:04", "f"}, {"2026-11-20", "2026-11-20", "2026-11-21 08:04", "o"}}, "11-14..11-20", "2026-11-22 08:04"},
		{"open for four hours: every eighty minutes", weekly, "2026-11-21 12:59", []kept{{"2026-11-10", "2026-11-19", "2026-11-20 08:04", "f"}, {"2026-11-20", "2026-11-20", "2026-11-21 12:00", "o"}}, "", "2026-11-21 13:20"},
		{"open for a day: every two hours", weekly, "2026-11-22 09:00", []kept{{"2026-11-12", "2026-11-19", "2026-11-20 08:04", "f"}, {"2026-11-20", "2026-11-21", "2026-11-22 08:30", "o"}}, "11-15..11-21", "2026-11-22 10:30"},
		{"final and empty", weekly, "2026-11-21 09:00", []kept{{"2026-11-11", "2026-11-20", "2026-11-21 08:04", "e"}}, "", "2026-11-22 08:04"},
		{"fetched by a clock that was ahead", weekly, "2026-11-21 09:00", []kept{{"2026-11-11", "2026-11-20", "2026-11-23 08:04", "e"}}, "11-14..11-20 11-11..11-13", "2026-11-22 08:04"},
		{"hours: a request a day, the newest first", hourly, "2026-11-21 09:00", nil, "11-20..11-20 11-19..11-19", "2026-11-22 08:04"},
		{"nothing before the API's first day", month, "2026-11-21 09:00", nil, "11-17..11-20", "2026-11-22 08:04"},
		{"weeks: on Monday after eight the week before", weeks, "2026-11-23 08:00", nil, "11-16..11-16 11-09..11-09", "2026-11-24 08:04"},
		{"weeks: on Monday before eight not yet", weeks, "2026-11-23 07:00", nil, "11-09..11-09", "2026-11-23 08:04"},
		{"weeks: on Sunday the running one is not over", weeks, "2026-11-22 12:00", nil, "11-09..11-09", "2026-11-23 08:04"},
		{"months: the newest one, although it ended before the window", months, "2026-11-21 09:00", nil, "10-01..10-01", "2026-11-22 08:04"},
		{"months: over a border of years", months, "2027-01-01 08:00", nil, "12-01..12-01", "2027-01-02 08:04"},
		{"months: on the 1st before eight", months, "2027-01-01 07:00", nil, "11-01..11-01", "2027-01-01 08:04"},
		{"growing: every day of articles once a day", growing, "2026-11-21 08:04", []kept{{"2026-11-14", "2026-11-15", "2026-11-20 08:04", "g"}, {"2026-11-16", "2026-11-19", "2026-11-20 08:04", "e"}}, "11-20..11-20 11-15..11-15 11-14..11-14", "2026-11-22 08:04"},
		{"growing: not twice a day", growing, "2026-11-21 12:00", []kept{{"2026-11-14", "2026-11-20", "2026-11-21 08:04", "g"}}, "", "2026-11-22 08:04"},
		{"growing: fetched at night, asked again at eight", growing, "2026-11-21 08:04", []kept{{"2026-11-14", "2026-11-19", "2026-11-21 03:00", "g"}, {"2026-11-20", "2026-11-20", "2026-11-21 08:03", "g"}}, "11-19..11-19 11-18..11-18 11-17..11-17 11-16..11-16 11-15..11-15 11-14..11-14", "2026-11-22 08:04"},
		{"growing: what lags is asked again after four hours", growing, "2026-11-21 12:04", []kept{{"2026-11-14", "2026-11-18", "2026-11-21 08:04", "g"}, {"2026-11-19", "2026-11-19", "2026-11-21 08:04", "l"}, {"2026-11-20", "2026-11-20", "2026-11-21 12:00", "l"}}, "11-19..11-19", "2026-11-21 13:20"},
		{"growing: an empty day after WeChat has computed it", growing, "2026-11-21 11:00", []kept{{"2026-11-14", "2026-11-19", "2026-11-21 08:04", "g"}, {"2026-11-20", "2026-11-20", "2026-11-21 08:04", "o"}}, "", "2026-11-21 12:04"},
		{"growing: an empty day before it has", growing, "2026-11-21 08:34", []kept{{"2026-11-14", "2026-11-19", "2026-11-21 08:04", "l"}, {"2026-11-20", "2026-11-20", "2026-11-21 08:04", "o"}}, "11-20..11-20", "2026-11-21 12:04"},
	} {
		t.Run(c.name, func(t *testing.T) {
			have := map[calendar.Day]DayInfo{}
			for _, k := range c.have {
				k.add(t, have)
			}
			ask, next := requests(c.api, ten, usual, have, calendartest.At(t, c.now))
			if got := written(ask); got != c.ask {
				t.Errorf("asks %q, want %q", got, c.ask)
			}
			if want := calendartest.At(t, c.next); !next.Equal(want) {
				t.Errorf("next at %s, want %s", next.In(calendar.Beijing), want)
			}
			// The host's zone changes nothing.
			for _, zone := range []int{-12, -5, 0, 14} {
				elsewhere := calendartest.At(t, c.now).In(time.FixedZone("elsewhere", zone*3600))
				if again, _ := requests(c.api, ten, usual, have, elsewhere); written(again) != written(ask) {
					t.Errorf("in UTC%+d it asks %q", zone, written(again))
				}
			}
		})
	}
}

// TestPlanOfWhatCouldNotBeRead: days of which something could not be read come after
// all others, when their pause is over, and first the one that has waited longest.
func TestPlanOfWhatCouldNotBeRead(t *testing.T) {
	hourly := collector.API{Name: "a", Span: 1, Kind: collector.Hourly}
	daily := collector.API{Name: "a", Span: 7}
	p := Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3, Spread: 4 * time.Minute}
	for _, c := range []struct {
		name    string
		api     collector.API
		misread map[string]string // days, and when they were asked for on the 21st
		have    []kept
		again   string // on the 21st
		ask     string
		next    string
	}{
		{"other days first", hourly, map[string]string{"2026-11-20": "08:04"}, nil, "09:00", "11-19..11-19 11-18..11-18 11-20..11-20", "2026-11-22 08:04"},
		{"not before the pause is over", hourly, map[string]string{"2026-11-20": "08:04"}, []kept{{"2026-11-18", "2026-11-19", "2026-11-21 08:04", "f"}}, "09:10", "", "2026-11-21 09:10"},
		{"the one that has waited longest", hourly, map[string]string{"2026-11-20": "08:44", "2026-11-19": "08:04", "2026-11-18": "08:05"}, nil, "09:00", "11-19..11-19", "2026-11-22 08:04"},
		{"also if it is stored and open", hourly, map[string]string{"2026-11-20": "08:59"}, []kept{{"2026-11-18", "2026-11-19", "2026-11-21 08:04", "f"}, {"2026-11-20", "2026-11-20", "2026-11-21 08:59", "o"}}, "09:00", "11-20..11-20", "2026-11-22 08:04"},
		{"with the older days that come along", daily, map[string]string{"2026-11-20": "08:04", "2026-11-19": "08:04"}, []kept{{"2026-11-18", "2026-11-18", "2026-11-21 08:04", "f"}}, "09:00", "11-18..11-20", "2026-11-22 08:04"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Misreading{RetryAt: calendartest.At(t, "2026-11-21 "+c.again), Days: map[calendar.Day]time.Time{}}
			for d, at := range c.misread {
				m.Days[calendartest.Day(t, d)] = calendartest.At(t, "2026-11-21 "+at)
			}
			have := map[calendar.Day]DayInfo{}
			for _, k := range c.have {
				k.add(t, have)
			}
			have = APIState{Misread: m}.days(have)
			ask, next := requests(c.api, Window{Daily: 3, Hourly: 3, Article: 3}, p, have, calendartest.At(t, "2026-11-21 09:00"))
			if got := written(ask); got != c.ask {
				t.Errorf("asks %q, want %q", got, c.ask)
			}
			if want := calendartest.At(t, c.next); !next.Equal(want) {
				t.Errorf("next at %s, want %s", next.In(calendar.Beijing), want)
			}
		})
	}
}

// TestPlanGrowthEnds follows a day of articles until nobody asks for it any more.
func TestPlanGrowthEnds(t *testing.T) {
	api := collector.API{Name: "a", Span: 1, Kind: collector.Article, Grows: 7}
	p := Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3}
	have := map[calendar.Day]DayInfo{}
	sent := calendartest.Day(t, "2026-11-02")
	asked := 0
	for now := calendartest.At(t, "2026-11-03 00:00"); now.Before(calendartest.At(t, "2026-11-30 00:00")); now = now.Add(10 * time.Minute) {
		requests, _ := requests(api, Window{Article: 30}, p, have, now)
		for _, r := range requests {
			have[r.Begin] = DayInfo{Fetched: now, HasRows: r.Begin == sent}
			if r.Begin == sent {
				asked++
			}
		}
	}
	if asked != 7 {
		t.Errorf("a day of articles was asked for %d times, want once for each of its 7 stat_dates", asked)
	}
}

// TestPlanSlowsDown: the pause grows with the time for which a day has been
// asked for in vain, not with the hour at which it was asked for first.
func TestPlanSlowsDown(t *testing.T) {
	api := collector.API{Name: "a", Span: 1}
	p := Schedule{NotBefore: 8 * time.Hour, RetryInterval: time.Second, SettleDays: 3}
	first := calendartest.At(t, "2026-11-21 20:00")
	var asked []time.Duration
	have := map[calendar.Day]DayInfo{}
	for now := first; now.Before(first.Add(24 * time.Hour)); {
		ask, next := requests(api, Window{Daily: 1}, p, have, now)
		if len(ask) == 1 && ask[0].End == calendartest.Day(t, "2026-11-20") {
			asked = append(asked, now.Sub(first))
			have[ask[0].End] = DayInfo{Fetched: now, first: first, Open: true}
			continue
		}
		now = next
	}
	for i := range asked[1:] {
		want := max(time.Second, min(asked[i]/3, 2*time.Hour))
		if pause := asked[i+1] - asked[i]; pause != want {
			t.Errorf("%v after it began it pauses for %v, want %v", asked[i], pause, want)
		}
	}
	if asked[0] != 0 || len(asked) < 10 {
		t.Errorf("asks after %v", asked)
	}
}

// TestNothingAskedIsDeleted: a retention as short as the longest window deletes
// nothing that would be asked for again, at any hour.
func TestNothingAskedIsDeleted(t *testing.T) {
	p := Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3}
	families := collector.Families()
	for _, w := range []Window{{Daily: 30, Hourly: 2, Article: 7}, {Daily: 30, Hourly: 2, Article: 90}, {Daily: 1, Hourly: 60, Article: 1}, {Daily: 1, Hourly: 1, Article: 1}} {
		for now := calendartest.At(t, "2026-10-25 03:00"); now.Before(calendartest.At(t, "2027-03-10 00:00")); now = now.Add(11 * time.Hour) {
			for _, f := range families {
				for _, api := range f.APIs {
					oldest := OldestNeeded(api, w, p.SettleDays, calendar.DayOf(now))
					requests, _ := requests(api, w, p, nil, now)
					for _, r := range requests {
						if r.Begin < oldest {
							t.Fatalf("%+v: at %s %s of %s is asked for, but all before %s is deleted", w, now, api.Name, r.Begin, oldest)
						}
					}
				}
			}
		}
	}
}

// TestOldestNeeded: no API is needed for longer than its own window; a week or a
// month before it stays until there is one in the window.
func TestOldestNeeded(t *testing.T) {
	w := Window{Daily: 30, Hourly: 2, Article: 7}
	today, err := calendar.ParseDay("2026-11-29")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		api  collector.API
		want string
	}{
		{collector.API{}, "2026-10-29"}, {collector.API{Kind: collector.Hourly}, "2026-11-26"}, {collector.API{Kind: collector.Article}, "2026-11-21"},
		{collector.API{Period: calendar.Weekly}, "2026-10-19"}, {collector.API{Period: calendar.Monthly}, "2026-09-01"},
	} {
		if got := OldestNeeded(c.api, w, 3, today).String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.api.Period, got, c.want)
		}
	}
	if got := OldestNeeded(collector.API{Kind: collector.Daily, Since: "2026-12-01"}, w, 3, today); got != today {
		t.Errorf("an API without data so far: %s", got)
	}
}
