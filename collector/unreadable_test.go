package collector

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// spoil puts rows in place of a kept day's that this version cannot decode.
func (w *world) spoil(api, date string) {
	w.Helper()
	kept, err := w.store.Days(brand.AppID, api, date, date)
	if err != nil || len(kept) != 1 {
		w.Fatalf("%d days of %s, %v", len(kept), date, err)
	}
	kept[0].Rows = []byte(`[{"ref_date":"` + date + `","cumulate_user":"many"}]`)
	w.store.Put(brand.AppID, api, kept[0])
}

// TestUnreadableDay: a kept day that another version wrote, and that this one
// cannot decode, is missing until WeChat tells it again. Everything else of the
// family is there and goes on.
func TestUnreadableDay(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, window: Window{Daily: 20}, served: true}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		before := w.scrape().with(`date="`)
		w.stop()

		const spoilt = `wx_cumulate_users{account="brand",date="2026-11-03"}`
		w.spoil("getusercumulate", "2026-11-03")
		undo := w.fault(wxtest.Statistics, wxtest.HTTPStatus(502))
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

		undo()
		w.until("2026-11-21 09:00")
		w.want("the next day", spoilt, before[spoilt], `wx_api_open_days{account="brand",api="getusercumulate"}`, "0")
		if len(w.scrape().with("wx_new_users{", `date="2026-11-20"`)) == 0 {
			t.Error("the family is not updated any more")
		}
		if lines := w.log.lines("level=warn", "2026-11-03"); len(lines) != 1 {
			t.Errorf("the log tells it %d times: %s", len(lines), lines)
		}
		if lines := w.log.lines("level=error"); len(lines) != 0 {
			t.Errorf("errors: %s", lines)
		}
	})
}

// TestUnreadableForGood: what WeChat does not tell again is asked for once, and
// kept for a version that can read it.
func TestUnreadableForGood(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, window: Window{Daily: 20}, served: true}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		w.stop()
		w.spoil("getusercumulate", "2026-11-03")
		w.fault("getusercumulate", wxtest.Empty())
		w.start()
		w.until("2026-11-23 07:00")
		asked := 0
		for _, c := range w.callsSince("getusercumulate", beijing(w, "2026-11-20 12:01")) {
			if c.Begin <= "2026-11-03" && "2026-11-03" <= c.End {
				asked++
			}
		}
		if asked != 1 {
			t.Errorf("the day was asked for %d times, want once", asked)
		}
		kept, err := w.store.Days(brand.AppID, "getusercumulate", "2026-11-03", "2026-11-03")
		if err != nil || len(kept) != 1 || !kept[0].HasRows() {
			t.Errorf("kept is %v, %v", kept, err)
		}
	})
}
