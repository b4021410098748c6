package plan

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// byAPI is a schedule that nobody configured.
var byAPI = Schedule{NotBefore: 8 * time.Hour, ByAPI: true, RetryInterval: 30 * time.Minute, SettleDays: 3, Spread: 4 * time.Minute}

// TestPlanLater: what grows on some days is asked for on these, newest first, in the
// window or not, and not before the newest day is there; what lacks its growth once a day.
func TestPlanLater(t *testing.T) {
	window := Window{Daily: 10, Hourly: 2, Article: 7}
	filled := kept{"2026-10-01", "2026-11-19", "2026-11-20 10:04", "f"} // all days before 11-20, as of yesterday
	for _, c := range []struct {
		name, api, now string
		have           []kept
		ask            string
	}{
		{"before ten o'clock", "getweanalysisappiddailyretaininfo", "2026-11-21 09:00", []kept{filled}, ""},
		{"the newest day first", "getweanalysisappiddailyretaininfo", "2026-11-21 10:05", []kept{filled}, "11-20..11-20"},
		{"it is late", "getweanalysisappiddailyretaininfo", "2026-11-21 10:05", []kept{filled, {"2026-11-20", "2026-11-20", "2026-11-21 10:04", "o"}}, ""},
		{"then all that grow", "getweanalysisappiddailyretaininfo", "2026-11-21 10:05", []kept{filled, {"2026-11-20", "2026-11-20", "2026-11-21 10:04", "f"}},
			"11-19..11-19 11-18..11-18 11-17..11-17 11-16..11-16 11-15..11-15 11-14..11-14 11-13..11-13 11-06..11-06 10-21..10-21"},
		{"of a day without rows there is no growth", "getweanalysisappiddailyretaininfo", "2026-11-21 10:05",
			[]kept{filled, {"2026-11-15", "2026-11-17", "2026-11-19 10:04", "e"}, {"2026-11-20", "2026-11-20", "2026-11-21 10:04", "f"}, {"2026-11-18", "2026-11-19", "2026-11-21 10:04", "f"}},
			"11-14..11-14 11-13..11-13 11-06..11-06 10-21..10-21"},
		{"a first start asks for nothing before the window", "getweanalysisappiddailyretaininfo", "2026-11-21 10:05",
			[]kept{{"2026-11-11", "2026-11-20", "2026-11-21 10:04", "f"}}, ""},
		{"what lacks it is not asked for twice a day", "getweanalysisappiddailyretaininfo", "2026-11-21 20:00",
			[]kept{{"2026-11-10", "2026-11-20", "2026-11-21 10:04", "f"}, {"2026-11-13", "2026-11-13", "2026-11-21 10:05", "l"}}, ""},
		{"but on the next one", "getweanalysisappiddailyretaininfo", "2026-11-22 10:05",
			[]kept{{"2026-11-01", "2026-11-21", "2026-11-22 10:04", "f"}, {"2026-11-13", "2026-11-13", "2026-11-21 10:05", "l"}}, "11-13..11-13"},
		{"a last growth that was missed", "getweanalysisappiddailyretaininfo", "2026-11-23 10:05",
			[]kept{{"2026-11-01", "2026-11-22", "2026-11-23 10:04", "f"}, {"2026-10-21", "2026-10-21", "2026-11-20 10:04", "f"}}, "10-21..10-21"},
		{"is waited for no longer than any day", "getweanalysisappiddailyretaininfo", "2026-11-25 10:05",
			[]kept{{"2026-11-01", "2026-11-24", "2026-11-25 10:04", "f"}, {"2026-10-21", "2026-10-21", "2026-11-20 10:04", "f"}}, ""},
		{"weeks", "getweanalysisappidweeklyretaininfo", "2026-11-23 10:05",
			[]kept{{"2026-11-16", "2026-11-16", "2026-11-23 10:04", "f"}, {"2026-11-09", "2026-11-09", "2026-11-16 10:04", "f"}, {"2026-10-19", "2026-10-19", "2026-11-16 10:04", "f"}, {"2026-10-12", "2026-10-12", "2026-11-16 10:04", "f"}},
			"11-09..11-09 10-19..10-19"},
		{"months", "getweanalysisappidmonthlyretaininfo", "2026-12-01 10:05",
			[]kept{{"2026-11-01", "2026-11-01", "2026-12-01 10:04", "f"}, {"2026-10-01", "2026-10-01", "2026-11-01 10:04", "f"}}, "10-01..10-01"},
		{"half an hour after it was late", "getweanalysisappiddailyvisittrend", "2026-11-21 10:34", []kept{filled, {"2026-11-20", "2026-11-20", "2026-11-21 10:04", "o"}}, ""},
		{"an hour after it was late", "getweanalysisappiddailyvisittrend", "2026-11-21 11:04", []kept{filled, {"2026-11-20", "2026-11-20", "2026-11-21 10:04", "o"}}, "11-20..11-20"},
		{"a portrait before ten o'clock", "getweanalysisappiduserportrait", "2026-11-21 09:00", []kept{{"2026-11-19", "2026-11-19", "2026-11-20 10:04", "o"}}, ""},
		{"a portrait of yesterday alone", "getweanalysisappiduserportrait", "2026-11-21 10:00", []kept{{"2026-11-19", "2026-11-19", "2026-11-20 10:04", "o"}}, "11-20..11-20"},
		{"income of seven days", "publisher_adpos_general", "2026-11-21 13:00", []kept{filled}, "11-14..11-20"},
		{"settlements, all at once", "publisher_settlement", "2026-11-21 13:00", []kept{{"2026-08-16", "2026-11-01", "2026-11-20 13:04", "l"}}, "08-16..11-01"},
		{"once a day", "publisher_settlement", "2026-11-21 20:00", []kept{{"2026-08-16", "2026-11-01", "2026-11-21 13:04", "o"}}, ""},
		{"also those that are there", "publisher_settlement", "2026-11-21 13:00", []kept{{"2026-08-16", "2026-11-01", "2026-11-20 13:04", "f"}}, "08-16..11-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			have := map[calendar.Day]DayInfo{}
			for _, k := range c.have {
				k.add(t, have)
			}
			asked, _ := requests(apiNamed(t, c.api), window, byAPI, have, calendartest.At(t, c.now))
			if got := written(asked); got != c.ask {
				t.Errorf("asks %q, want %q", got, c.ask)
			}
		})
	}
}

