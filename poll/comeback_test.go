package poll

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestLetInButAllowedNothing: WeChat allows the exporter's address, and then no
// API. The account's credentials are fine from then on, and nobody insists, but an account
// without any API is not up.
func TestLetInButAllowedNothing(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "interface"}}, func(w *world) {
		refused := w.fault(wxtest.Statistics, wxtest.IPNotAllowed("203.0.113.7"))
		w.start()
		w.until("2026-11-20 12:15")
		w.want("refused", `wx_up{account="brand"}`, "0")
		if w.running[0].Status().Problem == nil {
			t.Error("the status does not say that the address is refused")
		}
		refused()
		undo := w.fault(wxtest.Statistics, wxtest.Errcode(48001, "api unauthorized"))
		w.until("2026-11-20 13:00")
		apis := []string{"getusersummary", "getusercumulate", "getinterfacesummary", "getinterfacesummaryhour"}
		w.wantState("let in", plan.StateDenied, apis...)
		w.want("let in", `wx_up{account="brand"}`, "0")
		if p := w.running[0].Status().Problem; p != nil {
			t.Errorf("the status still names %v", p)
		}
		undo()
		w.until("2026-11-21 13:00")
		w.wantState("granted", plan.StateOK, apis...)
		w.want("granted", `wx_up{account="brand"}`, "1")
	})
}

// TestRefusedAroundTheClock: few APIs, refused every ten minutes for days, stay
// within their calls of the day, and come back.
func TestRefusedAroundTheClock(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 00:00", families: []string{"user"}}, func(w *world) {
		undo := w.fault(wxtest.Statistics, wxtest.Errcode(40243, "invalid appsecret"))
		w.start()
		for _, date := range []string{"2026-11-21", "2026-11-22"} {
			w.until(date + " 00:00")
			for _, api := range []string{"getusersummary", "getusercumulate"} {
				n := w.wechat.Count("", api)
				t.Logf("until %s %s is called %d times", date, api, n)
				if n > 60 || n < 30 {
					t.Errorf("until %s %s was called %d times a day, want some and at most 60", date, api, n)
				}
			}
			w.wechat.ResetCalls()
		}
		undo()
		w.pass(30 * time.Minute)
		w.want("accepted", `wx_up{account="brand"}`, "1")
		if len(w.scrape().With("wx_new_users{")) == 0 {
			t.Error("nothing has come")
		}
	})
}

// TestMendedCredentials: a reload, which somebody may have mended a secret for,
// ends the pause at once.
func TestMendedCredentials(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		undo := w.fault(wxtest.Tokens, wxtest.Errcode(40125, "invalid appsecret"))
		w.start()
		w.pass(time.Minute)
		w.want("refused", `wx_up{account="brand"}`, "0")
		undo()
		w.running[0].Retry()
		w.pass(time.Second)
		w.want("mended", `wx_up{account="brand"}`, "1")
	})
}

// TestLetInWithOneThingDue: the address was refused when one API of the family
// was due. The call that finds out that it is allowed again brings what was due,
// and with it the family's success.
func TestLetInWithOneThingDue(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.wechat.Fault(wxtest.Match{API: wxtest.Statistics, From: calendartest.At(w, "2026-11-20 12:20"), Until: calendartest.At(w, "2026-11-20 12:35")}, wxtest.IPNotAllowed("203.0.113.7"))
		w.fault("getusersummary", wxtest.Late(4*time.Hour+20*time.Minute, calendartest.Day(w, "2026-11-19")))
		w.start()
		success := `wx_collector_success{account="brand",collector="user"}`
		w.until("2026-11-20 12:34")
		w.want("refused", success, "0", `wx_up{account="brand"}`, "0")
		w.until("2026-11-20 12:45")
		w.wantState("let in", plan.StateOK, "getusersummary")
		w.want("let in", success, "1", `wx_up{account="brand"}`, "1")
	})
}

// TestRestartKeeps: how the families' last polls went, and what the day's calls
// have cost, are there after a restart, which has nothing to ask.
func TestRestartKeeps(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		polls := w.scrape().With("wx_collector_")
		calls := w.running[0].Status().APIs[0].Calls
		if len(polls) != 6 || calls == 0 {
			t.Fatalf("before the restart: %d calls, %v", calls, polls)
		}
		w.stop()
		w.pass(time.Hour)
		w.start()
		w.pass(time.Minute)
		for name, v := range w.scrape().With("wx_collector_") {
			if polls[name] != v {
				t.Errorf("%s was %s and is %s", name, polls[name], v)
			}
			delete(polls, name)
		}
		if len(polls) > 0 {
			t.Errorf("gone: %v", polls)
		}
		if n := w.running[0].Status().APIs[0].Calls; n != calls {
			t.Errorf("%d of the day's calls are known, want %d", n, calls)
		}
	})
}

