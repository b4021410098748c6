package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

const dashboards = ".." // where the files are

// TestFilesAreFresh fails when `make dashboards` would change anything.
func TestFilesAreFresh(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range want {
		have, err := os.ReadFile(filepath.Join(dashboards, path))
		if err != nil {
			t.Errorf("%v: run make dashboards", err)
		} else if !bytes.Equal(have, content) {
			t.Errorf("%s is stale: run make dashboards", path)
		}
	}
	for _, l := range languages() {
		found, err := filepath.Glob(filepath.Join(dashboards, string(l), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			path, _ = filepath.Rel(dashboards, path)
			if _, ok := want[path]; !ok {
				t.Errorf("%s is no dashboard of the generator: remove it", path)
			}
		}
	}
}

// file is a dashboard as it stands on disk.
type file struct {
	path string
	dashboard
	panels []filePanel // all, also those in collapsed rows
}

type filePanel struct {
	panel
	inside string // the title of the collapsed row, "" at the top
}

func read(t *testing.T, l lang) []file {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dashboards, string(l), "*.json"))
	if err != nil || len(paths) != len(boards(english)) {
		t.Fatalf("%d dashboards in %s, want %d: %v", len(paths), l, len(boards(english)), err)
	}
	var files []file
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := file{path: path}
		if err := json.Unmarshal(content, &f.dashboard); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, p := range f.Panels {
			f.panels = append(f.panels, filePanel{*p, ""})
			if p.Panels != nil {
				for _, q := range *p.Panels {
					f.panels = append(f.panels, filePanel{*q, p.Title})
				}
			}
		}
		files = append(files, f)
	}
	return files
}

func TestDashboardsFollowTheRules(t *testing.T) {
	uids, titles := map[string]string{}, map[string]string{}
	for _, l := range languages() {
		for _, f := range read(t, l) {
			if other, taken := uids[f.UID]; taken || f.UID == "" || len(f.UID) > 40 {
				t.Errorf("%s: uid %q is empty, too long or that of %s", f.path, f.UID, other)
			}
			if other, taken := titles[f.Title]; taken || f.Title == "" {
				t.Errorf("%s: title %q is empty or that of %s", f.path, f.Title, other)
			}
			uids[f.UID], titles[f.Title] = f.path, f.path
			if f.Description == "" || f.Editable || f.Timezone != "browser" || f.SchemaVersion < 37 || f.ID != nil || f.Inputs == nil || len(f.Inputs) > 0 {
				t.Errorf("%s: description %q, editable %v, timezone %q, schema %d, id %v, __inputs %v", f.path, f.Description, f.Editable, f.Timezone, f.SchemaVersion, f.ID, f.Inputs)
			}
			if !slices.Equal(f.Tags, []string{tag, string(l)}) || len(f.Links) != 1 || !slices.Equal(f.Links[0].Tags, f.Tags) {
				t.Errorf("%s: tags %v and links %v do not hold the language's dashboards together", f.path, f.Tags, f.Links)
			}
			var names []string
			for _, v := range f.Templating.List {
				names = append(names, v.Name)
				if v.Type == "datasource" && v.Current["value"] != "default" {
					t.Errorf("%s: opens on the data source %v", f.path, v.Current)
				}
				if v.Type == "query" && (!v.Multi || !v.IncludeAll || v.AllValue != ".+" || v.Refresh != 2 || v.Datasource == nil || *v.Datasource != prom) {
					t.Errorf("%s: variable %s is not as the others", f.path, v.Name)
				}
			}
			if strings.HasPrefix(f.UID, "wx-articles") {
				names = slices.DeleteFunc(names, func(n string) bool { return n == "article" })
			}
			if !slices.Equal(names, []string{"datasource", "job", "instance", "account"}) {
				t.Errorf("%s: variables %v", f.path, names)
			}
		}
	}
}

