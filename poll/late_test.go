package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// seriesOf are series that an API feeds, one prefix an API.
func seriesOf(api string) string {
	return map[string]string{
		"getusersummary":          "wx_new_users{",
		"getusercumulate":         "wx_cumulate_users{",
		"getupstreammsg":          "wx_upstream_msgs{",
		"getupstreammsghour":      "wx_upstream_hourly_msgs{",
		"getinterfacesummary":     "wx_interface_callbacks{",
		"getinterfacesummaryhour": "wx_interface_hourly_callbacks{",
		"getbizsummary":           "wx_publish_share_users{",
	}[api]
}

// TestLate has WeChat compute a day late: by hours or by more than a day, for
// one API or for all. The day is open until it is there, and never a zero.
func TestLate(t *testing.T) {
	all := []string{"getusersummary", "getusercumulate", "getinterfacesummary", "getinterfacesummaryhour"}
	for _, c := range []struct {
		name  string
		late  []string // the APIs; nil: all
		by    time.Duration
		there string // when the exporter must have the day
	}{
		{"one API by three hours", all[:1], 3 * time.Hour, "2026-11-21 12:00"},
		{"an hourly API by three hours", all[3:], 3 * time.Hour, "2026-11-21 12:00"},
		{"all by three hours", all, 3 * time.Hour, "2026-11-21 12:00"},
		{"one API by thirty hours", all[:1], 30 * time.Hour, "2026-11-22 16:05"},
		{"all by thirty hours", all, 30 * time.Hour, "2026-11-22 16:05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "interface"}}, func(w *world) {
				for _, api := range c.late {
					w.fault(api, wxtest.Late(c.by, calendartest.Day(w, "2026-11-20")))
				}
				w.start()
				w.pass(time.Minute)
				w.wantState("in good weather", plan.StateOK, all...)
				w.every(131*time.Minute, "2026-11-21 10:55", func() {
					for _, api := range c.late {
						if got := w.scrape().With(seriesOf(api), `date="2026-11-20"`); len(got) > 0 {
							w.Fatalf("%s: WeChat has not computed the day, and %s says %v", clock(), api, got)
						}
					}
				})
				for _, api := range all {
					state, open, rows := plan.StateOK, "0", true
					for _, late := range c.late {
						if api == late {
							state, open, rows = plan.StateOpen, "1", false
						}
					}
					w.wantState("before the day is computed", state, api)
					w.want("before the day is computed", `wx_api_open_days{account="brand",api="`+api+`"}`, open, `wx_up{account="brand"}`, "1")
					if got := w.scrape().With(seriesOf(api), `date="2026-11-20"`); (len(got) > 0) != rows {
						w.Errorf("before the day is computed, %s has %d series of it", api, len(got))
					}
				}
				w.until(c.there)
				for _, api := range all {
					if got := w.scrape().With(seriesOf(api), `date="2026-11-20"`); len(got) == 0 {
						w.Errorf("%s: %s still lacks the day", clock(), api)
					}
				}
				w.wantState("when all is there", plan.StateOK, all...)
			})
		})
	}
}

// TestNeverComputed: a day that stays empty is closed when settle_days are over,
// and has no series even then.
func TestNeverComputed(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"message"}}, func(w *world) {
		w.fault("getupstreammsg", wxtest.Late(1000*time.Hour, calendartest.Day(w, "2026-11-20")))
		w.start()
		open := `wx_api_open_days{account="brand",api="getupstreammsg"}`
		w.until("2026-11-21 12:00")
		w.want("on the first day", open, "1")
		w.until("2026-11-23 23:50")
		w.want("on the last day of settling", open, "1")
		w.wantState("on the last day of settling", plan.StateOpen, "getupstreammsg")
		w.until("2026-11-24 08:10")
		w.want("after settling", open, "0")
		w.wantState("after settling", plan.StateOK, "getupstreammsg")
		if got := w.scrape().With("wx_upstream_msgs{", `date="2026-11-20"`); len(got) > 0 {
			w.Errorf("a day that never came has series: %v", got)
		}
		if got := w.scrape().With("wx_upstream_msgs{", `date="2026-11-23"`); len(got) == 0 {
			w.Error("the days after it are missing")
		}
	})
}

