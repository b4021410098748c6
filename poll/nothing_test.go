package poll

import (
	"testing"

	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestNothingToAsk: an API of which no day is asked for any more has no problem.
func TestNothingToAsk(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"publish"}, window: plan.Window{Daily: 2, Article: 2}}, func(w *world) {
		defer w.fault("getarticleread", wxtest.QuotaSpent())()
		w.start()
		w.until("2026-11-20 12:10")
		w.wantState("the quota is spent", plan.StateParked, "getarticleread")
		w.want("the quota is spent", `wx_up{account="brand"}`, "0")
		w.stop()
		w.window.Article = 0
		w.start()
		w.until("2026-11-21 12:00")
		w.wantState("no articles are asked for", plan.StateOK, "getarticleread")
		w.want("no articles are asked for", `wx_up{account="brand"}`, "1")
	})
}
