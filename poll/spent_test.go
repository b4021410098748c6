package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestRestartWithCallsSpent: an account that fails all day spends its calls. A restart
// cannot try anything, so it is as down as before.
func TestRestartWithCallsSpent(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 00:00", families: []string{"user"}}, func(w *world) {
		remove := w.fault(wxtest.Statistics, wxtest.Errcode(40001, "invalid credential"))
		w.start()
		w.until("2026-11-20 22:00")
		calls := w.wechat.Count("", wxtest.Statistics)
		w.stop()
		w.start()
		w.pass(time.Minute)
		if n := w.wechat.Count("", wxtest.Statistics) - calls; n > 0 {
			t.Fatalf("%d calls were left", n)
		}
		w.want("after a restart", `wx_up{account="brand"}`, "0", `wx_collector_success{account="brand",collector="user"}`, "0")
		if got := w.scrape().With("wx_collector_last_success_timestamp_seconds"); len(got) > 0 {
			t.Errorf("nothing has succeeded, and there is %v", got)
		}
		remove()
		w.until("2026-11-21 01:00")
		w.want("on the next day", `wx_up{account="brand"}`, "1", `wx_collector_success{account="brand",collector="user"}`, "1")
	})
}
