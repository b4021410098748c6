package plan

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

func TestFill(t *testing.T) {
	var (
		w       = Window{Daily: 3, Hourly: 2}
		p       = Schedule{NotBefore: 8 * time.Hour}
		weekly  = collector.API{Name: "a", Span: 7}
		hourly  = collector.API{Name: "a", Span: 1, Kind: collector.Hourly}
		weeks   = collector.API{Name: "a", Span: 1, Period: calendar.Weekly}
		months  = collector.API{Name: "a", Span: 1, Period: calendar.Monthly}
		since   = collector.API{Name: "a", Span: 7, Since: "2026-11-10"}
		article = collector.API{Name: "a", Span: 1, Kind: collector.Article}
		later   = collector.API{Name: "a", Span: 1, Later: []int{1, 30}}
	)
	for _, c := range []struct {
		name     string
		api      collector.API
		since    string
		keep     int
		from     string
		have     []kept
		ask      string
		missing  int
		requests int
	}{
		{"nothing is wanted", weekly, "", 0, "", nil, "", 0, 0},
		{"the newest before the window", weekly, "2026-11-01", 0, "", []kept{{"2026-11-18", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-11..11-17", 17, 3},
		{"the window itself is the plan's", weekly, "2026-11-18", 0, "", nil, "", 3, 0},
		{"a hole", weekly, "2026-11-01", 0, "", []kept{{"2026-11-01", "2026-11-04", "2026-11-21 08:04", "e"}, {"2026-11-06", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-01..11-05", 1, 1},
		{"the last ones", weekly, "2026-11-01", 0, "", []kept{{"2026-11-03", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-01..11-02", 2, 1},
		{"done", weekly, "2026-11-01", 0, "", []kept{{"2026-11-01", "2026-11-20", "2026-11-21 08:04", "f"}}, "", 0, 0},
		{"open since yesterday", weekly, "2026-11-01", 0, "", []kept{{"2026-11-01", "2026-11-09", "2026-11-21 08:04", "f"}, {"2026-11-10", "2026-11-10", "2026-11-20 08:04", "o"}, {"2026-11-11", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-04..11-10", 1, 1},
		{"open since today", weekly, "2026-11-01", 0, "", []kept{{"2026-11-01", "2026-11-09", "2026-11-21 08:04", "f"}, {"2026-11-10", "2026-11-10", "2026-11-21 08:04", "o"}, {"2026-11-11", "2026-11-20", "2026-11-21 08:04", "f"}}, "", 0, 0},
		{"not what would be deleted", weekly, "2026-11-01", 10, "", []kept{{"2026-11-18", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-11..11-17", 7, 1},
		{"not what WeChat refused", weekly, "2026-11-01", 0, "2026-11-13", []kept{{"2026-11-18", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-13..11-17", 5, 1},
		{"the API's first day", since, "2026-11-01", 0, "", []kept{{"2026-11-18", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-11..11-17", 8, 2},
		{"WeChat's first day", weekly, "1999-01-01", 0, "", []kept{{"2014-12-05", "2026-11-20", "2026-11-21 08:04", "f"}}, "12-01..12-04", 4, 1},
		{"hours", hourly, "2026-11-15", 0, "", []kept{{"2026-11-19", "2026-11-20", "2026-11-21 08:04", "f"}}, "11-18..11-18", 4, 4},
		{"weeks", weeks, "2026-10-07", 0, "", []kept{{"2026-11-09", "2026-11-09", "2026-11-21 08:04", "f"}}, "11-02..11-02", 4, 4},
		{"months", months, "2026-07-02", 0, "", []kept{{"2026-10-01", "2026-10-01", "2026-11-21 08:04", "f"}}, "09-01..09-01", 2, 2},
		{"what grows waits for the newest day", later, "2026-11-01", 0, "", []kept{{"2026-11-01", "2026-11-20", "2026-11-21 08:04", "f"}, {"2026-11-10", "2026-11-10", "2026-11-20 08:04", "l"}, {"2026-11-20", "2026-11-20", "2026-11-21 08:04", "o"}}, "", 1, 0},
		{"and not longer", later, "2026-11-01", 0, "", []kept{{"2026-11-01", "2026-11-20", "2026-11-21 08:04", "f"}, {"2026-11-10", "2026-11-10", "2026-11-20 08:04", "l"}}, "11-10..11-10", 1, 1},
		{"articles that are not exported", article, "2026-10-01", 0, "", nil, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, now, have := Backfill{Keep: c.keep}, calendartest.At(t, "2026-11-21 09:00"), map[calendar.Day]DayInfo{}
			if c.since != "" {
				f.Since = calendartest.Day(t, c.since)
			}
			var from calendar.Day
			if c.from != "" {
				from = calendartest.Day(t, c.from)
			}
			for _, k := range c.have {
				k.add(t, have)
			}
			window := Days(c.api, w, p.Newest(now))
			all := f.days(c.api, w, p, from, now)
			var asked []wxclient.Request
			if r, found := backfill(c.api, all, window, have, now); found {
				asked = append(asked, r)
			}
			if got := written(asked); got != c.ask {
				t.Errorf("asks %q, want %q", got, c.ask)
			}
			got := Progress{}.progress(c.api, all, window, have, now)
			if got.Missing != c.missing || got.Requests != c.requests || got.Days != len(all)-c.missing {
				t.Errorf("%+v of %d, want %d missing in %d requests", got, len(all), c.missing, c.requests)
			}
		})
	}
}

// TestBackfillTriesAgain: what failed is tried again after its pause, also when the
// backfill alone has something to ask, as with weeks on most days.
func TestBackfillTriesAgain(t *testing.T) {
	api := apiNamed(t, "getupstreammsgweek")
	s := Settings{Window: Window{Daily: 3}, Schedule: byAPI, Backfill: Backfill{Since: calendartest.Day(t, "2026-11-01"), CallsPerDay: 20}}
	now := calendartest.At(t, "2026-11-20 12:00")
	known := map[calendar.Day]DayInfo{calendartest.Day(t, "2026-11-09"): {Fetched: now.Add(-time.Hour), HasRows: true}}
	asked := *s.Next(api, APIState{}, known, now).Request
	failed := APIState{}.FailedWith(asked, &wxclient.Error{API: api.Name, Code: "timeout", Action: wxclient.Retry}, now, 0)
	if n := s.Next(api, failed, known, now.Add(time.Minute)); n.Request != nil {
		t.Errorf("a minute after it failed %v is asked for", n.Request)
	}
	if n := s.Next(api, failed, known, failed.RetryAt); n.Request == nil || !n.Backfill {
		t.Error("nothing is asked for after the pause, so it fails for as long as the window lacks nothing")
	}
}

// TestBackfillOfWhatIsKeptNoMore: a week that could not be asked for, and that the store is
// to keep no more, fails no more. Until then it does.
func TestBackfillOfWhatIsKeptNoMore(t *testing.T) {
	api := apiNamed(t, "getupstreammsgweek")
	s := Settings{Window: Window{Daily: 3}, Schedule: byAPI, Backfill: Backfill{Since: calendartest.Day(t, "2026-10-01"), CallsPerDay: 20, Keep: 19}}
	now := calendartest.At(t, "2026-11-20 12:00")
	known := map[calendar.Day]DayInfo{calendartest.Day(t, "2026-11-09"): {Fetched: now.Add(-time.Hour), HasRows: true}}
	asked := *s.Next(api, APIState{}, known, now).Request
	for action, lasts := range map[wxclient.Action]bool{wxclient.Retry: false, wxclient.Rejected: false, wxclient.Offline: true} {
		failed := APIState{}.FailedWith(asked, &wxclient.Error{API: api.Name, Code: "some", Action: action}, now, 0)
		for at, want := range map[string]bool{"2026-11-21 23:00": true, "2026-11-22 00:00": lasts} {
			at := calendartest.At(t, at)
			state := failed.Looked(s.Next(api, failed, known, at), failed, at)
			if got := state.Problem() != nil; got != want {
				t.Errorf("after %v at %s it has a problem: %v, want %v", action, at, got, want)
			}
		}
	}
}

// TestBackfillDone: a backfill is done on the day that was told at its start, and makes no
// more calls of an API on a day than are configured; of one whose days have more questions
// than that, a day's.
func TestBackfillDone(t *testing.T) {
	for _, c := range []struct {
		api   string
		calls int
		most  int
	}{
		{"getusersummary", 20, 20},
		{"getweanalysisappiddailyvisittrend", 20, 20},
		{"get_performance", 20, 20},
		{"get_performance", 36, 36},
		{"get_performance", 2, 3},
	} {
		api := apiNamed(t, c.api)
		now := calendartest.At(t, "2026-11-20 12:00")
		s := Settings{Window: Window{Daily: 3}, Schedule: byAPI, Backfill: Backfill{Since: calendartest.Day(t, "2026-09-01"), CallsPerDay: c.calls}}
		known, state := map[calendar.Day]DayInfo{}, APIState{}
		for d := calendar.DayOf(now) - 40; d < calendar.DayOf(now)+200; d++ { // the window's, now and later
			known[d] = DayInfo{Fetched: now, HasRows: true}
		}
		told, last := calendar.Day(0), calendar.Day(0)
		for ; now.Before(calendartest.At(t, "2027-03-01 12:00")); now = now.AddDate(0, 0, 1) {
			for calls := 0; ; {
				n := s.Next(api, state, known, now)
				if told == 0 {
					told = s.Backfill.Done(api, n.Progress.Requests, now)
				}
				if n.Request == nil {
					break
				}
				for d := n.Request.Begin; d <= n.Request.End; d++ {
					known[d] = DayInfo{Fetched: now, HasRows: true}
				}
				one := make([]int, api.Ask.Questions())
				for i := range one {
					one[i] = 1
				}
				before := state
				state = state.CalledEach(one, now).Looked(n, before, now)
				last = calendar.DayOf(now)
				if calls += len(one); calls > c.most {
					t.Fatalf("%s: %d calls on a day, of %d", c.api, calls, c.calls)
				}
			}
		}
		if last == 0 || told != last+1 {
			t.Errorf("%s, %d calls a day: told to be done on %s, the last call was on %s", c.api, c.calls, told, last)
		}
	}
}
