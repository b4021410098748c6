package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestQuotas: the figures of all APIs that are called are asked for once a day,
// also across a restart.
func TestQuotas(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		w.stop()
		w.start()
		w.until("2026-11-20 23:00")
		apis := len(apisOf(w.families...))
		if n := len(w.scrape().With("wx_api_quota_limit{")); n != apis {
			t.Errorf("%d APIs have a quota, want %d", n, apis)
		}
		if n := w.wechat.Count("", wxtest.QuotaGet); n != apis {
			t.Errorf("%d calls for %d quotas", n, apis)
		}
	})
}

// TestQuotasPassingFault: what goes wrong while the quotas are asked for delays
// the figures that are left and loses none, those of the day before least of all.
func TestQuotasPassingFault(t *testing.T) {
	for name, how := range map[string]wxtest.Behaviour{
		"502": wxtest.HTTPStatus(502), "busy": wxtest.Errcode(-1, "system error"), "called too often": wxtest.Errcode(45011, "too often"),
		"HTML": wxtest.NotJSON(), "no answer": wxtest.Hang(),
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
				w.start()
				w.until("2026-11-21 07:00")
				calls := w.wechat.Count("", wxtest.QuotaGet)
				w.wechat.Fault(wxtest.Match{API: wxtest.QuotaGet, Times: 2}, wxtest.Behaviour{})
				undo := w.fault(wxtest.QuotaGet, how)
				w.until("2026-11-21 08:09")
				last := `wx_api_quota_used{account="brand",api="getupstreammsghour"}`
				w.want("during the fault", `wx_up{account="brand"}`, "1", last, "2")
				undo()
				w.until("2026-11-21 08:30")
				w.want("after the fault", last, "1")
				// No week or month has ended.
				apis := len(dailyAPIs(w.families...))
				told, n := w.scrape().With("wx_api_quota_used{"), w.wechat.Count("", wxtest.QuotaGet)-calls
				if len(told) != apis || n > apis+3 {
					t.Errorf("%d figures of %d APIs after %d calls", len(told), apis, n)
				}
			})
		})
	}
}

// TestQuotaOfALateAPI: an API that fails when the others' quotas are asked for
// keeps the figures of the day before, and gets new ones when it works again.
func TestQuotaOfALateAPI(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
		const used = `wx_api_quota_used{account="brand",api="getusersummary"}`
		w.start()
		w.until("2026-11-21 07:00")
		before := w.scrape()[used]
		undo := w.fault("getusersummary", wxtest.HTTPStatus(502))
		calls := w.wechat.Count("", wxtest.QuotaGet)
		w.until("2026-11-21 08:30")
		apis := len(dailyAPIs(w.families...))
		if n := w.wechat.Count("", wxtest.QuotaGet) - calls; n != apis-1 {
			t.Errorf("asked %d times while one of %d APIs fails", n, apis)
		}
		w.want("while it fails", used, before)
		undo()
		w.until("2026-11-21 23:00")
		if after := w.scrape()[used]; after == before {
			t.Errorf("%s is %s still when the API works again", used, after)
		}
		if n := w.wechat.Count("", wxtest.QuotaGet) - calls; n != apis {
			t.Errorf("asked %d times for %d quotas", n, apis)
		}
	})
}

// TestQuotasRefused: who may not see the quotas asks once a day and shows none.
func TestQuotasRefused(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
		w.start()
		w.until("2026-11-21 07:00")
		w.fault(wxtest.QuotaGet, wxtest.Errcode(76022, "no permission"))
		calls := w.wechat.Count("", wxtest.QuotaGet)
		w.until("2026-11-22 07:00")
		if n := w.wechat.Count("", wxtest.QuotaGet) - calls; n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		if shown := w.scrape().With("wx_api_quota_"); len(shown) > 0 {
			t.Errorf("the quotas of yesterday are shown: %v", shown)
		}
		w.want("without quotas", `wx_up{account="brand"}`, "1")
	})
}
