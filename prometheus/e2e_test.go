//go:build e2e

package prometheus_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// accounts are those of the demo, and one whose app id WeChat does not know.
func accounts() []wxtest.Account {
	return append(publishers(), wxtest.Account{Name: "mistaken", AppID: "wx0000000000000404", Secret: "of-nothing"})
}

// publishers are the demo's accounts, all of them with ads, so that every board has
// figures.
func publishers() []wxtest.Account {
	all := wxtest.DemoAccounts()
	for i := range all {
		all[i].Publisher = true
	}
	return all
}

// quiet are the panels that show faults: empty while all is well, and without
// some labels when it is not.
var quiet = []string{"What is wrong", "Rows dropped"}

// historyBoard is the board over wx_history_*, which nothing is scraped of.
const historyBoard = "wx-history"

// TestEndToEnd: the exporter over a simulated WeChat, a real Prometheus that
// scrapes it twice, as if there were two of them, and another program beside
// it, with the rules, and all dashboards' queries.
func TestEndToEnd(t *testing.T) {
	server := tool(t, "prometheus")
	harness.SameDay(t)
	wechat := harness.WeChat(wxtest.Options{Accounts: publishers()})
	struck := wxtest.DemoAccounts()[0]
	day := wechat.Newest()
	for _, d := range []calendar.Day{0, 1} { // tomorrow too, should the test run into it
		wechat.SpikeFailures(struck.AppID, day+d, 40)
	}
	exporter := startExporter(t, wechat)
	p := startPrometheus(t, server, "prometheus.yml", func(jobs []map[string]any) {
		jobs[0]["static_configs"] = []any{
			map[string]any{"targets": []string{exporter}, "labels": map[string]string{"instance": "a"}},
			map[string]any{"targets": []string{exporter}, "labels": map[string]string{"instance": "b"}},
			map[string]any{"targets": []string{stranger(t)}, "labels": map[string]string{"job": "stranger", "instance": "c"}},
		}
	})
	harness.Eventually(t, "both exporters have polled all accounts", func() bool {
		return len(p.query(t, "wx_up == 1")) == 2*len(publishers()) && len(p.query(t, "wx_up")) == 2*len(accounts())
	})

	t.Run("alerts", func(t *testing.T) { p.checkAlerts(t, struck.Name) })
	t.Run("problems", func(t *testing.T) { p.checkProblems(t, struck.Name) })
	t.Run("annotations", func(t *testing.T) { p.checkAnnotations(t) })
	t.Run("rules", func(t *testing.T) { p.checkRules(t) })
	t.Run("documents", func(t *testing.T) { p.checkDocuments(t, day) })
	t.Run("discovery", func(t *testing.T) { checkDiscovery(t, p, server, exporter) })
	for _, d := range dashboards(t) {
		if d.UID == historyBoard {
			continue // TestHistoryDocument
		}
		for _, panel := range d.panels {
			t.Run(d.Title+"/"+panel.Title, func(t *testing.T) { p.checkPanel(t, panel) })
		}
	}
}

// checkAlerts: the spike is told, with its figures, and the account without one
// is left alone.
func (p *prometheus) checkAlerts(t *testing.T, struck string) {
	type alert struct {
		Labels, Annotations map[string]string
		State               string
	}
	var answer struct{ Alerts []alert }
	harness.Eventually(t, "WxCallbackFailureSpike fires", func() bool {
		p.get(t, "/api/v1/alerts", nil, &answer)
		return slices.ContainsFunc(answer.Alerts, func(a alert) bool {
			return a.Labels["alertname"] == "WxCallbackFailureSpike" && a.Labels["account"] == struck && a.State == "firing"
		})
	})
	figures := regexp.MustCompile(`^On 20\d\d-\d\d-\d\d \d+ callbacks of ` + struck + ` failed, [\d.]+% of \d+; the median of the week before is \d+\.$`)
	for _, a := range answer.Alerts {
		if a.Labels["account"] != struck && a.State == "firing" {
			t.Errorf("%v fires without a reason", a.Labels)
		}
		if a.Labels["alertname"] == "WxCallbackFailureSpike" && !figures.MatchString(a.Annotations["description"]) {
			t.Errorf("description %q", a.Annotations["description"])
		}
	}
}

