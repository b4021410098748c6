package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// arcade is a small mini program with ads.
var arcade = wxtest.Account{Name: "arcade", AppID: "wx00000000000000a9", Secret: "0123456789abcdef-secret-of-arcade", Type: wxtest.Mini, Followers: 900, Publisher: true}

// TestEmptyPortraitEnds: a portrait that has nobody in it is open for a day and then final,
// also when the next one is not there yet.
func TestEmptyPortraitEnds(t *testing.T) {
	const api = "getweanalysisappiduserportrait"
	s := setup{at: "2026-11-20 12:00", accounts: []wxtest.Account{arcade}, families: []string{"mini"},
		schedule: plan.Schedule{NotBefore: 8 * time.Hour, ByAPI: true, RetryInterval: 30 * time.Minute, SettleDays: 3}}
	simulate(t, s, func(w *world) {
		stored := func(date string) (open, known bool) {
			days, err := w.store.Days(arcade.AppID, api, date, date)
			if err != nil {
				t.Fatal(err)
			}
			return len(days) == 1 && days[0].Open, len(days) == 1
		}
		filled := w.fault(api, wxtest.EmptyMissing())
		w.start()
		w.until("2026-11-20 20:00")
		w.wantState("nobody in it", plan.StateOpen, api)
		w.until("2026-11-21 09:30")
		w.wantState("the day is over", plan.StateOK, api)
		filled()
		there := w.fault(api, wxtest.Errcode(61503, "data not ready"))
		w.until("2026-11-21 12:30")
		w.wantState("the next one is late", plan.StateOpen, api)
		if open, known := stored("2026-11-19"); open || !known {
			t.Errorf("the empty portrait of yesterday is open: %v, known: %v", open, known)
		}
		if open, known := stored("2026-11-20"); !open || !known {
			t.Errorf("the late one is open: %v, known: %v", open, known)
		}
		there()
		w.until("2026-11-21 18:00")
		w.wantState("it is there", plan.StateOK, api)
		if n := len(w.scrape().With("wx_mini_portrait_visitors{", `date="2026-11-20"`)); n == 0 {
			t.Error("the portrait is not shown")
		}
	})
}

// TestHistoryOfAMiniProgram: whatever code says that WeChat has nothing so early, the fill
// of older days ends there, and nothing fails.
func TestHistoryOfAMiniProgram(t *testing.T) {
	since, first := calendartest.Day(t, "2026-10-20"), calendartest.Day(t, "2026-11-05")
	s := setup{at: "2026-11-20 14:00", accounts: []wxtest.Account{arcade}, families: []string{"mini", "miniops", "revenue"},
		window: plan.Window{Daily: 3, Hourly: 1, Article: 3}, backfill: plan.Backfill{Since: since, CallsPerDay: 20}}
	simulate(t, s, func(w *world) {
		w.fault(wxtest.Statistics, wxtest.NothingBefore(first))
		w.start()
		w.until("2026-11-25 07:00")
		for _, api := range []string{"getweanalysisappiddailyvisittrend", "get_performance", "publisher_adpos_general"} {
			if s := stateOf(w.scrape(), api); s != plan.StateOK {
				t.Errorf("%s is %s", api, s)
			}
			days, err := w.store.Days(arcade.AppID, api, since.String(), "2026-11-23")
			if err != nil || len(days) < int(calendartest.Day(t, "2026-11-23")-first)-2 { // part of a question for seven days is given up
				t.Errorf("%s has %d days, %v", api, len(days), err)
			}
			if v := w.scrape()[`wx_history_days_missing{account="arcade",api="`+api+`"}`]; v != "0" {
				t.Errorf("%s lacks %s days", api, v)
			}
		}
	})
}
