//go:build e2e

package prometheus_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestDashboards looks at all boards as Grafana shows them, by its own
// transformations, over a Prometheus that has only just been started: of the
// demo, of an account without articles, and of twenty accounts, or WX_ACCOUNTS,
// of which one is a day late.
func TestDashboards(t *testing.T) {
	server := tool(t, "prometheus")
	installGrafana(t)
	t.Run("demo", func(t *testing.T) {
		exporter := harness.Start(t, harness.Build(t), "--demo")
		scrapeBoards(t, server, exporter, demoNames()...).checkEverything(t, exporter, []string{"brand", "store"}) // the third is a mini program
	})
	t.Run("alone", func(t *testing.T) {
		alone := []wxtest.Account{{Name: "alone", AppID: "wx0000000000000a10", Secret: "of-alone"}}
		exporter := startAccounts(t, harness.WeChat(wxtest.Options{Accounts: alone}), alone, "--no-collector.publish") // the old article family is offline
		p := scrapeBoards(t, server, exporter, alone[0].Name)
		p.checkBoards(t, exporter, "zh", time.Hour, missingMetrics(exporter.Scrape(t)))
		checkAlone(t, p.look(t, boardOf(t, "wx-overview"), time.Hour), exporter.Scrape(t))
	})
	t.Run("mini", func(t *testing.T) {
		shop := wxtest.Account{Name: "shop", AppID: "wx0000000000000a11", Secret: "of-shop", Type: wxtest.Mini, Followers: 240_000, Pages: 60, Publisher: true, AdUnits: 5}
		dir, wechat := t.TempDir(), harness.WeChat(wxtest.Options{Accounts: []wxtest.Account{shop}})
		config := fmt.Sprintf("api: {url: %q, requests_per_second: 500}\npoll: {not_before: \"00:00\"}\naccounts:\n  - {name: %q, type: mini, app_id: %q, app_secret: %q, collectors: [mini, miniops, revenue]}\n",
			harness.Serve(t, wechat), shop.Name, shop.AppID, shop.Secret)
		exporter := harness.Start(t, harness.Build(t), "--config.file="+harness.Write(t, dir, "config.yml", config), "--storage.path="+filepath.Join(dir, "data"))
		p := scrapeBoards(t, server, exporter, shop.Name)
		page := exporter.Scrape(t)
		ofOfficial := func(expr string) bool {
			return missingMetrics(page)(expr) && (rare.MatchString(expr) || !ofMini.MatchString(expr))
		}
		p.checkBoards(t, exporter, "zh", time.Hour, ofOfficial)
		views := map[string][]view{}
		for _, b := range boards(t, "en") {
			views[b.UID] = p.look(t, b, time.Hour)
		}
		checkPanels(t, views, pageOf(exporter.Scrape(t)), false)
	})
	t.Run("many", func(t *testing.T) {
		n, many := harness.Wanted(t, "WX_ACCOUNTS", 20, strconv.Atoi), wxtest.DemoAccounts()[:2]
		for i := len(many); i < n; i++ {
			many = append(many, wxtest.Account{
				Name: fmt.Sprintf("account%03d", i), AppID: fmt.Sprintf("wx0000000000000%03d", i), Secret: "of-account", Followers: 3000 * i, OldArticles: i%2 == 0,
			})
		}
		wechat := harness.WeChat(wxtest.Options{Accounts: many})
		wechat.Fault(wxtest.Match{AppID: many[1].AppID}, wxtest.Late(30*time.Hour))
		exporter := startAccounts(t, wechat, many)
		var names []string
		for _, a := range many {
			names = append(names, a.Name)
		}
		p := scrapeBoards(t, server, exporter, names...)
		p.checkEverything(t, exporter, names)
		if f := figuresOf(exporter.Scrape(t), names); f.have["Followers"] != len(many)-1 {
			t.Errorf("%d of %d accounts have the newest day, one was to be late", f.have["Followers"], len(many))
		}
	})
}

// demoNames are the demo's accounts.
func demoNames() (names []string) {
	for _, a := range wxtest.DemoAccounts() {
		names = append(names, a.Name)
	}
	return names
}

