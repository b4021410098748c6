package poll

import (
	"testing"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestFillEnds: it stops where WeChat has nothing any more, which is no failure,
// and finds that day.
func TestFillEnds(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, backfill: plan.Backfill{Since: calendartest.Day(t, "2026-01-01"), CallsPerDay: 20}}, func(w *world) {
		first := calendartest.Day(w, "2026-08-13")
		w.fault(wxtest.Statistics, wxtest.NothingBefore(first))
		w.start()
		w.until("2026-11-23 12:00")
		w.want("when it has ended", `wx_up{account="brand"}`, "1",
			`wx_history_days_missing{account="brand",api="getusersummary"}`, "0",
			`wx_history_days{account="brand",api="getusersummary"}`, "102")
		days, err := w.store.Known(brand.AppID, "getusersummary", "", "9999")
		if err != nil || days[0].Date != first.String() {
			t.Errorf("the first day is %s, %v; want %s", days[0].Date, err, first)
		}
		n := w.wechat.Count("", "")
		w.until("2026-11-24 07:00")
		if w.wechat.Count("", "") != n {
			t.Error("it goes on asking")
		}
		w.stop()
		w.start()
		w.until("2026-11-24 07:30")
		for _, c := range w.callsSince("getusersummary", calendartest.At(w, "2026-11-24 07:00")) {
			if c.Begin < first.String() {
				t.Errorf("asks for %s after a restart", c.Begin)
			}
		}
	})
}
