package collector

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
)

// unlinted are the names of the contract that promlint is known to object to.
// Nothing else may displease it: WeChat's unit is no base unit of Prometheus'.
var unlinted = []string{
	"wx_interface_total_ms", "wx_interface_max_ms", "wx_interface_avg_ms",
	"wx_interface_hourly_total_ms", "wx_interface_hourly_max_ms", "wx_interface_hourly_avg_ms",
	"wx_latest_interface_total_ms", "wx_latest_interface_max_ms", "wx_latest_interface_avg_ms",
}

func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(everything(t))
	if err != nil {
		t.Fatal(err)
	}
	complained := map[string]bool{}
	for _, p := range problems {
		complained[p.Metric] = true
		if !slices.Contains(unlinted, p.Metric) || p.Text != "metric names should not contain abbreviated units" {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for _, name := range unlinted {
		if !complained[name] {
			t.Errorf("promlint has nothing against %s, or has not seen it", name)
		}
	}
}

// everything gathers the families with a row of each API that has every field,
// and the names of codes.
func everything(t testing.TB) prometheus.Gatherers {
	t.Helper()
	codes := prometheus.NewPedanticRegistry()
	codes.MustRegister(NewCodeCollector())
	all, days := prometheus.Gatherers{codes}, stored{}
	for _, api := range allAPIs() {
		begin, end := goldenDays(api)
		rows := []json.RawMessage{filledRow(t, api)}
		if slices.ContainsFunc(api.Groups, func(g Group) bool { return g.Where.Is != nil }) {
			rows = append(rows, goldenRows(t, api)...) // no row fills all groups
		}
		days.put(api.Name, api.Split(rows, begin, end, 0))
	}
	for _, f := range Families() {
		all = append(all, pedantic(t, f, days))
	}
	return all
}

func gathered(t testing.TB, g prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestHelpSaysWhere: HELP says what is counted and ends with API and field.
func TestHelpSaysWhere(t *testing.T) {
	for _, family := range gathered(t, everything(t)) {
		for _, api := range allAPIs() {
			for _, m := range api.metrics {
				if m.Name != family.GetName() {
					continue
				}
				help := family.GetHelp()
				if _, fields, _ := strings.Cut(help, ", field "); !strings.Contains(help, api.Name) || !strings.Contains(fields, m.Field) || !strings.HasSuffix(fields, ".") {
					t.Errorf("HELP of %s does not end with API and field: %q", m.Name, help)
				}
			}
		}
	}
}

// TestLabelNames: no label of any series is unknown to those who must not let an
// account have one of the same name.
func TestLabelNames(t *testing.T) {
	names := LabelNames(Families())
	for _, family := range gathered(t, everything(t)) {
		for _, l := range family.GetMetric()[0].GetLabel() {
			if !slices.Contains(names, l.GetName()) {
				t.Errorf("%s has the label %s, which is not among %q", family.GetName(), l.GetName(), names)
			}
		}
	}
}

// TestMetricOfTwoAPIs: a metric that two APIs have is one, also the first of a family.
func TestMetricOfTwoAPIs(t *testing.T) {
	f := Family{APIs: []API{
		{metrics: []Metric{{Name: "one", APIs: "a"}, {Name: "two", APIs: "a"}}},
		{metrics: []Metric{{Name: "one", APIs: "b"}, {Name: "three", APIs: "b"}}},
	}}
	var got []string
	for _, m := range f.Metrics() {
		got = append(got, m.Name+" of "+m.APIs)
	}
	if want := []string{"one of a and b", "two of a", "three of b"}; !slices.Equal(got, want) {
		t.Errorf("metrics %q, want %q", got, want)
	}
}

// TestFamiliesAreEachTheirOwn: who leaves out APIs leaves them to others.
func TestFamiliesAreEachTheirOwn(t *testing.T) {
	some := Families()
	n := len(some[0].APIs)
	some[0].APIs = slices.Delete(some[0].APIs, 0, 1)
	if again := Families(); len(again[0].APIs) != n || again[0].APIs[0].Name == "" {
		t.Errorf("the family has %d APIs, the first %q, want %d", len(again[0].APIs), again[0].APIs[0].Name, n)
	}
}