// TestDelayed: figures that WeChat calls not final are shown and asked again.
func TestDelayed(t *testing.T) {
	for name, delayed := range map[string]wxtest.Behaviour{"as a bool": wxtest.Delayed(0.5), "as text": wxtest.DelayedText(0.5)} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-21 08:00", families: []string{"publish"}}, func(w *world) {
				undo := w.fault("getbizsummary", delayed)
				w.start()
				w.pass(time.Minute)
				w.wantState("while is_delay is true", plan.StateOpen, "getbizsummary")
				early := w.scrape().With("wx_publish_share_users{", `date="2026-11-20"`)
				undo()
				w.until("2026-11-21 09:30")
				w.wantState("when is_delay is gone", plan.StateOK, "getbizsummary")
				final := w.scrape().With("wx_publish_share_users{", `date="2026-11-20"`)
				for s := range final {
					if early[s] == "" || early[s] == final[s] {
						w.Errorf("%s is %q while delayed and %q when final", s, early[s], final[s])
					}
				}
				if len(final) != 1 {
					w.Errorf("%d series of the day", len(final))
				}
			})
		})
	}
}

// TestLastDayOfGrowth: what WeChat does not tell, or not finally, on the last
// day on which figures grow is asked again, for no later question brings it.
func TestLastDayOfGrowth(t *testing.T) {
	account := brand
	account.Followers = 20_000 // so that there are articles on the 13th
	for name, how := range map[string]wxtest.Behaviour{"empty": wxtest.Empty(), "delayed": wxtest.Delayed(0.5)} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-14 12:00", accounts: []wxtest.Account{account}, window: plan.Window{Daily: 3, Hourly: 1, Article: 9}}, func(w *world) {
				if len(w.wechat.Rows(account.AppID, "getarticletotal", calendartest.Day(w, "2026-11-13"))) == 0 {
					t.Fatal("the day has no articles")
				}
				w.wechat.Fault(wxtest.Match{API: "getarticletotal", From: calendartest.At(w, "2026-11-20 00:00"), Until: calendartest.At(w, "2026-11-20 12:00")}, how)
				w.start()
				w.until("2026-11-21 23:00")
				w.equalsWeChat()
			})
		})
	}
}

// TestNotReady: 61503 leaves the day open, and is no failure.
func TestNotReady(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.start()
		w.until("2026-11-21 07:00")
		undo := w.fault("getusersummary", wxtest.Errcode(61503, "data not ready"))
		w.until("2026-11-21 08:20")
		w.wantState("while not ready", plan.StateOpen, "getusersummary")
		w.want("while not ready", `wx_up{account="brand"}`, "1")
		undo()
		w.until("2026-11-21 08:40")
		w.wantState("when ready", plan.StateOK, "getusersummary")
		if len(w.scrape().With("wx_new_users{", `date="2026-11-20"`)) == 0 {
			w.Error("the day is missing")
		}
	})
}

// TestCorrection: a wide span brings the newest days again, so a value that
// WeChat corrects three days later replaces the old one.
func TestCorrection(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		before := w.scrape()[`wx_cumulate_users{account="brand",date="2026-11-18"}`]
		w.until("2026-11-21 07:00")
		calls := w.wechat.Count("", wxtest.Statistics)
		w.wechat.Correct(brand.AppID, "getusercumulate", calendartest.Day(w, "2026-11-18"), 2)
		w.until("2026-11-21 08:10")
		after := w.scrape()[`wx_cumulate_users{account="brand",date="2026-11-18"}`]
		if before == "" || after == before {
			w.Errorf("three days later the value is still %s", after)
		}
		if n, apis := w.wechat.Count("", wxtest.Statistics)-calls, len(apisOf("user")); n != apis {
			w.Errorf("the day's %d APIs took %d calls", apis, n)
		}
	})
}
