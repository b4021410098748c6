package poll

import (
	"slices"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestCallsInGoodWeather counts what a day of one account costs.
func TestCallsInGoodWeather(t *testing.T) {
	for _, a := range []wxtest.Account{brand, shop} {
		t.Run(a.Name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-19 12:00", accounts: []wxtest.Account{a}, window: plan.Window{Daily: 30, Hourly: 2, Article: 7}}, func(w *world) {
				w.start()
				w.until("2026-11-20 00:00")
				w.log = &harness.Logs{}
				first := w.wechat.Count("", "")
				w.until("2026-11-20 23:59")
				day := w.wechat.Count("", "") - first
				t.Logf("%s: the first fill takes %d calls, a day %d, tokens and quotas included", a.Name, first, day)
				if day > 120 || day == 0 {
					t.Errorf("a day takes %d calls, want at most 120", day)
				}
			})
		})
	}
}

// TestRestart: an exporter that is started again on the same day repeats no
// call, whatever state its APIs are in.
func TestRestart(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00"}, func(w *world) {
		w.fault("getuserread", wxtest.Offline())
		w.fault("getusershare", wxtest.QuotaSpent())
		w.fault("getinterfacesummary", wxtest.Errcode(48001, "api unauthorized"))
		w.fault("getupstreammsg", wxtest.Late(100*time.Hour, calendartest.Day(w, "2026-11-19")))
		w.start()
		w.pass(time.Minute)
		before := w.scrape().With(`date="`)
		calls := w.wechat.Count("", wxtest.Statistics)
		w.stop()
		w.pass(10 * time.Second)
		w.start()
		w.pass(time.Minute)
		if n := w.wechat.Count("", wxtest.Statistics) - calls; n != 0 {
			t.Errorf("a restart repeats %d calls", n)
		}
		after := w.scrape()
		for s, v := range before {
			if after[s] != v {
				t.Errorf("%s was %s and is %q after the restart", s, v, after[s])
			}
		}
		w.wantState("after the restart", plan.StateOffline, "getuserread")
		w.wantState("after the restart", plan.StateParked, "getusershare")
		w.wantState("after the restart", plan.StateDenied, "getinterfacesummary")
		w.wantState("after the restart", plan.StateOpen, "getupstreammsg")
	})
}

// TestInterruptedFill: a first fill that was interrupted goes on where it
// stopped.
func TestInterruptedFill(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", rps: 3, window: plan.Window{Daily: 30, Hourly: 2, Article: 7}}, func(w *world) {
		w.start()
		w.pass(10 * time.Second)
		w.stop()
		first := w.wechat.Calls()
		w.wechat.ResetCalls()
		w.start()
		w.pass(5 * time.Minute)
		w.want("in the end", `wx_up{account="brand"}`, "1")
		answered := 0
		for _, c := range first {
			if c.Begin == "" || c.Code != 0 || c.Status == 0 {
				continue
			}
			answered++
			again := slices.ContainsFunc(w.wechat.Calls(), func(d wxtest.Call) bool { return d.API == c.API && d.Begin == c.Begin && d.End == c.End })
			if again {
				t.Errorf("%s of %s to %s was answered before the interruption and asked again", c.API, c.Begin, c.End)
			}
		}
		if answered < 10 {
			t.Errorf("only %d calls before the interruption: it interrupted nothing", answered)
		}
	})
}

// TestDatesAreBeijings: whatever the host's zone, no request goes beyond
// yesterday in Beijing, and all days are there.
func TestDatesAreBeijings(t *testing.T) {
	for _, hours := range []int{-12, -5, 0, 8, 14} {
		zone := time.FixedZone("host", hours*3600)
		simulate(t, setup{at: "2026-11-19 23:30", zone: zone, families: []string{"user", "interface"}}, func(w *world) {
			w.start()
			w.every(7*time.Hour, "2026-11-22 12:00", func() {})
			for _, c := range w.wechat.Calls() {
				if today := c.Time.UTC().Add(8 * time.Hour).Format("2006-01-02"); c.End >= today {
					t.Errorf("UTC%+d: on %s %s was asked for %s", hours, today, c.API, c.End)
				}
				if c.Code != 0 {
					t.Errorf("UTC%+d: WeChat refused %v", hours, c)
				}
			}
			if len(w.scrape().With("wx_new_users{", `date="2026-11-21"`)) == 0 {
				t.Errorf("UTC%+d: yesterday is missing", hours)
			}
		})
	}
}

// TestDayBeginsSpread: an account asks for yesterday at its own minute, not
// with all others at eight sharp.
func TestDayBeginsSpread(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.start()
		w.until("2026-11-21 08:03")
		if n := len(w.callsSince("getusersummary", calendartest.At(w, "2026-11-21 00:00"))); n != 0 {
			t.Errorf("%d calls before the account's minute", n)
		}
		w.until("2026-11-21 08:06")
		if n := len(w.callsSince("getusersummary", calendartest.At(w, "2026-11-21 00:00"))); n != 1 {
			t.Errorf("%d calls at the account's minute, want 1", n)
		}
	})
}

// TestCallsAfterALongWeekend: three days without an article might be late data.
// The figures of the articles before them tell that they are not.
func TestCallsAfterALongWeekend(t *testing.T) {
	account := brand
	account.Followers = 20_000
	tuesday := afterThreeQuietDays(account)
	at := tuesday.Start().AddDate(0, 0, -4).Add(12 * time.Hour).Format("2006-01-02 15:04")
	simulate(t, setup{at: at, accounts: []wxtest.Account{account}, window: plan.Window{Daily: 30, Hourly: 2, Article: 7}}, func(w *world) {
		w.start()
		w.pass(time.Until(tuesday.Start()))
		before := w.wechat.Count("", "")
		w.pass(24 * time.Hour)
		n := w.wechat.Count("", "") - before
		t.Logf("%s, after three days without an article, takes %d calls", tuesday, n)
		if n > 120 {
			t.Errorf("%d calls, want at most 120", n)
		}
	})
}

// afterThreeQuietDays returns the first day of 2026 that follows on three
// without an article, in an account that had some before.
func afterThreeQuietDays(a wxtest.Account) calendar.Day {
	end := time.Date(2027, 1, 1, 12, 0, 0, 0, calendar.Beijing)
	wechat := wxtest.New(wxtest.Options{Accounts: []wxtest.Account{a}, Now: func() time.Time { return end }})
	sent := func(d calendar.Day) bool { return len(wechat.Rows(a.AppID, "getarticletotaldetail", d)) > 0 }
	d := calendar.DayOf(end) - 300
	for sent(d-1) || sent(d-2) || sent(d-3) || !sent(d-4) {
		d++
	}
	return d
}
