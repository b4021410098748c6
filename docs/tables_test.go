package docs_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/wxexporter/wx_exporter/app"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/docs/words"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

var update = flag.Bool("update", false, "write the tables of metrics and codes into the documents")

// translated returns the translation of a text, in a language that has its own words.
func translated(t *testing.T, words map[string]string, key, text string) string {
	word, ok := words[key]
	switch {
	case words == nil, key == "":
		return text
	case !ok:
		t.Errorf("docs/words has no word for %q", key)
	}
	return word
}

// TestMetricTables holds the tables of the READMEs against what the code
// describes. With -update it writes them.
func TestMetricTables(t *testing.T) {
	own := exported(t)
	for _, f := range collector.Families() {
		for _, m := range f.Metrics() {
			delete(own, m.Name)
			if latest, ok := m.Latest(); ok {
				delete(own, latest.Name)
			}
		}
	}
	for _, l := range words.Languages() {
		t.Run(l.Readme, func(t *testing.T) {
			got := read(t, l.Readme)
			want := between(t, got, "metrics", dataTables(t, l))
			want = between(t, want, "own", ownTable(t, l, own))
			current(t, l.Readme, got, want)
		})
	}
}

// TestCodeTable holds the tables of metrics.md against the names that the
// exporter knows. With -update it writes them.
func TestCodeTable(t *testing.T) {
	for _, l := range words.Languages() {
		name := l.Docs + "/metrics.md"
		text := read(t, name)
		var b strings.Builder
		b.WriteString("\n" + l.CodeHead)
		for _, c := range collector.Codes() {
			if !strings.Contains(text, "\n- `"+c.Kind+"`") {
				t.Errorf("%s does not say which label the kind %s is for", name, c.Kind)
			}
			fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", c.Kind, c.Code, c.Name, c.NameZH)
		}
		current(t, name, text, between(t, text, "codes", b.String()+"\n"))
	}
}

// TestLabelTable holds the labels that configuration.md calls reserved against
// those that the exporter has. With -update it writes them.
func TestLabelTable(t *testing.T) {
	for _, l := range words.Languages() {
		name := l.Docs + "/configuration.md"
		text := read(t, name)
		current(t, name, text, between(t, text, "labels", "\n"+code(known().Labels)+"\n\n"))
	}
}

// TestViewTable holds the tables of storage.md against what the views' columns
// add up over. With -update it writes them.
func TestViewTable(t *testing.T) {
	for _, l := range words.Languages() {
		name := l.Docs + "/storage.md"
		text := read(t, name)
		var b strings.Builder
		b.WriteString("\n" + l.ViewHead)
		for _, v := range collector.Views(collector.Families()) {
			columns := map[collector.Adds][]string{}
			for _, c := range v.Columns {
				columns[c.Adds] = append(columns[c.Adds], c.Name)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", v.Name, code(columns[collector.Everywhere]), code(columns[collector.OverLabels]), code(columns[collector.Nowhere]))
		}
		current(t, name, text, between(t, text, "views", b.String()+"\n"))
	}
}

// current fails the test unless a document is what it should be. With -update
// it writes it.
func current(t *testing.T, name, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("the tables of %s are not what the code describes; run make update (-document +code):\n%s", name, cmp.Diff(strings.Split(got, "\n"), strings.Split(want, "\n")))
	}
	if err := os.WriteFile(filepath.Join(root, name), []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between replaces what stands between the markers of a name.
func between(t *testing.T, text, name, content string) string {
	t.Helper()
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("the markers of %s are missing", name)
	}
	return before + begin + content + end + after
}

// dataTables are the metrics of each family.
func dataTables(t *testing.T, l words.Language) string {
	var b strings.Builder
	for _, f := range collector.Families() {
		fmt.Fprintf(&b, "\n### %s\n\n%s", translated(t, l.Families, f.Name, f.Name), l.DataHead)
		for _, m := range f.Metrics() {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s: %s |\n", m.Name, code(m.Labels), translated(t, l.Units, m.Unit, m.Unit), strings.ReplaceAll(m.APIs, " and ", ", "), code([]string{m.Field}))
		}
	}
	return b.String() + "\n"
}

// ownTable is what the exporter tells of itself and of the accounts.
func ownTable(t *testing.T, l words.Language, metrics map[string]*dto.MetricFamily) string {
	var b strings.Builder
	b.WriteString("\n" + l.OwnHead)
	for _, name := range ownOrder(metrics) {
		m := metrics[name]
		kind := strings.ToLower(m.GetType().String())
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, code(labels(m)), kind, translated(t, l.HelpTexts, name, m.GetHelp()))
	}
	return b.String() + "\n"
}

