package poll

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestInterruptedCallsCount stops the program again and again while WeChat answers: it may
// have counted the calls, so they count towards the day's.
func TestInterruptedCallsCount(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.fault(wxtest.Statistics, wxtest.Wait(5*time.Second))
		for range plan.DailyCap + 5 {
			w.start()
			w.pass(2 * time.Second)
			w.stop()
		}
		if n := len(w.callsSince("getusersummary", calendartest.At(w, "2026-11-20 00:00"))); n > plan.DailyCap {
			t.Errorf("%d calls, want at most %d", n, plan.DailyCap)
		}
	})
}

// TestInterruptedPoll has the lease end while WeChat answers: what nobody has answered
// is no success, and when the lease is back the poll goes on.
func TestInterruptedPoll(t *testing.T) {
	var lost atomic.Bool
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, mayCall: func() bool { return !lost.Load() }}, func(w *world) {
		remove := w.fault(wxtest.Statistics, wxtest.Wait(5*time.Second))
		w.start()
		w.pass(2 * time.Second)
		lost.Store(true)
		w.pass(10 * time.Second)
		if got := w.scrape().With("wx_collector_last_success_timestamp_seconds"); len(got) > 0 {
			t.Errorf("nothing was answered, and there is %v", got)
		}
		w.want("the lease has ended", `wx_up{account="brand"}`, "")
		remove()
		lost.Store(false)
		w.pass(10 * time.Second)
		w.want("the lease is back", `wx_up{account="brand"}`, "1")
		if got := w.scrape().With("wx_collector_last_success_timestamp_seconds"); len(got) != 1 {
			t.Errorf("everything was answered, and there is %v", got)
		}
	})
}