// TestMergeLater: an answer is complete when it has grown as much as it should; a portrait
// that is empty is final when the day is over; half-months that have not come are
// open, which is not late.
func TestMergeLater(t *testing.T) {
	const (
		daily    = "getweanalysisappiddailyretaininfo"
		portrait = "getweanalysisappiduserportrait"
		slots    = "publisher_adpos_general"
	)
	retained := func(keys ...int) string {
		var list []map[string]int
		for _, k := range keys {
			list = append(list, map[string]int{"key": k, "value": 1})
		}
		text, _ := json.Marshal(map[string]any{"ref_date": "20261113", "visit_uv": list})
		return string(text)
	}
	settled := func(order, status int) string {
		return fmt.Sprintf(`{"month":"202610","order":%d,"sett_status":%d,"settled_revenue":7}`, order, status)
	}
	for _, c := range []struct {
		name, api, begin, end, now string
		rows                       []string
		have                       []kept
		want                       string // date open|final rows|none
		late                       int    // open days, as wx_api_open_days has them
	}{
		{"it has grown", daily, "2026-11-13", "2026-11-13", "2026-11-21 10:05", []string{retained(0, 6, 7)}, nil, "11-13 final rows ", 0},
		{"it has not", daily, "2026-11-13", "2026-11-13", "2026-11-21 10:05", []string{retained(0, 6)}, nil, "11-13 open rows ", 0},
		{"nor will it", daily, "2026-11-13", "2026-11-13", "2026-11-25 10:05", []string{retained(0, 6)}, nil, "11-13 final rows ", 0},
		{"no answer replaces one", daily, "2026-11-13", "2026-11-13", "2026-11-21 10:05", nil, []kept{{"2026-11-13", "2026-11-13", "2026-11-20 10:04", "f"}}, "11-13 open rows ", 0},
		{"the newest day is late", daily, "2026-11-20", "2026-11-20", "2026-11-21 10:05", nil, nil, "11-20 open none ", 1},
		{"nobody in it", portrait, "2026-11-20", "2026-11-20", "2026-11-21 10:05", []string{`{"visit_uv":{"province":[]},"visit_uv_new":{}}`}, nil, "11-20 open none ", 1},
		{"on the next day that is final", portrait, "2026-11-20", "2026-11-20", "2026-11-21 10:05", []string{`{"visit_uv":{"ages":[{"name":"a","value":1}]}}`},
			[]kept{{"2026-11-18", "2026-11-19", "2026-11-20 10:04", "o"}}, "11-20 final rows 11-18 final none 11-19 final none ", 0},
		{"what waits no longer is closed", daily, "2026-11-20", "2026-11-20", "2026-11-24 10:05", []string{`{"ref_date":"20261120","visit_uv":[{"key":0,"value":1},{"key":3,"value":1}]}`},
			[]kept{{"2026-10-20", "2026-10-21", "2026-11-21 10:04", "l"}}, "11-20 final rows 10-20 final rows ", 0},
		{"half-months that were never settled are closed", "publisher_settlement", "2026-08-16", "2026-08-16", "2026-11-21 13:05", nil,
			[]kept{{"2026-08-01", "2026-08-01", "2026-11-01 13:04", "o"}}, "08-16 open none 08-01 final none ", 0},
		{"half-months", "publisher_settlement", "2026-09-16", "2026-11-01", "2026-11-21 13:05", []string{settled(1, 5), settled(2, 4)}, nil,
			"09-16 open none 10-01 final rows 10-16 final rows 11-01 open none ", 0},
		{"half-months that are not among the six newest", "publisher_settlement", "2026-07-16", "2026-08-16", "2026-11-21 13:05", nil, nil, "07-16 final none 08-01 final none 08-16 open none ", 0},
		{"an estimate that changes", slots, "2026-11-17", "2026-11-18", "2026-11-21 13:05", []string{`{"date":"2026-11-17","ad_slot":"a","income":9}`},
			[]kept{{"2026-11-17", "2026-11-17", "2026-11-20 13:04", "f"}}, "11-17 final rows 11-18 open none ", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			api, have, info := apiNamed(t, c.api), map[calendar.Day]Day{}, map[calendar.Day]DayInfo{}
			for _, k := range c.have {
				k.add(t, info)
			}
			for d, one := range info {
				have[d] = Day{Date: d, Rows: []byte("[]"), Open: one.Open, Fetched: one.Fetched}
				if one.HasRows {
					have[d] = Day{Date: d, Rows: []byte(`[{"visit_uv":[{"key":0,"value":1}]}]`), Open: one.Open, Fetched: one.Fetched}
				}
			}
			var rows []json.RawMessage
			for _, r := range c.rows {
				rows = append(rows, json.RawMessage(r))
			}
			r := wxclient.Request{API: c.api, Begin: calendartest.Day(t, c.begin), End: calendartest.Day(t, c.end)}
			now := calendartest.At(t, c.now)
			days, _ := Merge(api, r, api.Split(rows, c.begin, c.end, 0), false, have, byAPI, now)
			var got string
			known := map[calendar.Day]DayInfo{}
			for _, d := range days {
				open, some := "final", "none"
				if d.Open {
					open = "open"
				}
				if d.HasRows() {
					some = "rows"
				}
				got += fmt.Sprintf("%s %s %s ", d.Date.String()[5:], open, some)
				known[d.Date] = d.Info()
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			n := Settings{Window: Window{Daily: 30, Hourly: 2, Article: 7}, Schedule: byAPI}.Next(api, APIState{}, known, now)
			if n.OpenDays != c.late {
				t.Errorf("%d days are late, want %d", n.OpenDays, c.late)
			}
		})
	}
}