// TestRestartsSpendNoMore: an exporter that is started again and again while an
// API fails does not spend more calls of the day than one that stays.
func TestRestartsSpendNoMore(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.fault("getusersummary", wxtest.HTTPStatus(502))
		for range 60 {
			w.start()
			w.pass(time.Minute)
			w.stop()
		}
		if n := w.wechat.Count("", "getusersummary"); n > 60 {
			t.Errorf("%d calls", n)
		}
	})
}

// TestRestartsInMidPoll: the same when a poll never ends, because another API
// hangs until the exporter is stopped.
func TestRestartsInMidPoll(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.fault("getusersummary", wxtest.HTTPStatus(502))
		w.fault("getusercumulate", wxtest.Hang())
		for range 60 {
			w.start()
			w.pass(20 * time.Second)
			w.stop()
		}
		if n := w.wechat.Count("", "getusersummary"); n > 60 {
			t.Errorf("%d calls", n)
		}
	})
}

// TestNotReadyClosesNothing: "not ready" says of no day that it is empty, also
// of those that have settled.
func TestNotReadyClosesNothing(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, window: plan.Window{Daily: 21}}, func(w *world) {
		undo := w.fault("getusercumulate", wxtest.Errcode(61503, "data not ready"))
		w.start()
		w.until("2026-11-20 14:00")
		w.want("not ready", `wx_api_open_days{account="brand",api="getusercumulate"}`, "21", `wx_up{account="brand"}`, "1")
		undo()
		w.until("2026-11-20 16:00")
		if n := len(w.scrape().With("wx_cumulate_users{")); n != 21 {
			t.Errorf("%d days are there, want 21", n)
		}
		w.want("ready", `wx_api_open_days{account="brand",api="getusercumulate"}`, "0")
	})
}

// TestSoonAgain: with a short retry_interval a late day is there soon after it
// was computed, whatever the time of day at which it was asked for first.
func TestSoonAgain(t *testing.T) {
	schedule := plan.Schedule{NotBefore: 8 * time.Hour, RetryInterval: time.Second, SettleDays: 3}
	simulate(t, setup{at: "2026-11-20 22:00", schedule: schedule, window: plan.Window{Daily: 3, Hourly: 2, Article: 2}}, func(w *world) {
		late := calendartest.At(t, "2026-11-20 22:00").Add(10 * time.Second).Sub(calendartest.At(t, "2026-11-20 08:00"))
		w.fault(wxtest.Statistics, wxtest.Late(late, calendartest.Day(t, "2026-11-19")))
		w.start()
		w.pass(9 * time.Second)
		if got := w.scrape().With(`date="2026-11-19"`); len(got) > 0 {
			t.Errorf("before it is computed there is %v", got)
		}
		w.pass(6 * time.Second)
		got := w.scrape()
		for _, api := range []string{"getusersummary", "getusercumulate", "getupstreammsg", "getupstreammsghour", "getinterfacesummary", "getinterfacesummaryhour", "getbizsummary"} {
			if len(got.With(seriesOf(api), `date="2026-11-19"`)) == 0 {
				t.Errorf("five seconds after it was computed, %s lacks the day", api)
			}
		}
	})
}

// TestSettingTheClockBack: a request that WeChat refused only because the clock
// was ahead is made once its day has come, also when that is at the very minute
// that the clock showed then.
func TestSettingTheClockBack(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 08:30", families: []string{"interface"}}, func(w *world) {
		w.start()
		w.ahead.Store(int64(14 * time.Hour))
		w.until("2026-11-20 18:30") // 08:30 of the next day, by the exporter's clock
		if len(w.log.Lines("level=error", "61501")) == 0 {
			t.Fatal("WeChat had nothing against a day that has not ended")
		}
		w.ahead.Store(0)
		w.until("2026-11-21 08:10")
		for _, metric := range []string{"wx_interface_callbacks{", "wx_interface_hourly_callbacks{"} {
			if len(w.scrape().With(metric, `date="2026-11-20"`)) == 0 {
				t.Errorf("%s lacks the day", metric)
			}
		}
		w.want("with the right time again", `wx_up{account="brand"}`, "1")
	})
}

