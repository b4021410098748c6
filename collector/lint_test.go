package collector

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// unlinted are the names of the contract that promlint is known to object to,
// each with its words. Nothing else may displease it.
var unlinted = map[string]string{
	// WeChat's unit is no base unit of Prometheus'.
	"wx_interface_total_ms": abbreviated, "wx_interface_max_ms": abbreviated, "wx_interface_avg_ms": abbreviated,
	"wx_interface_hourly_total_ms": abbreviated, "wx_interface_hourly_max_ms": abbreviated, "wx_interface_hourly_avg_ms": abbreviated,
	// Days are what these count, not the unit in which they measure a time.
	"wx_api_open_days": daysForSeconds, "wx_store_days": daysForSeconds,
}

const (
	abbreviated    = "metric names should not contain abbreviated units"
	daysForSeconds = `use base unit "seconds" instead of "days"`
)

func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(everything(t))
	if err != nil {
		t.Fatal(err)
	}
	complained := map[string]bool{}
	for _, p := range problems {
		complained[p.Metric] = true
		if unlinted[p.Metric] != p.Text {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for name := range unlinted {
		if !complained[name] {
			t.Errorf("promlint has nothing against %s, or has not seen it", name)
		}
	}
}

// everything gathers the families with the golden answers of all APIs, the own
// series of an account to which everything has happened once, and what all
// accounts share.
func everything(t testing.TB) prometheus.Gatherers {
	t.Helper()
	kept := newMemory()
	for _, g := range goldens {
		keepGolden(t, kept, g.api, day(t, g.begin), day(t, g.end))
	}
	var all prometheus.Gatherers
	for _, f := range Families() {
		all = append(all, pedantic(t, f, kept))
	}
	durations := NewDurations()
	shared := prometheus.NewPedanticRegistry()
	shared.MustRegister(NewCodeCollector(), durations)
	return append(all, shared, eventful(kept, durations).own())
}

// eventful returns an account that has something to say about everything.
func eventful(kept Store, durations *prometheus.HistogramVec) *account {
	e := New(Options{Store: kept, Durations: durations, Logger: log.NewNopLogger(), Now: time.Now})
	a := e.account(AccountOptions{Name: "brand", ID: "wx1", Families: familyNames(), Window: goldenWindow, Poll: goldenPoll})
	a.restore()
	a.observe(wxclient.Exchange{API: "getuserread", Code: "0", Duration: time.Second})
	a.onToken(wxclient.Token{Expiry: time.Now()})
	a.metrics.dropped.WithLabelValues("getuserread", duplicate).Inc()
	a.quotas.APIs = map[string]wxclient.Quota{"getuserread": {Limit: 100, Used: 1}}
	a.polled = true
	a.polls["user"] = familyPoll{Success: true, Duration: time.Second, LastSuccess: time.Now()}
	return a
}

// TestMetricNames holds the families' tables against the contract, both ways,
// and the HELP that users read against what it must say.
func TestMetricNames(t *testing.T) {
	help := map[string]string{}
	for _, family := range gathered(t, everything(t)) {
		help[family.GetName()] = family.GetHelp()
	}
	want := map[[2]string]string{} // labels by API and metric
	for _, n := range statements(t) {
		want[[2]string{n.api, n.metric}] = n.labelNames()
		text := help[n.metric]
		if text == "" {
			t.Errorf("%s: no golden answer makes it, or it has no HELP", n.metric)
			continue
		}
		words := fieldNames(text)
		for _, word := range append(n.fields(), n.api, "Beijing") {
			if !slices.Contains(words, word) {
				t.Errorf("HELP of %s says nothing of %s: %s", n.metric, word, text)
			}
		}
		if !strings.Contains(text, "as last fetched") {
			t.Errorf("HELP of %s does not say that the value is as last fetched: %s", n.metric, text)
		}
	}
	for _, f := range Families() {
		for _, api := range f.APIs {
			for _, m := range api.Metrics {
				key := [2]string{api.Name, m.Name}
				labels := strings.Join(slices.Sorted(slices.Values(m.Labels)), " ")
				if contracted, ok := want[key]; !ok || contracted != labels {
					t.Errorf("%s of %s has the labels %q, want %q (in the contract: %v)", m.Name, api.Name, labels, contracted, ok)
				}
				delete(want, key)
			}
		}
	}
	for key := range want {
		t.Errorf("%s has no %s", key[0], key[1])
	}
}

// labelNames are the names of the labels beside account and date, in order.
func (s statement) labelNames() string {
	var names []string
	for _, l := range s.labels {
		names = append(names, l[0])
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// fields are the fields of a row that a metric shows. Those that are told apart
// by a label stand in HELP as one, with a *.
func (s statement) fields() []string {
	path := s.value
	for _, l := range s.labels {
		if fixed, err := strconv.Unquote(l[1]); err == nil {
			path = strings.Replace(path, "_"+fixed+"_", "_*_", 1)
		}
		if s.value == "1" && l[0] != "msgid" {
			path += " " + l[1]
		}
	}
	return fieldNames(path)
}

func fieldNames(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' && r != '*' })
}

// TestOwnMetricNames: what the exporter says about an account has the names of
// the contract, and each was seen with a sample.
func TestOwnMetricNames(t *testing.T) {
	want := map[string]bool{}
	for _, name := range strings.Fields(`wx_latest_date_timestamp_seconds wx_up wx_collector_success wx_collector_duration_seconds
		wx_collector_last_success_timestamp_seconds wx_api_state wx_api_open_days wx_api_requests_total wx_api_request_duration_seconds
		wx_api_quota_limit wx_api_quota_used wx_token_refreshes_total wx_token_expiry_timestamp_seconds wx_rows_dropped_total
		wx_store_days wx_code_info`) {
		want[name] = true
	}
	for _, n := range statements(t) {
		want[n.metric] = true
	}
	for _, family := range gathered(t, everything(t)) {
		if !want[family.GetName()] {
			t.Errorf("%s is not in the contract", family.GetName())
		}
		delete(want, family.GetName())
	}
	for name := range want {
		t.Errorf("there is no %s", name)
	}
}

func gathered(t testing.TB, g prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}
