package poll

import (
	"maps"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestCountersBeginAtZero: what may happen is there before it has, so that increase()
// sees the first time. Codes of errors come with theirs.
func TestCountersBeginAtZero(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00"}, func(w *world) {
		remove := w.fault("", wxtest.Reset())
		w.start()
		got := harness.Counted(w.scrape(), brand.Name)
		want := map[string]float64{
			`wx_token_refreshes_total{account="brand"}`:                         0,
			`wx_api_requests_total{account="brand",api="token",code="0"}`:       0,
			`wx_api_requests_total{account="brand",api="quota",code="0"}`:       0,
			`wx_api_requests_total{account="brand",api="token",code="network"}`: 1,
		}
		for _, api := range apisOf(familyNames()...) {
			want[`wx_api_requests_total{account="brand",api="`+api+`",code="0"}`] = 0
			want[`wx_fields_unreadable_total{account="brand",api="`+api+`"}`] = 0
			for _, reason := range collector.DropReasons() {
				want[`wx_rows_dropped_total{account="brand",api="`+api+`",reason="`+reason+`"}`] = 0
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("counters %v, want %v", got, want)
		}
		remove()
		w.pass(time.Hour)
		w.want("after the fill", `wx_api_requests_total{account="brand",api="token",code="0"}`, "1", `wx_token_refreshes_total{account="brand"}`, "1")
	})
}

// TestRestartKeepsTheCap: counters begin anew with the process, but the calls of the
// day are the account's.
func TestRestartKeepsTheCap(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.fault("getusersummary", wxtest.HTTPStatus(502))
		for range 30 {
			w.start()
			w.pass(time.Minute)
			w.stop()
		}
		if n := len(w.callsSince("getusersummary", calendartest.At(w, "2026-11-20 00:00"))); n > plan.DailyCap {
			t.Errorf("%d calls of a day, want at most %d", n, plan.DailyCap)
		}
	})
}

// TestRefusedTokens: an account that gets no token says why, though no API was
// asked.
func TestRefusedTokens(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.fault(wxtest.Tokens, wxtest.IPNotAllowed("192.0.2.1"))
		w.start()
		w.pass(25 * time.Minute)
		w.want("while the address is not allowed", `wx_api_requests_total{account="brand",api="token",code="40164"}`, "3",
			`wx_api_requests_total{account="brand",api="getusersummary",code="0"}`, "0", `wx_token_refreshes_total{account="brand"}`, "0")
	})
}

// TestLastPollIsKnownElsewhere: how a poll went is stored when it ends, so that other
// replicas, and the process that comes next, show it.
func TestLastPollIsKnownElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		fault wxtest.Behaviour
		up    string
	}{"good": {wxtest.BadText(), "1"}, "failed": {wxtest.HTTPStatus(502), "0"}} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
				w.fault("getusersummary", c.fault)
				w.start()
				for w.scrape()[`wx_up{account="brand"}`] == "" {
					w.pass(100 * time.Millisecond)
				}
				other := New(Options{Families: collector.Families(), Store: w.store, Logger: log.NewNopLogger(), Now: w.now}, w.options(brand), NewCounters())
				other.Restore()
				got := harness.Samples(t, harness.Exposed(t, other.Gatherers(nil)[collector.Exporter]))
				if v := got[`wx_up{account="brand"}`]; v != c.up {
					t.Errorf("another process shows wx_up %q, want %q", v, c.up)
				}
				if v := got[`wx_token_expiry_timestamp_seconds{account="brand"}`]; v == "" {
					t.Error("another process does not show when the token expires")
				}
			})
		})
	}
}
