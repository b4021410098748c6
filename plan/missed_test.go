package plan

import (
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// TestMissedIsNoFailure: what WeChat answered about yesterday alone, and badly, can be
// asked for no more when the day is over: it fails no longer, before and after the next
// answer.
func TestMissedIsNoFailure(t *testing.T) {
	s := Settings{Window: Window{Daily: 30, Hourly: 2, Article: 7}, Schedule: byAPI}
	evening := calendartest.At(t, "2026-11-21 23:40")
	for _, name := range []string{"publisher_settlement_total", "getweanalysisappiduserportrait"} {
		api := apiNamed(t, name)
		asked := *s.Next(api, APIState{}, nil, evening).Request
		unread := APIState{}
		unread.Misread = Misreading{}.After(asked, collector.Answer{}, []calendar.Day{asked.End}, asked.End, evening, 0)
		for what, state := range map[string]APIState{
			"it timed out":         APIState{}.FailedWith(asked, &wxclient.Error{API: name, Code: "timeout", Action: wxclient.Retry}, evening, 0),
			"it could not be read": unread,
		} {
			if !state.Failed() {
				t.Fatalf("%s: %s and has not failed", name, what)
			}
			for _, at := range []string{"2026-11-22 00:10", "2026-11-22 14:00"} {
				now := calendartest.At(t, at)
				n := s.Next(api, state, nil, now)
				looked := state.Looked(n, state, now)
				if n.Request != nil {
					looked = looked.Succeeded(nil, nil, now)
				}
				if looked.Failed() {
					t.Errorf("%s: %s on the day before, and at %s it still fails", name, what, at)
				}
			}
		}
		refused := APIState{}.FailedWith(asked, &wxclient.Error{API: name, Code: "48001", Action: wxclient.Denied}, evening, 0)
		now := calendartest.At(t, "2026-11-22 00:10")
		if got := refused.Looked(s.Next(api, refused, nil, now), refused, now).State(); got != StateDenied {
			t.Errorf("%s: it was denied, and at midnight it is %s", name, got)
		}
	}
}

// TestOldDaysLeaveCalls: days that WeChat never computes are asked for again, but not with
// the calls that the newest day may need.
func TestOldDaysLeaveCalls(t *testing.T) {
	api := apiNamed(t, "getweanalysisappiddailyvisittrend")
	s := Settings{Window: Window{Daily: 30, Hourly: 2, Article: 7}, Schedule: byAPI}
	now := calendartest.At(t, "2026-11-21 14:00")
	spent := APIState{}.Called(31, now)
	known := map[calendar.Day]DayInfo{}
	for d := calendar.DayOf(now) - 30; d < calendar.DayOf(now); d++ {
		known[d] = DayInfo{Fetched: calendartest.At(t, "2026-11-20 10:00"), Open: true}
	}
	if n := s.Next(api, spent, known, now); n.Request == nil || n.Request.End != calendar.DayOf(now)-1 {
		t.Errorf("the newest day is late, and what is asked for is %v", n.Request)
	}
	for d := calendar.DayOf(now) - 4; d < calendar.DayOf(now); d++ {
		known[d] = DayInfo{Fetched: now, HasRows: true}
	}
	if n := s.Next(api, spent, known, now); n.Request != nil || n.Capped {
		t.Errorf("after 31 calls the old days are asked for: %v, or the API is parked: %v", n.Request, n.Capped)
	}
	if n := s.Next(api, APIState{}.Called(30, now), known, now); n.Request == nil {
		t.Error("after 30 calls they are not")
	}
}

// TestNotReady: that a day is not ready says nothing of those before it.
func TestNotReady(t *testing.T) {
	d := calendartest.Day(t, "2026-11-20")
	for _, one := range NotReady([]Day{{Date: d}, {Date: d - 1}}, wxclient.Request{Begin: d, End: d}) {
		if one.Open != (one.Date == d) {
			t.Errorf("%s is open: %v", one.Date, one.Open)
		}
	}
}