func TestPanelsFollowTheRules(t *testing.T) {
	for _, l := range languages() {
		for _, f := range read(t, l) {
			ids := map[int]string{}
			for _, p := range f.panels {
				at := f.path + ": " + p.Title
				if other, taken := ids[p.ID]; taken || p.ID == 0 {
					t.Errorf("%s: id %d is that of %q", at, p.ID, other)
				}
				ids[p.ID] = p.Title
				if p.Title == "" {
					t.Errorf("%s: panel %d has no title", f.path, p.ID)
				}
				if p.Type == "row" {
					continue
				}
				if p.Description == "" || p.FieldConfig == nil || p.FieldConfig.Defaults.Unit == "" {
					t.Errorf("%s: no description or no unit", at)
				}
				if p.Datasource == nil || *p.Datasource != prom || len(p.Targets) == 0 {
					t.Errorf("%s: data source %v, %d queries", at, p.Datasource, len(p.Targets))
				}
				for _, q := range p.Targets {
					if q.Datasource != prom {
						t.Errorf("%s: query %s has data source %v", at, q.RefID, q.Datasource)
					}
					if overTime := p.Type == "timeseries" && q.Range; !overTime && (q.Format != "table" || !q.Instant || q.Range) {
						t.Errorf("%s: query %s is no instant query for a table", at, q.RefID)
					}
					for _, wrong := range faults(q.Expr, p.Type == "table") {
						t.Errorf("%s: query %s: %s", at, q.RefID, wrong)
					}
				}
			}
		}
	}
}

var (
	selected = regexp.MustCompile(`\b(?:wx_\w+|process_\w+|scrape_\w+|up)\b(\{[^}]*\})?(\[\$\w+\])?`)
	// The exporter's own series have no account.
	accountless = regexp.MustCompile(`^(?:up|process_\w+|scrape_\w+|wx_exporter_\w+|wx_store_healthy|wx_store_size_bytes|wx_api_request_duration_seconds_bucket)$`)
	counter     = regexp.MustCompile(`_(?:total|bucket|count|sum)$`)
)

// faults are what is wrong with a query. Tables show counters as they are, which
// increase cannot while a counter has its first value. What own falls back to
// is not the chosen exporters', on purpose.
func faults(expr string, counts bool) (wrong []string) {
	expr, _, _ = strings.Cut(expr, " or on () (")
	matches := selected.FindAllStringSubmatchIndex(expr, -1)
	if len(matches) == 0 {
		wrong = append(wrong, "selects nothing")
	}
	for _, m := range matches {
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return expr[m[2*i]:m[2*i+1]]
		}
		matchers, span := part(1), part(2)
		metric := strings.TrimSuffix(part(0), matchers+span)
		needed := []string{`job=~"$job"`, `instance=~"$instance"`}
		if !accountless.MatchString(metric) {
			needed = append(needed, `account=~"$account"`)
		}
		for _, n := range needed {
			if !strings.Contains(matchers, n) {
				wrong = append(wrong, metric+" lacks "+n)
			}
		}
		before := strings.TrimRight(expr[:m[0]], " ")
		if counter.MatchString(metric) && !counts && (span != "[$__rate_interval]" || !strings.HasSuffix(before, "rate(") && !strings.HasSuffix(before, "increase(")) {
			wrong = append(wrong, metric+" is a counter outside rate and increase")
		}
	}
	return wrong
}

func TestFaultsAreFound(t *testing.T) {
	all := `job=~"$job", instance=~"$instance", account=~"$account"`
	for expr, want := range map[string]int{
		`sum(wx_new_users{` + all + `})`: 0,
		`sum(wx_new_users)`:              3,
		`wx_up{` + all + `} + wx_up{job=~"$job", instance=~"$instance"}`:             1,
		`up{job=~"$job", instance=~"$instance"}`:                                     0,
		`wx_api_requests_total{` + all + `}`:                                         1,
		`rate(wx_api_requests_total{` + all + `}[5m])`:                               1,
		`rate(wx_api_requests_total{` + all + `}[$__rate_interval])`:                 0,
		`last_over_time(wx_publish_article_total_read_users{` + all + `}[$__range])`: 0,
		`sum by (job) (vector(1))`:                                                   1,
	} {
		if got := faults(expr, false); len(got) != want {
			t.Errorf("%s: %d faults, want %d: %v", expr, len(got), want, got)
		}
	}
}

// interval is how Grafana 9.3 rounds a range divided by the number of points,
// which Prometheus limits to 11,000: the step of the panel's queries, to which it
// rounds down the time of instant ones.
func interval(span time.Duration, points int) time.Duration {
	exact := span / time.Duration(min(points, 11000))
	for _, c := range []struct{ below, step time.Duration }{
		{15 * time.Second, 15 * time.Second}, {25 * time.Second, 20 * time.Second}, {45 * time.Second, 30 * time.Second},
		{90 * time.Second, time.Minute}, {150 * time.Second, 2 * time.Minute}, {450 * time.Second, 5 * time.Minute},
		{750 * time.Second, 10 * time.Minute}, {1050 * time.Second, 15 * time.Minute}, {1500 * time.Second, 20 * time.Minute},
		{2700 * time.Second, 30 * time.Minute}, {5400 * time.Second, time.Hour},
	} {
		if exact < c.below {
			return c.step
		}
	}
	return 24 * time.Hour
}