// checkProblems: the overview tells of the spike and of the account without a
// token, and of nothing else.
func (p *prometheus) checkProblems(t *testing.T, struck string) {
	for _, panel := range panels(t, "What is wrong") {
		harness.Eventually(t, "the overview tells of the problems", func() bool {
			told := map[string][]string{}
			for _, r := range p.query(t, substitute(panel.Targets[0].Expr, ".+", ".+")) {
				told[r.Metric["account"]] = append(told[r.Metric["account"]], r.Metric["problem"])
			}
			return len(told) == 2 && slices.Contains(told[struck], "WxCallbackFailureSpike") && slices.Equal(told["mistaken"], []string{"failed"})
		})
	}
}

// checkAnnotations: Prometheus understands every board's.
func (p *prometheus) checkAnnotations(t *testing.T) {
	for _, d := range dashboards(t) {
		if len(d.Annotations.List) == 0 {
			t.Errorf("%s has no annotations", d.Title)
		}
		for _, a := range d.Annotations.List {
			p.query(t, substitute(a.Expr, ".+", ".+"))
		}
	}
}

// panels are those with a title, on any board.
func panels(t *testing.T, title string) (found []panel) {
	t.Helper()
	for _, d := range dashboards(t) {
		for _, panel := range d.panels {
			if panel.Title == title {
				found = append(found, panel)
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("no panel %q", title)
	}
	return found
}

// checkRules: the rules read the dates as the exporter means them, two
// exporters count once, and only the account without a token lacks one.
func (p *prometheus) checkRules(t *testing.T) {
	if failing := p.data(t, "account:wx_token:failing"); len(failing) != 1 || failing[0].Metric["account"] != "mistaken" {
		t.Errorf("accounts without a valid token: %v", failing)
	}
	p.data(t, "wx_day_timestamp_seconds")
	if wrong := p.query(t, "wx_latest_date_timestamp_seconds != on (instance, account, date) group_left () wx_day_timestamp_seconds"); len(wrong) > 0 {
		t.Errorf("the newest day has two times: %v", wrong)
	}
	once := `sum by (account) (wx_new_users{instance="a"} and on (account, date) wx_latest_date_timestamp_seconds{instance="a",api="getusersummary"})`
	if got, want := p.data(t, "sum by (account) (account:wx_new_users:latest)"), p.data(t, once); !equal(got, want) {
		t.Errorf("account:wx_new_users:latest is %v, want %v", got, want)
	}
}

// stranger is another program that Prometheus scrapes, with the metrics that
// every program has.
func stranger(t *testing.T) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "process_resident_memory_bytes 1e9\nprocess_cpu_seconds_total 1\n")
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// checkDiscovery: prometheus-sd.yml finds the accounts and brings every series
// of prometheus.yml, none of them twice.
func checkDiscovery(t *testing.T, one *prometheus, server, exporter string) {
	p := startPrometheus(t, server, "prometheus-sd.yml", func(jobs []map[string]any) {
		jobs[0]["static_configs"] = []any{map[string]any{"targets": []string{exporter}}}
		jobs[1]["http_sd_configs"] = []any{map[string]any{"url": "http://" + exporter + "/sd"}}
	})
	harness.Eventually(t, "all accounts are scraped", func() bool {
		return len(p.query(t, `up{job="wx_account"} == 1`)) == len(accounts())
	})
	const series = `count by (__name__, account) ({__name__=~"wx_.*", account!=""%s})`
	harness.Eventually(t, "the same series by discovery", func() bool {
		return equal(p.query(t, fmt.Sprintf(series, "")), one.query(t, fmt.Sprintf(series, `, instance="a"`)))
	})
	// Whoever chooses the job of the accounts sees the exporter all the same.
	for _, title := range []string{"Exporters up", "Store healthy", "Configuration in use", "Versions"} {
		for _, panel := range panels(t, title) {
			p.data(t, substitute(panel.Targets[0].Expr, "wx_account", ".+/.+"))
		}
	}
}

// checkPanel: every query returns data with the labels that the panel's
// transformations use, another program changes nothing, and a second exporter
// changes no figure of an account.
func (p *prometheus) checkPanel(t *testing.T, panel panel) {
	missing := map[string]string{} // a label that every row of some query has is none
	for _, target := range panel.Targets {
		for _, label := range panel.labels(target.RefID) {
			missing[label] = ""
		}
	}
	for _, target := range panel.Targets {
		expr := substitute(target.Expr, ".+", ".+")
		if slices.Contains(quiet, panel.Title) {
			p.query(t, expr)
			return
		}
		rows := p.data(t, expr)
		if !strings.Contains(expr, "time()") {
			harness.Eventually(t, "another program changes nothing in "+expr, func() bool {
				return equal(p.query(t, expr), p.query(t, substitute(target.Expr, "wx_exporter", ".+")))
			})
		}
		if target.Range {
			continue
		}
		lacks := lacking(rows, panel.labels(target.RefID))
		for _, row := range rows { // a matrix makes columns of a label's values
			for _, column := range row.Metric {
				delete(lacks, column)
			}
		}
		if panel.merges() {
			// One query has to have it: merge fills in the others' rows.
			maps.DeleteFunc(missing, func(label, _ string) bool { return lacks[label] == "" })
		} else if len(lacks) > 0 {
			t.Errorf("query %s lacks labels that the panel uses: %v", target.RefID, lacks)
		}
		if !perExporter.MatchString(target.Expr) {
			harness.Eventually(t, "a second exporter changes nothing in "+expr, func() bool {
				return equal(p.query(t, expr), p.query(t, substitute(target.Expr, ".+", "a")))
			})
		}
	}
	if panel.merges() && len(missing) > 0 {
		t.Errorf("no query has the labels %v", slices.Sorted(maps.Keys(missing)))
	}
}

// lacking tells for every label that some row lacks which row that is.
func lacking(rows []row, labels []string) map[string]string {
	lacks := map[string]string{}
	for _, label := range labels {
		for _, row := range rows {
			if row.Metric[label] == "" {
				lacks[label] = fmt.Sprint(row.Metric)
			}
		}
	}
	return lacks
}

func (p panel) merges() bool { return len(p.Transformations) > 0 && p.Transformations[0].ID == "merge" }

// perExporter are queries about exporters or their calls, or with the time in
// them. The calendar's clock is no such time.
var perExporter = regexp.MustCompile(`\bup\b|instance\b[^=]*\)|time\(\)|wx_api_requests_total|_bucket`)

// substitute fills in the dashboards' variables.
func substitute(expr, job, instance string) string {
	return strings.NewReplacer("$job", job, "$instance", instance, "$account", ".+", "$article", ".+", "$__rate_interval", "30s", "$__range", "1h").Replace(expr)
}

type dashboard struct {
	UID         string
	Title       string
	Annotations struct{ List []struct{ Expr string } }
	Panels      []panel
	panels      []panel // without rows, with those in collapsed rows
}

type panel struct {
	Title, Type string
	Panels      []panel
	Targets     []struct {
		RefID, Expr    string
		Instant, Range bool
	}
	Transformations []struct {
		ID      string
		Options json.RawMessage
		Filter  struct{ Options string } // the queries that it is for; empty: all
	}
}

func dashboards(t *testing.T) []dashboard {
	t.Helper()
	paths, err := filepath.Glob("../dashboards/en/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	var all []dashboard
	for _, path := range paths {
		var d dashboard
		if err := json.Unmarshal(read(t, path), &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, p := range d.Panels {
			if p.Type != "row" {
				d.panels = append(d.panels, p)
			}
			d.panels = append(d.panels, p.Panels...)
		}
		all = append(all, d)
	}
	return all
}

// labels are the fields that the transformations of a query use and that are neither
// made by the data source nor by an earlier transformation.
func (p panel) labels(query string) []string {
	used, made, matrix := map[string]bool{}, map[string]bool{"Time": true, "Value": true}, false
	use := func(field string) {
		if !made[field] && !strings.HasPrefix(field, "Value #") {
			used[field] = true
		}
	}
	for _, t := range p.Transformations {
		var o struct {
			ByField, ColumnField, RowField, ValueField string
			Sort                                       []struct{ Field string }
			Conversions                                []struct{ TargetField string }
			RenameByName                               map[string]string
		}
		if json.Unmarshal(t.Options, &o) != nil {
			continue
		}
		if t.Filter.Options != "" && t.Filter.Options != query {
			made[o.RowField+`\`+o.ColumnField] = true // of another query, and the next ones are for all
			continue
		}
		for _, f := range []string{o.ByField, o.ColumnField, o.RowField, o.ValueField} {
			if f != "" {
				use(f)
			}
		}
		for _, s := range o.Sort {
			use(s.Field)
		}
		for _, c := range o.Conversions {
			use(c.TargetField)
		}
		for from, to := range o.RenameByName {
			if !matrix && !strings.HasPrefix(from, "Value") { // a column may have no row
				use(from)
			}
			made[to] = true
		}
		if o.RowField != "" {
			made[o.RowField+`\`+o.ColumnField], matrix = true, true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// startExporter builds and starts the exporter with the demo's accounts.
func startExporter(t *testing.T, wechat *wxtest.WeChat) (address string) {
	t.Helper()
	return strings.TrimPrefix(startAccounts(t, wechat, accounts(), "--collector.revenue").URL, "http://")
}
