package poll

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestAccountMetrics: what the exporter says about an account has the names of
// the contract, and each was seen with a sample. promlint objects only to the
// names that it is known to misread: days are what these count, not the unit in
// which they measure a time.
func TestAccountMetrics(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "publish"}}, func(w *world) {
		w.fault("getusersummary", wxtest.Duplicates())
		w.start()
		w.pass(time.Minute)
		durations := prometheus.NewPedanticRegistry()
		durations.MustRegister(w.fleet.Durations)
		all := w.fleet.accounts[brand.Name].gatherers(alone)
		own := prometheus.Gatherers{all[Exporter], all[Own], durations}
		families, err := own.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range families {
			got = append(got, f.GetName())
			for _, l := range f.GetMetric()[0].GetLabel() {
				if !slices.Contains(LabelNames(), l.GetName()) {
					t.Errorf("%s has the label %s, which accounts may have too", f.GetName(), l.GetName())
				}
			}
		}
		want := strings.Fields(`wx_up wx_collector_success wx_collector_duration_seconds wx_collector_last_success_timestamp_seconds
			wx_api_state wx_api_open_days wx_api_requests_total wx_api_request_duration_seconds wx_api_quota_limit wx_api_quota_used
			wx_token_refreshes_total wx_token_expiry_timestamp_seconds wx_rows_dropped_total wx_fields_unreadable_total wx_store_days wx_day_timestamp_seconds`)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("metrics %q, want %q", got, want)
		}
		problems, err := testutil.GatherAndLint(own)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			if p.Text != `use base unit "seconds" instead of "days"` {
				t.Errorf("%s: %s", p.Metric, p.Text)
			}
		}
	})
}