// startAccounts starts the exporter for accounts of a simulated WeChat.
func startAccounts(t *testing.T, wechat *wxtest.WeChat, accounts []wxtest.Account, flags ...string) *harness.Process {
	t.Helper()
	dir := t.TempDir()
	config := harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, wechat), accounts))
	return harness.Start(t, harness.Build(t), append(flags, "--config.file="+config, "--storage.path="+filepath.Join(dir, "data"))...)
}

// grafana is where Grafana's packages are installed, beside the programs that
// other tests and make build.
const grafana = "../.tools/grafana/test"

// installGrafana copies the program that shows what Grafana would, and has npm
// fetch Grafana's packages for it, unless they are there.
func installGrafana(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(grafana, 0o755); err != nil {
		t.Fatal(err)
	}
	fresh := true
	for _, name := range []string{"package.json", "package-lock.json", "grafana.mjs", "transform.mjs"} {
		content := read(t, filepath.Join("..", "dashboards", "test", name))
		have, _ := os.ReadFile(filepath.Join(grafana, name))
		if bytes.Equal(content, have) {
			continue
		}
		fresh = fresh && filepath.Ext(name) != ".json"
		if err := os.WriteFile(filepath.Join(grafana, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(grafana, "node_modules", "@grafana", "data")); err == nil && fresh {
		return
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = grafana
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci, for Grafana's transformations: %v\n%s", err, out)
	}
}

// scrapeBoards starts a Prometheus that scrapes an exporter, and waits until it
// has done so some times.
func scrapeBoards(t *testing.T, server string, exporter *harness.Process, accounts ...string) *prometheus {
	t.Helper()
	harness.SameDay(t)
	harness.Eventually(t, "all accounts are polled", func() bool { return harness.Filled(exporter.Scrape(t), accounts...) })
	p := startPrometheusEvery(t, "5s", server, "prometheus.yml", func(jobs []map[string]any) {
		jobs[0]["static_configs"] = []any{map[string]any{"targets": []string{strings.TrimPrefix(exporter.URL, "http://")}}}
	})
	harness.Eventually(t, "Prometheus has scraped some times", func() bool {
		rows := p.query(t, `min(count_over_time(wx_up[1m]))`)
		return len(rows) == 1 && rows[0].value() >= 5 && len(p.query(t, "wx_up")) == len(accounts)
	})
	return p
}

// checkEverything looks at the boards at several picked ranges, and holds the
// overview's figures beside the exporter's.
func (p *prometheus) checkEverything(t *testing.T, exporter *harness.Process, accounts []string) {
	const day = 24 * time.Hour
	// WeChat tells the portrait of yesterday alone, which is not there before the morning, as
	// the last month is not on its first day; none of the accounts sells for a commission, and
	// there may be no mini program. TestFigures holds them all.
	page := exporter.Scrape(t)
	mayLack := func(expr string) bool {
		return missingMetrics(page)(expr) && (rare.MatchString(expr) || ofMini.MatchString(expr) && missingMetrics(page)("wx_mini_visitors"))
	}
	p.checkBoards(t, exporter, "en", 5*time.Minute, mayLack)
	p.checkBoards(t, exporter, "zh", day, mayLack)
	p.checkBoards(t, exporter, "en", 30*day, mayLack)
	p.checkBoards(t, exporter, "zh", 365*day, mayLack)
	t.Run("figures", func(t *testing.T) {
		f := figuresOf(exporter.Scrape(t), accounts)
		checkFigures(t, p.look(t, boardOf(t, "wx-overview"), day), f)
		checkSum(t, p.look(t, boardOf(t, "wx-users"), day), f)
		all := map[string][]view{}
		for _, b := range boards(t, "en") {
			all[b.UID] = p.look(t, b, day)
		}
		checkPanels(t, all, pageOf(exporter.Scrape(t)), false)
	})
	t.Run("time", func(t *testing.T) {
		for _, b := range boards(t, "en") {
			p.checkTime(t, b)
		}
	})
}

// checkBoards looks at the boards of a language; missing says of which expressions
// there can be no data.
func (p *prometheus) checkBoards(t *testing.T, exporter *harness.Process, language string, picked time.Duration, missing func(expr string) bool) {
	t.Run(language+"/"+picked.String(), func(t *testing.T) {
		given := namesGiven(exporter.Scrape(t))
		for _, b := range boards(t, language) {
			views := p.look(t, b, picked)
			checkBoard(t, b, views, missing)
			if language == "en" {
				checkEnglish(t, b, views, given)
			}
		}
	})
}

func boardOf(t *testing.T, uid string) board {
	t.Helper()
	all := boards(t, "en")
	return all[slices.IndexFunc(all, func(b board) bool { return b.UID == uid })]
}

// board is a dashboard, its panels also as they stand in the file.
type board struct {
	UID    string
	Panels []boardPanel
}

type boardPanel struct {
	panel
	TimeFrom      string
	Interval      string
	MaxDataPoints int
	Panels        []boardPanel
	file          json.RawMessage
	key           string // the board's uid and the title, and which one it is of several
}

// UnmarshalJSON keeps the whole panel for Grafana's transformations.
func (p *boardPanel) UnmarshalJSON(b []byte) error {
	type plain boardPanel
	if err := json.Unmarshal(b, (*plain)(p)); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &p.panel); err != nil {
		return err
	}
	p.file = slices.Clone(b)
	return nil
}

func boards(t *testing.T, language string) []board {
	t.Helper()
	paths, err := filepath.Glob("../dashboards/" + language + "/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	var all []board
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), historyBoard) {
			continue // TestHistoryDocument
		}
		var b, flat board
		if err := json.Unmarshal(read(t, path), &b); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		flat.UID = b.UID
		for _, p := range b.Panels {
			if p.Type != "row" {
				flat.Panels = append(flat.Panels, p)
			}
			flat.Panels = append(flat.Panels, p.Panels...)
		}
		flat.name()
		all = append(all, flat)
	}
	return all
}

