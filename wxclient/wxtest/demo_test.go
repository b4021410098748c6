package wxtest

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

// TestDemoLooksReal: whenever the demo starts, its month has a campaign for each
// account, quiet Sundays, and a bad hour that is no matter for the newest day.
func TestDemoLooksReal(t *testing.T) {
	for start := range 12 {
		now := calendartest.At(t, friday).AddDate(0, 0, 9*start)
		w := Demo(func() time.Time { return now })
		newest := w.Newest()
		for _, account := range DemoAccounts()[:2] {
			var most, all, sundays, tuesdays int64
			for d := newest - 29; d <= newest; d++ {
				came := sum(decoded(t, w.Rows(account.AppID, "getusersummary", d)), "new_user", nil)
				most, all = max(most, came), all+came
				msgs := sum(decoded(t, w.Rows(account.AppID, "getupstreammsg", d)), "msg_count", nil)
				if d > newest-28 && d.Weekday() == 0 {
					sundays += msgs
				} else if d > newest-28 && d.Weekday() == 2 {
					tuesdays += msgs
				}
			}
			if most < 2*all/30 {
				t.Errorf("%s from %s: %d new followers on the best of 30 days, %d in all: no campaign", account.Name, newest, most, all)
			}
			if 5*sundays > 4*tuesdays {
				t.Errorf("%s from %s: %d messages on Sundays, %d on Tuesdays", account.Name, newest, sundays, tuesdays)
			}
		}
		brand := DemoAccounts()[0].AppID
		share := func(day calendar.Day, hour int64) float64 {
			at := func(r map[string]any) bool { return num(r, "ref_hour") == hour }
			rows := decoded(t, w.Rows(brand, "getinterfacesummaryhour", day))
			return float64(sum(rows, "fail_count", at)) / float64(sum(rows, "callback_count", at))
		}
		if bad, good, other := share(newest-1, 2000), share(newest, 2000), share(newest-1, 1900); bad < 0.3 || good > 0.1 || other > 0.1 {
			t.Errorf("from %s: %.2f of the callbacks of the bad hour fail, %.2f a day later, %.2f an hour before", newest, bad, good, other)
		}
	}
}

// TestDemoMiniProgramLooksReal: its month has more pages than are shown by default,
// visitors who come back, ads on most days, and a settlement.
func TestDemoMiniProgramLooksReal(t *testing.T) {
	w := Demo(func() time.Time { return calendartest.At(t, friday) })
	mall, newest := DemoAccounts()[2].AppID, calendartest.Day(t, "2026-11-18")
	earning := 0
	for d := newest - 29; d <= newest; d++ {
		if n := len(w.Rows(mall, "getweanalysisappidvisitpage", d)); n < 30 {
			t.Errorf("%s has %d pages", d, n)
		}
		if sum(decoded(t, w.Rows(mall, "publisher_adpos_general", d)), "income", nil) > 1000 {
			earning++
		}
	}
	if earning < 25 {
		t.Errorf("%d of 30 days have more than ten yuan", earning)
	}
	if len(w.Rows(mall, "publisher_settlement", calendartest.Day(t, "2026-10-16"))) != 1 {
		t.Error("October is not settled")
	}
}
