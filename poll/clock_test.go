package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestClockForwardInMidCall: the clock goes on by days while an answer is under
// way, because the host slept or its clock was wrong. A day that the answer
// lacks has not settled by that: it was young when it was asked for.
func TestClockForwardInMidCall(t *testing.T) {
	simulate(t, setup{at: "2026-11-30 12:00", families: []string{"message"}, window: Window{Daily: 3, Hourly: 12, Article: 1}}, func(w *world) {
		w.ahead.Store(-int64(9 * 24 * time.Hour))
		w.wechat.Fault(wxtest.Match{API: "getupstreammsghour", Times: 1}, wxtest.Together(wxtest.Wait(5*time.Second), wxtest.Empty()))
		w.start()
		w.pass(time.Second)
		w.ahead.Store(0)
		w.pass(10 * time.Minute)
		for _, date := range []string{"2026-11-20", "2026-11-29"} {
			if len(w.scrape().with("wx_upstream_hourly_msgs{", date)) == 0 {
				t.Errorf("%s is missing", date)
			}
		}
	})
}
