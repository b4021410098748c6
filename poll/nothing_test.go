package poll

import (
	"testing"

	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestNothingToAsk: an API of which no day is asked for any more has no problem, and
// none that hides the next one of another API from the log.
func TestNothingToAsk(t *testing.T) {
	for name, c := range map[string]struct {
		how   wxtest.Behaviour
		state string
	}{
		"the quota is spent": {wxtest.QuotaSpent(), plan.StateParked},
		"no row can be read": {retyped("ref_date", `"someday"`), plan.StateFailing},
		"the server fails":   {wxtest.HTTPStatus(500), plan.StateFailing},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"publish"}, window: plan.Window{Daily: 2, Article: 2}}, func(w *world) {
				mended := w.fault("getarticleread", c.how)
				w.start()
				w.until("2026-11-20 12:10")
				w.wantState(name, c.state, "getarticleread")
				w.want(name, `wx_up{account="brand"}`, "0")
				w.stop()
				w.window.Article = 0
				w.start()
				w.until("2026-11-21 12:00")
				w.wantState("no articles are asked for", plan.StateOK, "getarticleread")
				w.want("no articles are asked for", `wx_up{account="brand"}`, "1")
				mended()
				defer w.fault("getbizsummary", c.how)()
				w.until("2026-11-22 12:00")
				if lines := w.log.Lines("level=warn", "api=getbizsummary"); len(lines) != 1 {
					t.Errorf("the log tells of the next problem %d times: %q", len(lines), lines)
				}
			})
		})
	}
}