// TestNewPrometheusIsNotEmpty: at any picked range Grafana asks for the present
// to the scrape interval, or the query looks around the time by the step.
func TestNewPrometheusIsNotEmpty(t *testing.T) {
	own := map[string]time.Duration{"5m": 5 * time.Minute, "14d": 14 * 24 * time.Hour, "31d": 31 * 24 * time.Hour, "1y": 365 * 24 * time.Hour}
	for _, f := range read(t, english) {
		for _, p := range f.panels {
			for _, q := range p.Targets {
				if !q.Instant {
					if step := interval(30*24*time.Hour, p.MaxDataPoints); step > 5*time.Minute {
						t.Errorf("%s: %s has steps of %s over 30 days", f.path, p.Title, step)
					}
					continue
				}
				span, ok := own[p.TimeFrom]
				if !ok || !p.HideTimeOverride {
					t.Fatalf("%s: %s has no range of its own that this test knows: %q", f.path, p.Title, p.TimeFrom)
				}
				switch step := interval(span, p.MaxDataPoints); {
				case step <= time.Minute:
				case step <= 5*time.Minute && strings.Contains(q.Expr, "[10m] offset -5m"):
				case step <= time.Hour && strings.Contains(q.Expr, "[2h] offset -1h"):
				default:
					t.Errorf("%s: %s is evaluated up to %s in the past: %s", f.path, p.Title, step, q.Expr)
				}
			}
		}
	}
}

// TestBoardsAreLight: what a board asks for, and that nothing is drawn as
// hairlines or by a panel that some Grafana does not have.
func TestBoardsAreLight(t *testing.T) {
	everywhere := []string{"row", "stat", "table", "barchart", "timeseries"} // from Grafana 9.3 to 12
	for _, f := range read(t, english) {
		queries := 0
		for _, p := range f.panels {
			queries += len(p.Targets)
			if !slices.Contains(everywhere, p.Type) {
				t.Errorf("%s: %s is a %s", f.path, p.Title, p.Type)
			}
			if p.Type == "barchart" && len(p.Targets) > 2 {
				t.Errorf("%s: %s has %d bars a day", f.path, p.Title, len(p.Targets))
			}
		}
		if queries > 25 {
			t.Errorf("%s: %d queries", f.path, queries)
		}
	}
}

// TestTablesFit: the columns of a table take no more than its panel, on a
// screen of 1600 pixels.
func TestTablesFit(t *testing.T) {
	const screen, least = 1540, 60 // of the panels; of a column without a width
	for _, l := range languages() {
		for _, f := range read(t, l) {
			for _, p := range f.panels {
				if p.Type != "table" {
					continue
				}
				columns, wide := 0, 0.0
				for _, x := range p.Transformations {
					if o, ok := x.Options.(map[string]any); ok && x.ID == "organize" {
						columns = len(o["renameByName"].(map[string]any))
					}
				}
				for _, o := range p.FieldConfig.Overrides {
					for _, x := range o.Properties {
						if x.ID == "custom.width" {
							wide, columns = wide+x.Value.(float64), columns-1
						}
						if x.ID == "custom.hidden" {
							columns--
						}
					}
				}
				if need := int(wide) + columns*least; need > p.GridPos.W*screen/24 {
					t.Errorf("%s: %s needs %d pixels of %d", f.path, p.Title, need, p.GridPos.W*screen/24)
				}
			}
		}
	}
}