// TestFailedByAClockAhead: a pause that a clock began that was a year ahead ends
// when it is set back.
func TestFailedByAClockAhead(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		undo := w.fault("getusersummary", wxtest.Offline())
		w.ahead.Store(int64(365 * 24 * time.Hour))
		w.start()
		w.pass(time.Minute)
		w.wantState("a year ahead", plan.StateOffline, "getusersummary")
		undo()
		w.ahead.Store(0)
		w.pass(5 * time.Minute)
		w.wantState("with the right time again", plan.StateOK, "getusersummary")
	})
}

// TestPagesFollow: what arrives is on the page at once, without a scrape having
// asked for it, and the page turns with the Beijing day.
func TestPagesFollow(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, served: true, window: plan.Window{Daily: 3}}, func(w *world) {
		w.wechat.Fault(wxtest.Match{API: "getusersummary"}, wxtest.Late(4*time.Hour+10*time.Minute, calendartest.Day(t, "2026-11-19")))
		w.start()
		dates := func() (dates []string) {
			for name := range w.scrape().With("wx_new_users{", `source="0"`) {
				_, after, _ := strings.Cut(name, `date="`)
				dates = append(dates, after[:10])
			}
			slices.Sort(dates)
			return dates
		}
		for _, c := range []struct{ at, want string }{
			{"2026-11-20 12:01", "2026-11-17 2026-11-18"},
			{"2026-11-20 12:31", "2026-11-17 2026-11-18 2026-11-19"},
			{"2026-11-20 23:59", "2026-11-17 2026-11-18 2026-11-19"},
			{"2026-11-21 00:02", "2026-11-18 2026-11-19"},
			{"2026-11-21 08:05", "2026-11-18 2026-11-19 2026-11-20"},
		} {
			w.until(c.at)
			if got := strings.Join(dates(), " "); got != c.want {
				t.Errorf("at %s the page has %s, want %s", c.at, got, c.want)
			}
		}
		calls := w.wechat.Count("", "")
		for range 50 {
			w.scrape()
		}
		if n := w.wechat.Count("", "") - calls; n != 0 {
			t.Errorf("50 scrapes made %d calls", n)
		}
	})
}

// TestHandOver: an account that is given to another replica waits for the requests
// that are under way, which the other would make again, but not for long.
func TestHandOver(t *testing.T) {
	for name, c := range map[string]struct {
		answers wxtest.Behaviour
		took    time.Duration
		calls   int
	}{
		"answers": {wxtest.Wait(3 * time.Second), 2 * time.Second, 1},
		"hangs":   {wxtest.Hang(), drainTime, 2},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
				undo := w.fault("getusersummary", c.answers)
				w.start()
				w.pass(time.Second)
				begin := time.Now()
				w.running[0].Drain()
				if took := time.Since(begin); took != c.took {
					t.Errorf("it took %s, want %s", took, c.took)
				}
				w.stop()
				undo()
				w.start()
				w.pass(time.Minute)
				// The window is two requests: the other one comes after the first.
				if n := w.wechat.Count("", "getusersummary"); n != c.calls+1 {
					t.Errorf("getusersummary was called %d times, want %d", n, c.calls+1)
				}
				w.want("taken up", `wx_up{account="brand"}`, "1")
			})
		})
	}
}

// TestWrongType: a mini program that is configured as an Official Account is told once,
// with what to look at, and all is well when somebody has.
func TestWrongType(t *testing.T) {
	mall := wxtest.Account{Name: "mall", AppID: "wx00000000000000a3", Secret: "0123456789abcdef-secret-of-mall", Type: wxtest.Mini}
	simulate(t, setup{at: "2026-11-20 12:00", mistyped: true, accounts: []wxtest.Account{mall}, families: []string{"user", "interface"}}, func(w *world) {
		w.start()
		w.until("2026-11-22 13:00")
		w.want("of the wrong type", `wx_up{account="mall"}`, "0")
		if s := w.running[0].Status(); s.Refused == nil || s.Refused.Advice != plan.LookAtType || s.Problem != nil {
			t.Errorf("the status says %v and %v", s.Refused, s.Problem)
		}
		if n := strings.Count(w.log.String(), `msg="WeChat refuses everything that is polled for the account" type=official code=48001`); n != 1 || !strings.Contains(w.log.String(), plan.LookAtType) {
			t.Errorf("the log tells it %d times, want once:\n%s", n, w.log)
		}
	})
}