// ownOrder has the accounts' state first, then the store, then the process.
func ownOrder(metrics map[string]*dto.MetricFamily) []string {
	groups := []string{"wx_latest_", "wx_day_", "wx_up", "wx_collector_", "wx_api_", "wx_token_", "wx_rows_", "wx_store_", "wx_history_", "wx_remote_write_", "wx_code_", "wx_exporter_", "wx_account_"}
	rank := func(name string) string {
		i := slices.IndexFunc(groups, func(g string) bool { return strings.HasPrefix(name, g) })
		return fmt.Sprintf("%02d%s", i, name)
	}
	names := make([]string, 0, len(metrics))
	for name := range metrics {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(rank(a), rank(b)) })
	return names
}

// labels returns the names of the labels that a metric's samples have, in the
// order in which people look for them.
func labels(m *dto.MetricFamily) []string {
	var names []string
	for _, sample := range m.GetMetric() {
		for _, l := range sample.GetLabel() {
			if !slices.Contains(names, l.GetName()) {
				names = append(names, l.GetName())
			}
		}
	}
	slices.Sort(names)
	if i := slices.Index(names, "account"); i > 0 {
		names = slices.Insert(slices.Delete(names, i, i+1), 0, "account")
	}
	return names
}

// code writes words as pieces of code.
func code(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "`, `") + "`"
}

// exported are the metrics that a running exporter shows when everything has
// happened once that it counts.
func exported(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	w := harness.WeChat(wxtest.Options{})
	defer w.Fault(wxtest.Match{API: "getusersummary"}, wxtest.Duplicates())()
	dir := t.TempDir()
	receiver := harness.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	past := fmt.Sprintf("history: {since: %s}\nremote_write: [{name: prometheus, url: %q}]", w.Newest()-31, receiver)
	url := run(t, "--storage.path="+filepath.Join(dir, "data"),
		"--config.file="+harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), wxtest.DemoAccounts()[:1], past)))
	var body string
	harness.Eventually(t, "the first fill, and the process' own metrics, made once a second", func() bool {
		_, body = harness.Fetch(t, http.MethodGet, url+"/metrics")
		return harness.Filled(harness.Samples(t, body), "brand") && strings.Contains(body, "\nwx_api_request_duration_seconds_") && strings.Contains(body, "\nwx_remote_write_last_success_timestamp_seconds")
	})
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name := range all {
		if !strings.HasPrefix(name, "wx_") {
			delete(all, name)
		}
	}
	all[poll.LeaseName] = &dto.MetricFamily{ // there are no replicas here
		Name: new(poll.LeaseName), Help: new(poll.LeaseHelp), Type: dto.MetricType_GAUGE.Enum(),
		Metric: []*dto.Metric{{Label: []*dto.LabelPair{{Name: new("account"), Value: new("brand")}}}},
	}
	return all
}

// run runs the exporter until the test ends, and returns its address.
func run(t *testing.T, args ...string) (url string) {
	ctx, cancel := context.WithCancel(context.Background())
	var log harness.Output
	pages, ended := make(chan http.Handler, 1), make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, args, app.Host{Getenv: os.Getenv, Stdout: &log, Stderr: &log, Serve: func(h http.Handler) { pages <- h }})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	select {
	case h := <-pages:
		return harness.Serve(t, h)
	case code := <-ended:
		ended <- code
		t.Fatalf("the exporter ends with code %d:\n%s", code, &log)
	}
	return ""
}
