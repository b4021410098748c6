package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestLatest: figures by name are those of the newest day with rows while the next one
// is open, go when that one turns out to be empty, and come back with the next rows.
func TestLatest(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"message"}}, func(w *world) {
		silent := w.fault("getupstreammsg", wxtest.Empty())
		w.start()
		w.pass(time.Minute)
		if got := w.scrape().With("wx_latest_upstream_msgs{"); len(got) > 0 {
			w.Errorf("before there are rows: %v", got)
		}
		w.stop()
		silent()

		w.start()
		w.until("2026-11-21 07:00")
		newest := func(date string) {
			w.Helper()
			dated := w.scrape().With("wx_upstream_msgs{", `date="`+date+`"`, `type="1"`)
			for _, want := range dated {
				w.want("the newest day is "+date, `wx_latest_upstream_msgs{account="brand",type="1"}`, want)
			}
			if len(dated) != 1 {
				w.Errorf("%s: %d series of %s", clock(), len(dated), date)
			}
		}
		newest("2026-11-19")

		silent = w.fault("getupstreammsg", wxtest.Empty())
		w.until("2026-11-23 23:50")
		w.wantState("while the 20th is open", plan.StateOpen, "getupstreammsg")
		newest("2026-11-19")
		w.until("2026-11-24 08:10")
		if got := w.scrape().With("wx_latest_upstream_msgs{"); len(got) > 0 {
			w.Errorf("the 20th is known to be empty, and by name there is %v", got)
		}
		if got := w.scrape().With("wx_latest_date_timestamp_seconds{", `api="getupstreammsg"`, `date="2026-11-19"`); len(got) != 1 {
			w.Error("the newest day with rows is no longer told")
		}
		silent()
		w.until("2026-11-25 10:00")
		newest("2026-11-24")
	})
}
