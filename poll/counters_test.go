package poll

import (
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// counted are the counters of an account.
func (s series) counted(account string) map[string]float64 {
	values := map[string]float64{}
	for _, name := range []string{"wx_api_requests_total{", "wx_rows_dropped_total{", "wx_fields_unreadable_total{", "wx_token_refreshes_total{"} {
		for one, v := range s.with(name, `account="`+account+`"`) {
			values[one], _ = strconv.ParseFloat(v, 64)
		}
	}
	return values
}

func sum(counted map[string]float64) (all float64) {
	for v := range maps.Values(counted) {
		all += v
	}
	return all
}

// TestCountersBeginAtZero: what may happen is there before it has, so that increase()
// sees the first time. Codes of errors come with theirs.
func TestCountersBeginAtZero(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00"}, func(w *world) {
		remove := w.fault("", wxtest.Reset())
		w.start()
		got := w.scrape().counted(brand.Name)
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

// TestCountersAreTheProcess': they begin anew with it, and a changed configuration is
// no new process.
func TestCountersAreTheProcess(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}, served: true}, func(w *world) {
		w.fault("getusersummary", wxtest.Duplicates())
		w.start()
		w.pass(time.Minute)
		before := w.scrape().counted(brand.Name)
		if before[`wx_api_requests_total{account="brand",api="getusersummary",code="0"}`] == 0 || before[`wx_rows_dropped_total{account="brand",api="getusersummary",reason="duplicate"}`] == 0 {
			t.Errorf("nothing was counted: %v", before)
		}
		changed := w.options(brand)
		changed.Window.Daily++
		w.fleet.Set(changed)
		w.pass(time.Minute)
		after := w.scrape().counted(brand.Name)
		for s, v := range before {
			if after[s] < v {
				t.Errorf("after a reload %s fell from %v to %v", s, v, after[s])
			}
		}
		if sum(after) <= sum(before) {
			t.Error("after a reload nothing is counted")
		}
		w.fleet.Remove(brand.Name)
		if left := w.scrape().counted(brand.Name); len(left) > 0 {
			t.Errorf("a removed account leaves %v", left)
		}
		w.fleet.Set(w.options(brand))
		w.pass(time.Minute)
		if n := sum(w.scrape().counted(brand.Name)); n >= sum(before) {
			t.Errorf("an account that was removed and comes again has counted %v already", n)
		}
		w.stop()

		calls := len(w.wechat.Calls())
		w.start()
		w.pass(time.Minute)
		if n := len(w.wechat.Calls()) - calls; n > 0 {
			t.Fatalf("%d calls after the restart", n)
		}
		if n := sum(w.scrape().counted(brand.Name)); n != 0 {
			t.Errorf("a process that has done nothing has counted %v", n)
		}
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
		if n := len(w.callsSince("getusersummary", beijing(w, "2026-11-20 00:00"))); n > plan.DailyCalls {
			t.Errorf("%d calls of a day, want at most %d", n, plan.DailyCalls)
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
				other := newAccount(Options{Families: w.fleet.Families, Store: w.store, Logger: log.NewNopLogger(), Now: w.now}, w.options(brand), newCounters())
				other.restore()
				got := readSeries(t, exposed(t, other.gatherers(alone)[Exporter]))
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
