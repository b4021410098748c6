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
		if strings.HasPrefix(metric, "wx_history_") {
			needed = nil // it is sent, not scraped
		}
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
	for _, kind := range []string{"user_source", "read_source", "share_scene", "msg_type", "msg_interval", "publish_scene", "response", "advice", "alert", "family", "reason", "portrait", "phase", "mini_source", "mini_stay", "mini_depth", "ad_slot"} {
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
