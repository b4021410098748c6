package poll

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestClockForwardInMidCall: the clock goes on by days while an answer is under
// way, because the host slept or its clock was wrong. A day that the answer
// lacks has not settled by that: it was young when it was asked for.
func TestClockForwardInMidCall(t *testing.T) {
	simulate(t, setup{at: "2026-11-30 12:00", families: []string{"message"}, window: plan.Window{Daily: 3, Hourly: 12, Article: 1}}, func(w *world) {
		w.ahead.Store(-int64(9 * 24 * time.Hour))
		w.wechat.Fault(wxtest.Match{API: "getupstreammsghour", Times: 1}, wxtest.Together(wxtest.Wait(5*time.Second), wxtest.Empty()))
		w.start()
		w.pass(time.Second)
		w.ahead.Store(0)
		w.pass(10 * time.Minute)
		for _, date := range []string{"2026-11-20", "2026-11-29"} {
			if len(w.scrape().With("wx_upstream_hourly_msgs{", date)) == 0 {
				t.Errorf("%s is missing", date)
			}
		}
	})
}

// wrong sets the exporter's clock to a Beijing time.
func (w *world) wrong(at string) {
	w.ahead.Store(int64(time.Until(calendartest.At(w, at))))
}

// TestClockWithoutABattery: after a power failure a host's clock begins at 1970, on
// the very first day. Nothing is asked for, and once the clock is right, so is
// everything.
func TestClockWithoutABattery(t *testing.T) {
	for _, zero := range []string{"1970-01-01 08:00", "1970-01-01 23:00", "1970-01-05 12:00", "2000-01-01 00:00"} {
		t.Run(zero, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", accounts: []wxtest.Account{brand, shop}, families: []string{"user", "message"}, served: true}, func(w *world) {
				w.start()
				w.pass(5 * time.Minute)
				want := w.scrape().With(`date="`)
				w.stop()
				calls := len(w.wechat.Calls())
				w.wrong(zero)
				w.start()
				w.pass(10 * time.Minute)
				if n := len(w.wechat.Calls()) - calls; n > 0 {
					t.Errorf("%d calls by a clock at 1970", n)
				}
				w.ahead.Store(0)
				w.pass(2 * time.Minute)
				if diff := cmp.Diff(want, w.scrape().With(`date="`)); diff != "" {
					t.Errorf("two minutes after the clock was set right (-before +after): %.1000s", diff)
				}
				w.want("with the right time", `wx_up{account="brand"}`, "1")
			})
		})
	}
}

// TestFirstStartWithoutABattery: an account that was never polled is not up.
func TestFirstStartWithoutABattery(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.wrong("1970-01-01 12:00")
		w.start()
		w.pass(10 * time.Minute)
		w.want("at 1970", `wx_up{account="brand"}`, "")
		w.ahead.Store(0)
		w.pass(2 * time.Minute)
		w.want("with the right time", `wx_up{account="brand"}`, "1")
		if len(w.scrape().With("wx_new_users{", `date="2026-11-19"`)) == 0 {
			t.Error("yesterday is missing")
		}
	})
}

// TestNothingIsLeftOfAClockAhead: two minutes after a clock that was ahead is right,
// what it made fail has not failed, and nothing is dated in the future.
func TestNothingIsLeftOfAClockAhead(t *testing.T) {
	apis := apisOf("user", "interface")
	check := func(w *world, what string) {
		w.Helper()
		w.wantState(what, plan.StateOK, apis...)
		w.want(what, `wx_up{account="brand"}`, "1", `wx_collector_success{account="brand",collector="user"}`, "1", `wx_collector_success{account="brand",collector="interface"}`, "1")
		for s, v := range w.scrape().With("last_success_timestamp") {
			if at, _ := strconv.ParseFloat(v, 64); at > float64(time.Now().Unix()) {
				w.Errorf("%s: %s is %s, in the future", what, s, v)
			}
		}
		for _, one := range w.running[0].Status().APIs {
			if one.Error != nil || one.Asked.After(time.Now()) {
				w.Errorf("%s: %s was asked at %v, %v", what, one.API, one.Asked, one.Error)
			}
		}
	}
	for name, ahead := range map[string]time.Duration{"a day": 24 * time.Hour, "a year": 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "interface"}}, func(w *world) {
				w.start()
				w.pass(time.Minute)
				w.ahead.Store(int64(ahead))
				w.until("2026-11-20 18:00")
				w.want("ahead", `wx_up{account="brand"}`, "0")
				if lines := w.log.Lines("level=error"); len(lines) != 1 {
					t.Errorf("%d lines at error for one wrong clock: %q", len(lines), lines)
				}
				w.ahead.Store(0)
				w.pass(2 * time.Minute)
				check(w, "with the right time again")
				w.stop()
				w.start()
				w.pass(time.Minute)
				check(w, "and after a restart")
				w.ahead.Store(int64(ahead))
				w.pass(10 * time.Minute)
				w.stop()
				w.wrong("1970-01-01 12:00")
				w.start()
				w.pass(time.Minute)
				w.ahead.Store(0)
				w.pass(2 * time.Minute)
				check(w, "ahead, restarted at 1970, and right")
				w.until("2026-11-21 09:00")
				if len(w.scrape().With("wx_interface_callbacks{", `date="2026-11-20"`)) == 0 {
					t.Error("the day is missing")
				}
			})
		})
	}
}

// TestRefusedWithAClockAhead: an account whose credentials were refused for what only
// a clock ahead asked for is fine again when the clock is, though nothing is due.
func TestRefusedWithAClockAhead(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		w.wechat.RevokeTokens(brand.AppID)
		undo := w.fault(wxtest.Tokens, wxtest.IPNotAllowed("192.0.2.1"))
		w.ahead.Store(int64(24 * time.Hour))
		w.pass(5 * time.Minute)
		w.want("ahead", `wx_up{account="brand"}`, "0")
		undo()
		w.ahead.Store(0)
		w.pass(2 * time.Minute)
		w.want("with the right time", `wx_up{account="brand"}`, "1")
		if p := w.running[0].Status().Problem; p != nil {
			t.Errorf("the status still names %v", p)
		}
	})
}

// TestStoredSoonAfterAClockAhead: a state that changes in a poll is stored within
// seconds, whatever the clock was when it was last.
func TestStoredSoonAfterAClockAhead(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"message"}, rps: 0.05}, func(w *world) {
		w.ahead.Store(int64(365 * 24 * time.Hour))
		w.start()
		w.pass(30 * time.Second)
		w.ahead.Store(0)
		w.pass(time.Minute)
		before := len(w.wechat.Calls())
		w.pass(45 * time.Second)
		var s state
		text, _ := w.store.State(brand.AppID, stateName)
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		stored := 0
		for _, api := range s.APIs {
			stored += api.Calls
		}
		if made := len(w.wechat.Calls()); made == before || stored < before-1 { // all but that for the token
			t.Errorf("%d calls are stored, %d were made before the last 45 seconds and %d since", stored, before, made-before)
		}
	})
}