// TestAlertsHaveWords: every alert of the rules, and no other.
func TestAlertsHaveWords(t *testing.T) {
	rules, err := os.ReadFile("../../prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var want, have []string
	for _, m := range regexp.MustCompile(`(?m)^ *- alert: (\w+)$`).FindAllStringSubmatch(string(rules), -1) {
		want = append(want, m[1])
	}
	for _, a := range alerts {
		have = append(have, a.code)
	}
	slices.Sort(want)
	slices.Sort(have)
	if len(want) == 0 || !slices.Equal(want, have) {
		t.Errorf("the boards name the alerts %v, the rules have %v", have, want)
	}
}

// TestLinksLead: links between boards lead to boards of the same language.
func TestLinksLead(t *testing.T) {
	for _, l := range languages() {
		uids := map[string]bool{}
		var all strings.Builder
		for _, f := range read(t, l) {
			uids[f.UID] = true
			content, err := os.ReadFile(f.path)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(content)
		}
		found := regexp.MustCompile(`"/d/([^?"]*)`).FindAllStringSubmatch(all.String(), -1)
		if len(found) == 0 {
			t.Error("no links between boards")
		}
		for _, m := range found {
			if !uids[m[1]] {
				t.Errorf("a link leads to %q, which is no board in %s", m[1], l)
			}
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	for _, f := range read(t, english) {
		taken := map[[3]any]string{} // cells of the grid, by the row that holds them
		for _, p := range f.panels {
			g := p.GridPos
			if g.X+g.W > 24 || g.W == 0 || g.H == 0 {
				t.Errorf("%s: %s leaves the grid: %+v", f.path, p.Title, g)
			}
			for x := range g.W {
				for y := range g.H {
					cell := [3]any{p.inside, g.X + x, g.Y + y}
					if other, is := taken[cell]; is {
						t.Fatalf("%s: %s lies over %s", f.path, p.Title, other)
					}
					taken[cell] = p.Title
				}
			}
		}
	}
}

// TestLanguagesSayTheSame: what a dashboard shows does not depend on the
// language, and nothing is left untranslated.
func TestLanguagesSayTheSame(t *testing.T) {
	en, zh := read(t, english), read(t, chinese)
	for i := range en {
		a, b := en[i], zh[i]
		if filepath.Base(a.path) != filepath.Base(b.path) || b.UID != a.UID+"-zh" || len(a.panels) != len(b.panels) {
			t.Fatalf("%s and %s are not the same dashboard", a.path, b.path)
		}
		for j := range a.panels {
			p, q := a.panels[j], b.panels[j]
			if p.ID != q.ID || p.Type != q.Type || p.GridPos != q.GridPos || !slices.Equal(p.Targets, q.Targets) || len(p.Transformations) != len(q.Transformations) {
				t.Errorf("%s: %q and %q differ in more than words", b.path, p.Title, q.Title)
			}
		}
		checkTranslated(t, b)
	}
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func checkTranslated(t *testing.T, f file) {
	t.Helper()
	check := func(what, s string) {
		if !han(s) {
			t.Errorf("%s: %s %q is not translated", f.path, what, s)
		}
	}
	check("title", f.Title)
	check("description", f.Description)
	check("link", f.Links[0].Title)
	for _, v := range f.Templating.List {
		check("variable", v.Label)
	}
	for _, p := range f.panels {
		check("title", p.Title)
		if p.Type != "row" {
			check("description of "+p.Title, p.Description)
		}
	}
}

func TestWordsAreTranslated(t *testing.T) {
	figures := regexp.MustCompile(`^[0-9]+(-[0-9]+)?$`) // the same everywhere
	check := func(where string, w words) {
		if w.en == "" || han(w.en) {
			t.Errorf("%s: %q is not English", where, w.en)
		}
		if !han(w.zh) && (w.zh != w.en || !figures.MatchString(w.zh)) {
			t.Errorf("%s: %q is not Chinese", where, w.zh)
		}
	}
	for key, w := range names {
		check(key, w)
	}
	for _, kind := range []string{"user_source", "read_source", "share_scene", "msg_type", "msg_interval", "publish_scene", "response", "advice", "alert"} {
		all := codesOf(kind)
		if len(all) == 0 {
			t.Errorf("no codes of kind %s", kind)
		}
		for _, c := range all {
			check(kind+" "+c.code, c.name)
		}
	}
}

// TestWordsAreUsed fails for words that no dashboard shows.
func TestWordsAreUsed(t *testing.T) {
	var all strings.Builder
	for _, f := range read(t, chinese) {
		content, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	shown := func(key, s string) {
		quoted, _ := json.Marshal(s)
		if !strings.Contains(all.String(), string(quoted)) {
			t.Errorf("no dashboard shows the words of %s, %q", key, s)
		}
	}
	for key, w := range names {
		shown(key, w.zh)
	}
	for key, text := range texts {
		shown(key, text.title.zh)
	}
}
