package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/store"
)

// TestUnreadableDay: a stored day that another version wrote, and that this one
// cannot decode, is missing, which the log tells once. Everything else of the
// family is there and goes on.
func TestUnreadableDay(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, window: plan.Window{Daily: 20}, served: true}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		before := w.scrape().With(`date="`)
		w.stop()

		const date, spoilt = "2026-11-03", `wx_cumulate_users{account="brand",date="2026-11-03"}`
		w.store.Put(brand.AppID, "getusercumulate", store.Day{Date: date, Rows: []byte(`[{"ref_date":"` + date + `","cumulate_user":"many"}]`), Fetched: w.now()})
		w.start()
		w.pass(time.Minute)
		during := w.scrape()
		for name, v := range before {
			if name != spoilt && during[name] != v {
				t.Errorf("beside the unreadable day %s was %s and is %q", name, v, during[name])
			}
		}
		if v, there := during[spoilt]; there {
			t.Errorf("the unreadable day is %s", v)
		}
		w.until("2026-11-21 09:00")
		if len(w.scrape().With("wx_new_users{", `date="2026-11-20"`)) == 0 {
			t.Error("the family is not updated any more")
		}
		if lines := w.log.Lines("level=warn", date); len(lines) != 1 {
			t.Errorf("the log tells it %d times: %s", len(lines), lines)
		}
	})
}
