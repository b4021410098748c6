//go:build e2e

package poll

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// retained are the visitors of a day who came back, by days after it.
func retained(t *testing.T, rows []byte) map[string]string {
	t.Helper()
	var all []struct {
		Visitors []struct {
			Key   any `json:"key"`
			Value any `json:"value"`
		} `json:"visit_uv"`
	}
	if err := json.Unmarshal(rows, &all); err != nil {
		t.Fatal(err)
	}
	n := map[string]string{}
	for _, r := range all {
		for _, one := range r.Visitors {
			n[fmt.Sprint(one.Key)] = fmt.Sprint(one.Value)
		}
	}
	return n
}

// settlements adds the six newest half-months, of which WeChat has some.
func (f figures) settlements(w *world, newest calendar.Day) {
	first := calendar.HalfMonthly.Step(newest+1, -6)
	for _, d := range calendar.HalfMonthly.Between(first, newest) {
		for _, r := range w.rows("publisher_settlement", d) {
			f.add("wx_revenue_settlement_fen", r["settled_revenue"], "date", d.String())
			f.add("wx_revenue_settlement_status", r["sett_status"], "date", d.String())
		}
	}
}

// TestMiniProgramGrows: for more than a month what grows is asked for as it grows:
// retention on its days, in the window or not, estimates of revenue for some days,
// settlements until they are paid. One day is late until noon. WeChat refuses no call.
func TestMiniProgramGrows(t *testing.T) {
	s := usual("2026-11-18 18:00")
	s.window.Article = 7
	simulate(t, s, func(w *world) {
		noon := calendartest.Day(t, "2026-11-24")
		w.fault(wxtest.Statistics, wxtest.Late(2*time.Hour, noon)) // mini programs at 12:00, revenue at 15:00
		w.start()
		changes, states := map[string]bool{}, map[string]bool{}
		for newest := calendartest.Day(t, "2026-11-18"); newest < calendartest.Day(t, "2026-12-22"); newest++ {
			if newest == noon {
				w.until((newest + 1).String() + " 11:50")
				if n := len(w.scrape().With("wx_mini_visits{", `date="`+newest.String()+`"`)); n != 0 {
					t.Errorf("before noon %s has figures", newest)
				}
			}
			w.until((newest + 1).String() + " 18:00")
			want, page := figures{}, w.scrape()
			for d := newest - 6; d <= newest; d++ {
				want.ads(w, d)
			}
			got := shown(page)
			for name, v := range want {
				if got[name] != v {
					t.Errorf("%s, %s is %v, and WeChat says %v", clock(), name, got[name], v)
				}
			}
			settled := figures{}
			settled.settlements(w, newest)
			have := figures{}
			for name, v := range page.With("wx_revenue_settlement_") {
				have[name], _ = strconv.ParseFloat(v, 64)
				states[name+" "+v] = true
			}
			if diff := cmp.Diff(settled, have); diff != "" {
				t.Errorf("%s, settlements (-WeChat +page):\n%s", clock(), diff)
			}
			for name, v := range page.With("wx_revenue_slot_income_fen{", `date="2026-11-24"`, "BANNER") {
				changes[name+" "+v] = true
			}
		}
		if len(changes) != 5 {
			t.Errorf("the estimate of a day has the values %v, want five", slices.Sorted(maps.Keys(changes)))
		}
		coming := 0
		for name := range states {
			if got := name[:len(name)-1]; got == `wx_revenue_settlement_status{account="mall",date="2026-11-16"} ` {
				coming++
			}
		}
		if coming < 3 {
			t.Errorf("the settlement of the second half of November had %d states, want at least 3: %v", coming, slices.Sorted(maps.Keys(states)))
		}
		for d := calendartest.Day(t, "2026-10-20"); d <= calendartest.Day(t, "2026-12-21"); d++ {
			stored, err := w.store.Days(mall.AppID, weanalysis+"dailyretaininfo", d.String(), d.String())
			if err != nil || len(stored) != 1 {
				t.Fatalf("%s: %d days of retention, %v", d, len(stored), err)
			}
			all, err := json.Marshal(w.wechat.Rows(mall.AppID, weanalysis+"dailyretaininfo", d))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(retained(t, all), retained(t, stored[0].Rows)); diff != "" {
				t.Errorf("%s: retention (-WeChat +stored):\n%s", d, diff)
			}
		}
		if n := len(retained(t, mustDay(t, w, "2026-11-20"))); n != 10 {
			t.Errorf("after 31 days the retention of a day has %d numbers, want all ten", n)
		}
		if all := w.refused(); len(all) > 0 {
			t.Errorf("%d calls are refused, such as %+v", len(all), all[0])
		}
	})
}

// mustDay returns what is stored of the retention of a day.
func mustDay(t *testing.T, w *world, date string) []byte {
	t.Helper()
	stored, err := w.store.Days(mall.AppID, weanalysis+"dailyretaininfo", date, date)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%s: %d days, %v", date, len(stored), err)
	}
	return stored[0].Rows
}
