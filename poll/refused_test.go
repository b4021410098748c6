package poll

import (
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestTokenReplaced: another client has taken the token in the middle of a fill.
func TestTokenReplaced(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", rps: 2}, func(w *world) {
		w.start()
		w.pass(5 * time.Second)
		w.wechat.RevokeTokens(brand.AppID)
		w.pass(3 * time.Minute)
		w.want("after the fill", `wx_up{account="brand"}`, "1", `wx_token_refreshes_total{account="brand"}`, "2")
		if lines := w.log.Lines("level=warn"); len(lines) > 0 {
			w.Errorf("a replaced token is worth no warning: %s", lines)
		}
	})
}

// TestQuotaSpent: at noon an API's quota is spent. It rests until midnight in
// Beijing; the others go on.
func TestQuotaSpent(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
		w.wechat.Fault(wxtest.Match{API: "getupstreammsg", From: calendartest.At(w, "2026-11-21 12:00"), Until: calendartest.At(w, "2026-11-22 00:00")}, wxtest.QuotaSpent())
		w.fault("getupstreammsg", wxtest.Late(8*time.Hour, calendartest.Day(w, "2026-11-20")))
		w.fault("getusersummary", wxtest.Late(8*time.Hour, calendartest.Day(w, "2026-11-20")))
		w.start()
		w.until("2026-11-21 14:00")
		w.wantState("with its quota spent", plan.StateParked, "getupstreammsg")
		w.want("with its quota spent", `wx_up{account="brand"}`, "0", `wx_collector_success{account="brand",collector="message"}`, "0", `wx_collector_success{account="brand",collector="user"}`, "1")
		w.until("2026-11-21 23:59")
		if n := len(w.callsSince("getupstreammsg", calendartest.At(w, "2026-11-21 12:00"))); n != 1 {
			w.Errorf("an API without quota was asked %d times until midnight, want once", n)
		}
		w.wantState("while another API's quota is spent", plan.StateOK, "getusersummary", "getupstreammsghour")
		w.until("2026-11-22 00:15")
		w.wantState("after midnight", plan.StateOK, "getupstreammsg")
		w.want("after midnight", `wx_up{account="brand"}`, "1")
		if len(w.scrape().With("wx_upstream_msgs{", `date="2026-11-20"`)) == 0 {
			w.Error("the day is missing")
		}
		if lines := w.log.Lines("45009", "level=warn"); len(lines) != 1 {
			w.Errorf("the log tells it %d times: %s", len(lines), lines)
		}
	})
}

// TestGoesOffline: WeChat switches the article family off while the exporter
// runs. That is no failure; what was known stays, and a week later one call an
// API looks whether it is back.
func TestGoesOffline(t *testing.T) {
	apis := []string{"getarticlesummary", "getarticletotal", "getuserread", "getuserreadhour", "getusershare", "getusersharehour"}
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "article"}, window: plan.Window{Daily: 20, Hourly: 2, Article: 7}}, func(w *world) {
		w.start()
		w.until("2026-11-21 07:00")
		before := w.scrape().With("wx_read_int_page_users{", `date="2026-11-1`)
		for _, api := range apis {
			w.fault(api, wxtest.Offline())
		}
		w.until("2026-11-21 09:00")
		w.wantState("offline", plan.StateOffline, apis...)
		w.want("offline", `wx_up{account="brand"}`, "1", `wx_collector_success{account="brand",collector="article"}`, "1")
		after := w.scrape()
		for s, v := range before {
			if after[s] != v && !strings.Contains(s, `date="2026-11-01"`) {
				w.Errorf("%s was %s and is %q", s, v, after[s])
			}
		}
		w.until("2026-11-28 07:00")
		for _, api := range apis {
			if n := len(w.callsSince(api, calendartest.At(w, "2026-11-21 07:00"))); n != 1 {
				w.Errorf("%s was asked %d times in a week, want once", api, n)
			}
		}
		w.until("2026-11-28 09:00")
		for _, api := range apis {
			if n := len(w.callsSince(api, calendartest.At(w, "2026-11-21 07:00"))); n != 2 {
				w.Errorf("%s was asked %d times in a week and an hour, want twice", api, n)
			}
		}
		if lines := w.log.Lines("47009"); len(lines) != 1 || strings.Contains(lines[0], "level=warn") {
			w.Errorf("want one line at info, got %s", lines)
		}
	})
}

