package poll

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
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
		durations.MustRegister(w.running[0].observed)
		all := w.running[0].Gatherers(nil)
		own := prometheus.Gatherers{all[collector.Exporter], all[collector.Own], durations}
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

// TestNothingIsToldBeforeThePoll: a family that was never polled has neither failed nor
// taken any time, and its first poll goes on.
func TestNothingIsToldBeforeThePoll(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}, rps: 1}, func(w *world) {
		w.start()
		w.pass(2 * time.Second)
		if told := w.scrape().With("wx_collector_"); len(told) > 0 {
			t.Errorf("two seconds after the start: %v", told)
		}
		w.pass(5 * time.Minute)
		for _, family := range w.families {
			w.want("after the fill", `wx_collector_success{account="brand",collector="`+family+`"}`, "1")
		}
	})
}

// TestFailuresSurviveAKill: what rests for long after a failure is stored when it
// fails, so that a kill -9 right after it costs no other call.
func TestFailuresSurviveAKill(t *testing.T) {
	for code, want := range map[int]string{48001: plan.StateDenied, 47009: plan.StateOffline, 45009: plan.StateParked} {
		t.Run(want, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}, rps: 1}, func(w *world) {
				w.fault("getusersummary", wxtest.Errcode(code, "no"))
				w.start()
				for stateOf(w.scrape(), "getusersummary") != want {
					w.pass(100 * time.Millisecond)
				}
				var s state
				text, err := w.store.State(brand.AppID, stateName)
				if err == nil {
					err = json.Unmarshal(text, &s)
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := s.APIs["getusersummary"].State(); got != want {
					t.Errorf("at the moment of the failure the stored state is %q, want %q", got, want)
				}
			})
		})
	}
}