// TestCallsOfQuestions: of an API with several questions, the cap is that of the question
// that was asked most, and a request is told what is left.
func TestCallsOfQuestions(t *testing.T) {
	now := calendartest.At(t, "2026-11-21 10:05")
	api := apiNamed(t, "get_performance")
	s := APIState{}.CalledEach([]int{50, 50, 54}, now)
	settings := Settings{Window: Window{Daily: 3}, Schedule: byAPI}
	if n := settings.Next(api, s, nil, now); n.Request == nil || n.Request.How.MaxCalls != 6 || len(n.Request.How.Questions) != 3 || s.Calls != 154 {
		t.Errorf("after %d calls: %+v", s.Calls, n.Request)
	}
	if n := settings.Next(api, s.CalledEach([]int{0, 1, 0}, now), nil, now); n.Request == nil {
		t.Error("another question counts for the one that was asked most")
	}
	if n := settings.Next(api, s.CalledEach([]int{0, 0, 1}, now), nil, now); n.Request != nil || !n.Capped {
		t.Errorf("beyond the cap it asks %+v", n.Request)
	}
}

// TestWorks: an account works unless an API fails or all are refused; what it has nothing
// of does not count.
func TestWorks(t *testing.T) {
	now := calendartest.At(t, "2026-11-21 10:05")
	state := func(a wxclient.Action) APIState { return APIState{Asked: now, Err: &wxclient.Error{Action: a}} }
	fine, denied, offline, absent, failing := APIState{Asked: now}, state(wxclient.Denied), state(wxclient.Offline), state(wxclient.Absent), state(wxclient.Retry)
	for _, c := range []struct {
		apis []APIState
		want bool
	}{
		{[]APIState{fine, denied, absent}, true},
		{[]APIState{fine, failing}, false},
		{[]APIState{denied, offline}, false},
		{[]APIState{denied, absent}, false},
		{[]APIState{absent, absent}, true},
		{[]APIState{denied, {}}, false}, // not asked yet
		{nil, true},
	} {
		if got := Works(c.apis); got != c.want {
			t.Errorf("%v: %v", c.apis, got)
		}
	}
	if next := absent.FailedWith(wxclient.Request{}, absent.Err, now, 0).Next; !next.Equal(now.AddDate(0, 0, 7)) {
		t.Errorf("what an account has nothing of is asked for again at %s", next)
	}
}
