package poll

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestBroken breaks one API in every way that a transport and a body can be
// broken. That API alone fails, in a way that its code tells, and it comes back
// by itself.
func TestBroken(t *testing.T) {
	const broken = "getupstreammsg"
	for _, c := range []struct {
		name string
		how  wxtest.Behaviour
		code string
	}{
		{"502 with HTML", wxtest.HTTPStatus(502), "http_502"},
		{"503", wxtest.HTTPStatus(503), "http_503"},
		{"connection reset", wxtest.Reset(), "network"},
		{"no answer", wxtest.Hang(), "timeout"},
		{"a body that trickles for a minute", wxtest.Trickle(time.Minute), "timeout"},
		{"a body that ends too early", wxtest.Truncate(), "network"},
		{"half a body", wxtest.Half(), "invalid"},
		{"HTML under the name of JSON", wxtest.NotJSON(), "invalid"},
		{"wrong types", wxtest.WrongTypes(), "invalid"},
		{"busy", wxtest.Errcode(-1, "system error"), "-1"},
		{"called too often", wxtest.Errcode(45011, "api minute-quota reach limit"), "45011"},
		{"an unknown code", wxtest.Errcode(99123, "something new"), "99123"},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
				w.start()
				w.until("2026-11-21 07:00")
				before := w.scrape()
				undo := w.fault(broken, c.how)
				w.until("2026-11-21 08:30")

				w.wantState("broken", plan.StateFailing, broken)
				w.wantState("beside a broken API", plan.StateOK, "getusersummary", "getupstreammsghour")
				w.want("broken", `wx_up{account="brand"}`, "0",
					`wx_collector_success{account="brand",collector="message"}`, "0",
					`wx_collector_success{account="brand",collector="user"}`, "1")
				during := w.scrape()
				last := `wx_collector_last_success_timestamp_seconds{account="brand",collector="message"}`
				if during[last] != before[last] || before[last] == "" {
					t.Errorf("the last success was %s and is %s after a failure", before[last], during[last])
				}
				if n := during[`wx_api_requests_total{account="brand",api="`+broken+`",code="`+c.code+`"}`]; n == "" || n == "0" {
					t.Errorf("no request counts as %s: %v", c.code, during.With("wx_api_requests_total", broken))
				}
				was := before.With("wx_upstream_msgs{", `date="2026-11-1`)
				for s, v := range was {
					if during[s] != v && !strings.Contains(s, `date="2026-11-12"`) {
						t.Errorf("%s was %s and is %q", s, v, during[s])
					}
				}
				if lines := w.log.Lines("level=warn"); len(lines) != 1 {
					t.Errorf("want one warning, got %s", lines)
				}
				undo()
				w.until("2026-11-21 11:00")
				w.wantState("mended", plan.StateOK, broken)
				w.want("mended", `wx_up{account="brand"}`, "1", `wx_collector_success{account="brand",collector="message"}`, "1")
				if len(w.scrape().With("wx_upstream_msgs{", `date="2026-11-20"`)) == 0 {
					t.Error("the day is missing")
				}
			})
		})
	}
}

// TestRetriesPass: a fault that passes within a second costs nothing but a
// retry.
func TestRetriesPass(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.wechat.Fault(wxtest.Match{API: "getusersummary", Times: 2}, wxtest.HTTPStatus(502))
		w.start()
		w.pass(time.Minute)
		w.want("after two faults", `wx_up{account="brand"}`, "1",
			`wx_api_requests_total{account="brand",api="getusersummary",code="http_502"}`, "2")
		if lines := w.log.Lines("level=warn"); len(lines) > 0 {
			t.Errorf("faults that passed are worth no warning: %s", lines)
		}
	})
}

// TestRows: rows that are none, of other days or said twice are counted and
// dropped, and what remains is what WeChat holds.
func TestRows(t *testing.T) {
	fill := func(t *testing.T, up string, faults ...wxtest.Behaviour) (data, counts harness.Series) {
		simulate(t, setup{at: "2026-11-20 12:00", window: plan.Window{Daily: 3, Hourly: 1, Article: 3}}, func(w *world) {
			for _, how := range faults {
				w.fault(wxtest.Statistics, how)
			}
			w.start()
			w.pass(time.Minute)
			all := w.scrape()
			data, counts = all.With(`date="`), all.With("wx_rows_dropped_total")
			w.want("after the fill", `wx_up{account="brand"}`, up)
		})
		return data, counts
	}
	want, none := fill(t, "1")
	for s, n := range none {
		if n != "0" {
			t.Errorf("in good weather rows are dropped: %s %s", s, n)
		}
	}
	for reason, how := range map[string]wxtest.Behaviour{"outside_window": wxtest.OutsideRows(), "duplicate": wxtest.Duplicates(), "invalid": wxtest.Malformed()} {
		t.Run(reason, func(t *testing.T) {
			up := "1"
			if reason == "invalid" {
				up = "0" // nobody knows what the rows were
			}
			got, counts := fill(t, up, how)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the series differ from those of good weather (-want +got):\n%s", diff)
			}
			for _, api := range wxtest.APIs() {
				if v := counts[`wx_rows_dropped_total{account="brand",api="`+api+`",reason="`+reason+`"}`]; v == "" || v == "0" {
					t.Errorf("nothing is counted for %s: %v", api, counts)
				}
			}
		})
	}
}

// TestBadText: raw control characters and invalid UTF-8 in titles do not harm,
// and no label has them.
func TestBadText(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"article", "publish"}}, func(w *world) {
		w.fault(wxtest.Statistics, wxtest.BadText())
		w.start()
		w.pass(time.Minute)
		w.want("with bad text", `wx_up{account="brand"}`, "1")
		infos := w.scrape().With("_info{", `title="`)
		if len(infos) == 0 {
			t.Error("no article has a title")
		}
		for s := range infos {
			for _, r := range s {
				if r < ' ' || r == 0x7f {
					t.Errorf("a control character in %q", s)
				}
			}
		}
	})
}

// TestOthersDoNotWait: one account whose server hangs delays no other account,
// and one API that hangs delays no other API.
func TestOthersDoNotWait(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", accounts: []wxtest.Account{brand, shop}}, func(w *world) {
		w.wechat.Fault(wxtest.Match{AppID: brand.AppID}, wxtest.Hang())
		w.wechat.Fault(wxtest.Match{AppID: shop.AppID, API: "getusersummary"}, wxtest.Hang())
		w.start()
		w.pass(10 * time.Second)
		got := w.scrape()
		for _, metric := range []string{"wx_cumulate_users{", "wx_upstream_msgs{", "wx_interface_callbacks{", "wx_publish_pages{"} {
			if len(got.With(metric, `account="shop"`, `date="2026-11-19"`)) == 0 {
				t.Errorf("after ten seconds shop has no %s", metric)
			}
		}
		w.pass(2 * time.Minute)
		w.want("hanging", `wx_up{account="brand"}`, "0", `wx_up{account="shop"}`, "0", `wx_collector_success{account="shop",collector="interface"}`, "1")
	})
}