// name gives the panels their keys.
func (b board) name() {
	seen := map[string]int{}
	for i := range b.Panels {
		p := &b.Panels[i]
		p.key = b.UID + ": " + p.Title
		if seen[p.Title]++; seen[p.Title] > 1 {
			p.key += fmt.Sprintf(" (%d)", seen[p.Title])
		}
	}
}

// view is what a panel shows.
type view struct {
	key     string
	at      time.Time // that the panel's queries are of
	panel   boardPanel
	Fields  []field
	Order   []any // the values of the column that the rows are sorted by
	Figures []figure
}

// field is a column, or a line of a chart.
type field struct {
	Name, Type string
	Values     []any
	Texts      []string
	Colors     []string // of cells whose text is coloured
}

// figure is a figure of a tile.
type figure struct {
	Name      string
	Value     float64
	Text      string
	Color     string
	Sparkline []float64 // by day
}

// step is that of a panel's queries in Grafana 9, which rounds the end of the
// range down to it, over a data source with a scrape interval of five seconds.
func step(span time.Duration, points int) time.Duration {
	exact := span / time.Duration(points)
	for _, s := range []time.Duration{5 * time.Second, 10 * time.Second, 5 * time.Minute, time.Hour} {
		if exact <= s {
			return s
		}
	}
	return 24 * time.Hour
}

