//go:build e2e

package poll

import (
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestFillOfAYear fills in a year beside the daily polls: newest first, within the
// calls of a day, and without the current day being late.
func TestFillOfAYear(t *testing.T) {
	families := []string{"user", "message", "interface", "publish"}
	setup := setup{at: "2026-11-20 12:00", accounts: []wxtest.Account{shop}, families: families, window: plan.Window{Daily: 30}}
	there := func(b plan.Backfill) (arrived map[string]string) {
		arrived = map[string]string{}
		setup.backfill, setup.store = b, nil
		simulate(t, setup, func(w *world) {
			w.start()
			w.every(time.Minute, "2026-11-25 12:00", func() {
				if now := time.Now().In(calendar.Beijing); now.Hour() > 7 && now.Hour() < 9 {
					for series := range w.scrape().With(`date="` + (calendar.DayOf(now) - 1).String() + `"`) {
						if arrived[series] == "" {
							arrived[series] = now.Format("01-02 15:04")
						}
					}
				}
			})
		})
		return arrived
	}
	alone, beside := there(plan.Backfill{}), there(plan.Backfill{Since: calendartest.Day(t, "2025-11-20"), CallsPerDay: 20})
	for series, at := range alone {
		if beside[series] > at || beside[series] == "" {
			t.Errorf("%s is there at %s, without the fill at %s", series, beside[series], at)
		}
	}

	setup.backfill, setup.store = plan.Backfill{Since: calendartest.Day(t, "2025-11-20"), CallsPerDay: 20}, nil
	simulate(t, setup, func(w *world) {
		w.start()
		w.pass(time.Minute)
		estimate := w.running[0].Status().History
		before, most, finished := w.wechat.Calls(), map[string]int{}, ""
		for finished == "" {
			from := time.Now()
			w.pass(24 * time.Hour)
			for api, n := range callsByAPI(w.wechat.Calls(), from) {
				most[api] = max(most[api], n)
			}
			if w.running[0].Status().History.Missing == 0 {
				finished = time.Now().In(calendar.Beijing).Format(time.DateOnly)
			}
			if finished == "" && time.Now().After(calendartest.At(w, "2027-02-01 00:00")) {
				t.Fatalf("not filled: %+v", w.running[0].Status().History)
			}
		}
		for api, n := range most {
			if n > plan.MaxBackfillCalls {
				t.Errorf("%s has %d calls on a day", api, n)
			}
		}
		if done := estimate.Done; calendar.DayOf(time.Now()) > done+1 {
			t.Errorf("filled on %s, the estimate was %s", finished, done)
		}
		for api, n := range callsByAPI(w.wechat.Calls(), time.Time{}) {
			t.Logf("%s: %d calls, at most %d a day", api, n, most[api])
		}
		t.Logf("filled on %s, begun on %s with %d calls, estimate %s", finished, setup.at, len(before), estimate.Done)
		if !strings.Contains(w.log.String(), "backfilling") || !strings.Contains(w.log.String(), "backfill done") {
			t.Errorf("the log does not tell:\n%s", w.log)
		}
		page := w.scrape()
		for _, f := range collector.Families() {
			for _, api := range f.APIs {
				if v := page[`wx_history_days_missing{account="shop",api="`+api.Name+`"}`]; v != "0" && v != "" {
					t.Errorf("%s lacks %s days", api.Name, v)
				}
			}
		}
		if page[`wx_history_days{account="shop",api="getusersummary"}`] < "366" {
			t.Errorf("getusersummary has %s days", page[`wx_history_days{account="shop",api="getusersummary"}`])
		}
		n := w.wechat.Count("", "getusersummary")
		w.stop()
		w.start()
		w.pass(time.Minute)
		if w.wechat.Count("", "getusersummary") != n {
			t.Error("a restart asks again")
		}
	})
}

// TestFillInBadWeather: on a day on which WeChat is late or fails, the fill leaves
// the current day its calls.
func TestFillInBadWeather(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}, backfill: plan.Backfill{Since: calendartest.Day(t, "2021-01-01"), CallsPerDay: 60}}, func(w *world) {
		w.fault("getusersummary", wxtest.Late(34*time.Hour, calendartest.Day(w, "2026-11-20"))) // 18:00 on the 22nd
		w.start()
		w.until("2026-11-22 23:00")
		if got := w.scrape().With("wx_new_users{", `date="2026-11-20"`); len(got) == 0 {
			t.Error("the late day is not there")
		}
		w.fault("getusercumulate", wxtest.Errcode(-1, "system error"))
		w.until("2026-11-23 23:59")
		for api, n := range callsByAPI(w.wechat.Calls(), calendartest.At(w, "2026-11-23 00:00")) {
			if n > plan.DailyCap {
				t.Errorf("%s was called %d times", api, n)
			}
		}
	})
}