// TestDenied: an API that the account may not use is asked daily and counts
// against nobody.
func TestDenied(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"interface"}}, func(w *world) {
		undo := w.fault("getinterfacesummary", wxtest.Errcode(48001, "api unauthorized"))
		w.start()
		w.until("2026-11-23 11:00")
		w.wantState("not granted", plan.StateDenied, "getinterfacesummary")
		w.want("not granted", `wx_up{account="brand"}`, "1")
		if n := w.wechat.Count("", "getinterfacesummary"); n != 3 {
			w.Errorf("asked %d times in not quite three days, want 3", n)
		}
		undo()
		w.until("2026-11-23 12:05")
		w.wantState("granted", plan.StateOK, "getinterfacesummary")
	})
}

// TestDeniedAToken: what makes an API denied is a failure of the account when
// it is the token that is denied, and is over as soon as somebody has mended it.
func TestDeniedAToken(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		undo := w.fault(wxtest.Tokens, wxtest.Errcode(50002, "user limited"))
		w.start()
		w.pass(time.Minute)
		w.want("without a token", `wx_up{account="brand"}`, "0", `wx_collector_success{account="brand",collector="user"}`, "0")
		w.wantState("without a token", plan.StateFailing, "getusersummary", "getusercumulate")
		if lines := w.log.Lines("level=warn", "50002"); len(lines) != 1 {
			t.Errorf("want one warning, got %s", lines)
		}
		undo()
		w.pass(10 * time.Minute)
		w.want("with one", `wx_up{account="brand"}`, "1", `wx_collector_success{account="brand",collector="user"}`, "1")
	})
}

// TestAddressNotAllowed: WeChat refuses the exporter's address until somebody
// adds it.
func TestAddressNotAllowed(t *testing.T) {
	for name, group := range map[string]string{"by the data APIs": wxtest.Statistics, "by the token endpoint": wxtest.Tokens} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00"}, func(w *world) {
				undo := w.fault(group, wxtest.IPNotAllowed("203.0.113.7"))
				w.start()
				w.until("2026-11-20 18:00")
				w.want("refused", `wx_up{account="brand"}`, "0")
				lines := w.log.Lines("level=warn")
				if len(lines) != 1 || !strings.Contains(lines[0], "203.0.113.7") {
					w.Errorf("want one warning with the address to add, got %d: %s", len(lines), lines)
				}
				for _, api := range wxtest.APIs() {
					if n := w.wechat.Count("", api); n > 4 {
						w.Errorf("%s was asked %d times in six hours of refusal", api, n)
					}
				}
				if n := w.wechat.Count("", wxtest.Tokens); n > 40 {
					w.Errorf("the token endpoint was asked %d times in six hours of refusal", n)
				}
				undo()
				w.until("2026-11-20 18:12")
				w.want("allowed", `wx_up{account="brand"}`, "1")
				if len(w.log.Lines("request recovered")) == 0 {
					w.Error("the log does not say that WeChat answers again")
				}
			})
		})
	}
}

// TestClockAhead: the host's clock runs a day ahead for some hours. WeChat
// refuses to speak of a day that has not ended; nobody insists, and when the
// clock is right again everything is.
func TestClockAhead(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "interface"}}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		w.ahead.Store(int64(24 * time.Hour))
		w.until("2026-11-20 18:00")
		seen := map[[3]string]int{}
		for _, c := range w.wechat.Calls() {
			if c.Code != 0 {
				key := [3]string{c.API, c.Begin, c.End}
				if seen[key]++; seen[key] > 1 {
					w.Errorf("%v was asked %d times", key, seen[key])
				}
			}
		}
		if len(seen) == 0 || len(w.log.Lines("level=error", "61501")) == 0 {
			w.Errorf("a request that was wrong is not told: %v", seen)
		}
		w.ahead.Store(0)
		w.until("2026-11-21 09:00")
		w.want("with the right time again", `wx_up{account="brand"}`, "1")
		w.wantState("with the right time again", plan.StateOK, "getusersummary", "getusercumulate", "getinterfacesummary", "getinterfacesummaryhour")
		if len(w.scrape().With("wx_interface_hourly_callbacks{", `date="2026-11-20"`)) == 0 {
			w.Error("the day is missing")
		}
	})
}

// TestClockBehind: the host's clock runs a day behind.
func TestClockBehind(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.ahead.Store(-int64(24 * time.Hour))
		w.start()
		w.pass(time.Minute)
		w.want("a day behind", `wx_up{account="brand"}`, "1")
		w.ahead.Store(0)
		w.pass(5 * time.Minute)
		if len(w.scrape().With("wx_new_users{", `date="2026-11-19"`)) == 0 {
			w.Error("five minutes after the clock was set right, yesterday is missing")
		}
	})
}