// look asks the board's queries as Grafana does at a picked range, and has its
// transformations make of the answers what people see.
func (p *prometheus) look(t *testing.T, b board, picked time.Duration) []view {
	t.Helper()
	type looked struct {
		Panel   json.RawMessage `json:"panel"`
		Answers map[string]any  `json:"answers"`
	}
	var all []looked
	now, asked := time.Now(), map[string][]json.RawMessage{} // boards of two languages ask the same
	var times []time.Time
	for _, panel := range b.Panels {
		span := picked
		if own := map[string]time.Duration{"5m": 5 * time.Minute, "14d": 14 * 24 * time.Hour, "31d": 31 * 24 * time.Hour, "1y": 365 * 24 * time.Hour}[panel.TimeFrom]; own > 0 {
			span = own
		}
		every := step(span, panel.MaxDataPoints)
		times = append(times, now.Truncate(every))
		answers := map[string]any{}
		for _, target := range panel.Targets {
			expr := strings.ReplaceAll(substitute(target.Expr, ".+", ".+"), "[1h:", fmt.Sprintf("[%ds:", int(span.Seconds())))
			arguments, path := url.Values{"query": {expr}}, "/api/v1/query"
			var answer struct{ Result []json.RawMessage }
			switch days, err := strconv.Atoi(strings.TrimSuffix(panel.Interval, "d")); {
			case err == nil: // the history
				every = time.Duration(days) * 24 * time.Hour
				path = "/api/v1/query_range"
				step := int64(days) * 86400 // Grafana counts steps from 1970, which began on a Thursday
				arguments.Set("start", stamp(time.Unix(now.Add(-span).Unix()/step*step, 0)))
				arguments.Set("end", stamp(time.Unix(now.Unix()/step*step, 0)))
				arguments.Set("step", stamp(time.Unix(step, 0)))
			case target.Range:
				// In the first minutes steps of five minutes have no point yet: the test
				// of the files sees to it that they are not longer.
				every = min(every, 10*time.Second)
				path = "/api/v1/query_range"
				arguments.Set("start", stamp(now.Add(-min(span, time.Hour)).Truncate(every)))
				arguments.Set("end", stamp(now.Truncate(every)))
				arguments.Set("step", stamp(time.Unix(0, int64(every))))
			case panel.TimeFrom == "" && strings.Contains(target.Expr, "wx_history_"):
				arguments.Set("time", stamp(now)) // days of the history are no matter of minutes
				times[len(times)-1] = now
			default:
				arguments.Set("time", stamp(now.Truncate(every)))
			}
			question := path + "?" + arguments.Encode()
			if _, known := asked[question]; !known {
				p.get(t, path, arguments, &answer)
				asked[question] = answer.Result
			}
			answers[target.RefID] = asked[question]
		}
		all = append(all, looked{panel.file, answers})
	}
	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "transform.mjs")
	var errors bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stderr = grafana, bytes.NewReader(input), &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, &errors)
	}
	var views []view
	if err := json.Unmarshal(out, &views); err != nil || len(views) != len(b.Panels) {
		t.Fatalf("%d views of %d panels: %v", len(views), len(b.Panels), err)
	}
	for i := range views {
		views[i].panel, views[i].key, views[i].at = b.Panels[i], b.Panels[i].key, times[i]
	}
	return views
}

func stamp(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64)
}

var raw = regexp.MustCompile(`^(Time|Value)\b|\\|\$\{|^(week|others)$`)

// checkBoard: every panel has data, but for those of metrics that are missing, names
// are for people, and nothing has more series than can be told apart.
func checkBoard(t *testing.T, b board, views []view, missing func(expr string) bool) {
	t.Helper()
	for _, v := range views {
		at := b.UID + ": " + v.panel.Title
		series, values := 0, 0
		for _, f := range v.Fields {
			for _, value := range f.Values {
				if value != nil && value != "NaN" {
					values++
				}
			}
			if f.Type == "number" {
				series++
			}
			axis := v.panel.Type == "timeseries" && f.Type == "time" || v.panel.Type == "stat"
			if raw.MatchString(f.Name) && !axis && values > 0 {
				t.Errorf("%s: a field has the name %q", at, f.Name)
			}
		}
		bare := false
		for _, target := range v.panel.Targets {
			bare = bare || missing(target.Expr)
		}
		checkOrder(t, at, v)
		if values == 0 && !bare {
			t.Errorf("%s: no data", at)
		}
		if (v.panel.Type == "barchart" || v.panel.Type == "timeseries") && series > 12 {
			t.Errorf("%s: %d series", at, series)
		}
		if v.panel.Type == "stat" && len(v.Figures) == 2 && !slices.Contains(problemCounts, v.panel.Title) {
			if !regexp.MustCompile(`^\d{4}-\d\d-\d\d \(\d+/\d+\)$`).MatchString(v.Figures[0].Name) || len(v.Figures[0].Sparkline) < 7 {
				t.Errorf("%s: the tile is named %q and draws %d days", at, v.Figures[0].Name, len(v.Figures[0].Sparkline))
			}
		}
	}
}

// problemCounts are the tile that counts, in both languages; the others have a day.
var problemCounts = []string{"Problems", "问题数"}

// checkOrder: a table is sorted by what all of its rows have: Grafana takes gaps for
// equal to everything, and each stretch between them would be sorted by itself.
func checkOrder(t *testing.T, at string, v view) {
	t.Helper()
	for i, value := range v.Order {
		if v.panel.Type != "table" || len(v.Order) == 1 {
			continue
		}
		if value == nil {
			t.Errorf("%s: row %d has nothing to be sorted by: %v", at, i, v.Order)
			return
		}
		before, isNumber := v.Order[max(i, 1)-1].(float64)
		if here, _ := value.(float64); isNumber && i > 0 && here > before {
			t.Errorf("%s: row %d is not in order: %v", at, i, v.Order)
			return
		}
	}
}

// checkEnglish: nothing is Chinese but the names that WeChat gives.
func checkEnglish(t *testing.T, b board, views []view, given map[string]bool) {
	t.Helper()
	for _, v := range views {
		var texts []string
		for _, f := range v.Fields {
			texts = append(append(texts, f.Texts...), f.Name)
		}
		for _, f := range v.Figures {
			texts = append(texts, f.Name, f.Text)
		}
		for _, text := range texts {
			if han.MatchString(text) && !given[text] {
				t.Errorf("%s: %s shows %q", b.UID, v.panel.Title, text)
			}
		}
	}
}

var han = regexp.MustCompile(`\p{Han}`)

// namesGiven are the names on a page that are WeChat's: titles of articles, names of ad
// units, and what it calls the visitors of a mini program.
func namesGiven(page map[string]string) map[string]bool {
	given := map[string]bool{}
	for series := range page {
		for _, label := range sample.FindAllStringSubmatch(series, -1) {
			if label[1] == "title" || label[1] == "name" && namesOfWeChat.MatchString(series) {
				given[label[2]] = true
			}
		}
	}
	return given
}

var namesOfWeChat = regexp.MustCompile(`^wx_(revenue_unit_info|mini_portrait_visitors)\{`)

var (
	statistics = regexp.MustCompile(`\bwx_(new|cancel|cumulate|upstream|interface|publish|article|read|scene|mini|revenue)\w*`)
	ofMini     = regexp.MustCompile(`\bwx_(mini|revenue)_`)
	rare       = regexp.MustCompile(`\bwx_(mini_portrait|mini_monthly|revenue_cps)_`)
)

// missingMetrics tells whether an expression asks for statistics that a page lacks,
// as that of an account without articles does.
func missingMetrics(page map[string]string) func(expr string) bool {
	have := map[string]bool{}
	for series := range page {
		name, _, _ := strings.Cut(series, "{")
		have[name] = true
	}
	return func(expr string) bool {
		return slices.ContainsFunc(statistics.FindAllString(expr, -1), func(name string) bool { return !have[name] })
	}
}

// checkTime logs how long the slowest query of a board takes, of a processor and by the
// clock. The quickest of three tries counts: Prometheus also scrapes.
func (p *prometheus) checkTime(t *testing.T, b board) {
	var clock, processor time.Duration
	for _, panel := range b.Panels {
		for _, target := range panel.Targets {
			quickest := time.Hour
			for range 3 {
				before, begin := p.processor(t), time.Now()
				p.query(t, substitute(target.Expr, ".+", ".+"))
				clock, quickest = max(clock, time.Since(begin)), min(quickest, p.processor(t)-before)
			}
			processor = max(processor, quickest)
		}
	}
	t.Logf("%s: the slowest query took %s of a processor, and %s by the clock", b.UID, processor, clock)
}

// processor is the time that Prometheus has spent on processors.
func (p *prometheus) processor(t *testing.T) time.Duration {
	t.Helper()
	seconds, err := strconv.ParseFloat(harness.Server{URL: p.url}.Scrape(t)["process_cpu_seconds_total"], 64)
	if err != nil || seconds == 0 {
		t.Fatalf("Prometheus does not tell its processor time: %v", err)
	}
	return time.Duration(seconds * float64(time.Second))
}
