//go:build e2e

package prometheus_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// held are the checks of the panels that show what WeChat told.
func held(p page) map[string]check {
	checks := ranking(p)
	for _, all := range []map[string]cells{expected(p), ofAccounts(p)} {
		for key, want := range all {
			checks[key] = rowsAre(func(page) cells { return want })
		}
	}
	for key, w := range tiles() {
		checks[key] = w.check
	}
	return checks
}

// checkPanels holds panels beside the exporter's page: all of them, or those that have a
// check by it.
func checkPanels(t *testing.T, boards map[string][]view, p page, all bool, more ...map[string]check) {
	t.Helper()
	checks, looked := held(p), map[string]bool{}
	for _, m := range more {
		maps.Copy(checks, m)
	}
	for _, views := range boards {
		for _, v := range views {
			looked[v.key] = true
			check, ok := checks[v.key]
			switch {
			case ok:
				check(t, v, p)
			case all:
				t.Errorf("%s: no check holds it", v.key)
			}
		}
	}
	for key := range checks {
		if !looked[key] {
			t.Errorf("%s: a check of no panel", key)
		}
	}
}

// requests and processor are what grown adds in a second: calls, and seconds of a processor.
const (
	requests  = 2.0
	processor = 0.25
)

// grown is a page with what WeChat tells rarely, or what grows.
func grown(text string, since time.Duration) string {
	var b strings.Builder
	const series = `wx_api_requests_total{account="brand",api="` + growing + `",code="0"}`
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "process_cpu_seconds_total") && !strings.HasPrefix(line, series) {
			b.WriteString(line)
		}
	}
	fmt.Fprintf(&b, "process_cpu_seconds_total %g\n%s %g\n", 1+processor*since.Seconds(), series, 40+requests*since.Seconds())
	for i := range 24 { // others are asked once, six of them every ten seconds
		asked := 1
		if since > settled-time.Duration(i/6)*10*time.Second {
			asked = 2
		}
		fmt.Fprintf(&b, "wx_api_requests_total{account=\"nobody\",api=\"%s%02d\",code=\"0\"} %d\n", askedOnce, i, asked)
	}
	return b.String()
}

// settled is when nothing but growing is asked for any more.
const settled = 40 * time.Second

// growing is an API of which brand is asked all the time.
const growing = "getusersummary"

// askedOnce begins the names of APIs that are asked once.
const askedOnce = "once"

// seldom are series that depend on the hour, or that a healthy exporter lacks: the portrait
// of yesterday, which comes in the morning, sales for a commission, and dropped rows.
func seldom(day string) string {
	var b strings.Builder
	for i := range 14 {
		fmt.Fprintf(&b, "wx_mini_portrait_visitors{account=\"mall\",date=%q,kind=\"province\",name=\"第%02d省\"} %d\n", day, i, 1000-37*i)
		fmt.Fprintf(&b, "wx_mini_portrait_visitors{account=\"shop\",date=%q,kind=\"province\",name=\"第%02d省\"} %d\n", day, i, 100+i*i)
	}
	for i, name := range []string{"男", "女", "未知"} {
		fmt.Fprintf(&b, "wx_mini_portrait_visitors{account=\"mall\",date=%q,kind=\"gender\",name=%q} %d\n", day, name, 4000/(i+1))
	}
	fmt.Fprintf(&b, "wx_revenue_cps_orders{account=\"brand\",date=%q} 17\nwx_revenue_cps_commission_fen{account=\"brand\",date=%[1]q} 12345\n", day)
	fmt.Fprintf(&b, "wx_revenue_cps_orders{account=\"store\",date=%q} 4\nwx_revenue_cps_commission_fen{account=\"store\",date=%[1]q} 678\n", day)
	for i, reason := range []string{"duplicate", "over_limit"} {
		fmt.Fprintf(&b, "wx_rows_dropped_total{account=\"nobody\",api=\"getuserread\",reason=%q} %d\n", reason, 3+i)
	}
	return b.String()
}

// agencyPage is what an exporter says of an agency's fifty accounts, mini programs and ads
// among them: one is five days late, ten refuse it a token, and of one WeChat never had
// anything.
func agencyPage(t *testing.T) string {
	t.Helper()
	accounts := agencyAccounts()
	accounts[4].Type, accounts[5].Type = wxtest.Mini, wxtest.Mini
	accounts[1].OldArticles = true // the first account is the late one
	for i := range accounts {
		accounts[i].Publisher = i%3 == 0 || accounts[i].Type == wxtest.Mini
		if i%8 > 1 {
			accounts[i].Articles = -1 // those of seven are enough
		}
	}
	shops := []wxtest.Account{
		{Name: "mall", AppID: "wx0000000000000b01", Secret: "of-mall", Type: wxtest.Mini, Followers: 240_000, Pages: 60, Publisher: true, AdUnits: 25},
		{Name: "shop", AppID: "wx0000000000000b02", Secret: "of-shop", Type: wxtest.Mini, Followers: 30_000, Pages: 12, Publisher: true},
	}
	accounts = append(accounts[:agency-len(shops):agency-len(shops)], shops...)
	wechat := agencyWeChat(accounts)
	exporter := startAccounts(t, wechat, accounts, "--collector.revenue")
	everybody := func() bool { return len(pageOf(exporter.Scrape(t)).only("wx_up")) == len(accounts) }
	harness.Eventually(t, "all accounts are polled", everybody)
	_, text := exporter.Get(t, "/metrics")
	exporter.Stop(t)
	return text
}

// TestFigures holds every panel of every board, but for those of the history, beside a page
// of an agency's exporter, in the first minute of a Prometheus: figures, texts, colours and
// the order of rows. TestComposeHistory holds the board History.
func TestFigures(t *testing.T) {
	server := tool(t, "prometheus")
	harness.SameDay(t)
	installGrafana(t)
	text := agencyPage(t)
	newest := slices.Max(slices.Collect(maps.Values(pageOf(samplesOf(text)).newest("getweanalysisappiddailyvisittrend"))))
	text = askedOf(t, text) + seldom(newest.String())
	began := time.Now()
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprint(w, grown(text, time.Since(began)))
	}))
	t.Cleanup(exporter.Close)
	p := scrapeEach(t, "10s", server, []rule{}, exporter.URL)
	harness.Eventually(t, "Prometheus has scraped for a minute", func() bool {
		return len(p.query(t, "count_over_time(wx_exporter_build_info[5m]) >= 7")) == 1
	})
	views, chinese := p.lookAll(t)
	instance := strings.TrimPrefix(exporter.URL, "http://")
	checkPanels(t, views, pageOf(samplesOf(grown(text, settled+time.Second))), true, ofExporters(instance), map[string]check{
		"wx-overview: What is wrong":   checkWrong,
		"wx-overview: Problems":        checkCount,
		"wx-exporter: Scrape duration": p.checkScrapes(instance),
	})
	checkSame(t, views, chinese)
	said := samplesOf(text)
	for _, b := range boards(t, "en") {
		checkBoard(t, b, views[b.UID], missingMetrics(said))
		checkBoard(t, b, chinese[b.UID], missingMetrics(said))
		checkEnglish(t, b, views[b.UID], namesGiven(said))
	}
}

// lookAll looks at all boards in both languages at one moment.
func (p *prometheus) lookAll(t *testing.T) (english, chinese map[string][]view) {
	t.Helper()
	var all board
	for _, language := range []string{"en", "zh"} {
		for _, b := range boards(t, language) {
			all.Panels = append(all.Panels, b.Panels...)
		}
	}
	views := p.look(t, all, time.Hour)
	english, chinese = map[string][]view{}, map[string][]view{}
	for _, of := range []map[string][]view{english, chinese} {
		for _, b := range boards(t, "en") {
			of[b.UID], views = views[:len(b.Panels)], views[len(b.Panels):]
		}
	}
	return english, chinese
}

// askedOf leaves out, of a page, the metrics that no board and no rule asks for, half of it,
// and those that seldom adds.
func askedOf(t *testing.T, text string) string {
	t.Helper()
	asked := map[string]bool{}
	paths, _ := filepath.Glob("../dashboards/en/*.json")
	for _, path := range append(paths, "rules.yml") {
		for _, name := range ours.FindAllString(string(read(t, path)), -1) {
			asked[name] = true
		}
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, "{")
		if name = ours.FindString(name); name == "" || asked[name] && !strings.HasPrefix(name, "wx_mini_portrait_") && !strings.HasPrefix(name, "wx_revenue_cps_") {
			b.WriteString(line)
		}
	}
	return b.String()
}

var ours = regexp.MustCompile(`\bwx_\w+`)

// samplesOf are the series of a page.
func samplesOf(text string) map[string]string {
	samples := map[string]string{}
	for line := range strings.Lines(text) {
		if i := strings.LastIndexByte(strings.TrimSpace(line), ' '); i > 0 && line[0] != '#' {
			samples[line[:i]] = strings.TrimSpace(line[i:])
		}
	}
	return samples
}

// wrongBy is what is wrong with accounts, by the page alone: no alert has fired yet.
func wrongBy(p page, now time.Time) map[string]problem {
	lines, newest := map[string]problem{}, map[string]float64{}
	for _, one := range p.only("wx_latest_date_timestamp_seconds") {
		account := one.labels["account"]
		newest[account] += 0
		if slices.Contains([]string{"getusersummary", "getusercumulate", "getweanalysisappiddailysummarytrend"}, one.labels["api"]) {
			newest[account] = max(newest[account], 0)
			if age := float64(now.Unix()) - one.value; age > 3.6*86400 {
				lines[account] = problem{"Warning", "WeChat's figures are late", account, "", "orange"}
			}
		}
	}
	for _, one := range p.only("wx_up") {
		account := one.labels["account"]
		_, known := newest[account]
		switch {
		case one.value == 0:
			lines[account] = problem{"Warning", "The last poll failed: click for WeChat's answer", account, "", "orange"}
		case !known:
			lines[account] = problem{"", "WeChat has no figures of it yet", account, "", "blue"}
		}
	}
	return lines
}

func checkWrong(t *testing.T, v view, p page) {
	t.Helper()
	s, want := scene{"en": {"wx-overview": {"What is wrong": v}}}, wrongBy(p, v.at)
	lines := s.wrong(t, "en")
	for _, l := range lines {
		if want[l.account] != l {
			t.Errorf("%s: %v, want %v", v.key, l, want[l.account])
		}
	}
	if len(lines) != len(want) || len(want) < refuses+2 {
		t.Errorf("%s has %d lines of %d: %v", v.key, len(lines), len(want), lines)
	}
}

func checkCount(t *testing.T, v view, p page) {
	t.Helper()
	warnings := 0
	for _, l := range wrongBy(p, v.at) {
		if l.severity == "Warning" {
			warnings++
		}
	}
	s := scene{"en": {"wx-overview": {"Problems": v}}}
	if want := fmt.Sprintf("Critical 0 green, Warning %d orange", warnings); s.counted() != want {
		t.Errorf("%s says %s, want %s", v.key, s.counted(), want)
	}
}

// checkScrapes: Prometheus itself tells how long scrapes took.
func (p *prometheus) checkScrapes(instance string) check {
	return func(t *testing.T, v view, _ page) {
		t.Helper()
		var answer struct {
			Result []struct{ Values [][2]any }
		}
		p.get(t, "/api/v1/query", url.Values{"query": {fmt.Sprintf("scrape_duration_seconds{instance=%q}[10m]", instance)}}, &answer)
		lines, took := v.lines(), []float64{}
		for _, series := range answer.Result {
			for _, value := range series.Values {
				n, _ := strconv.ParseFloat(value[1].(string), 64)
				took = append(took, n)
			}
		}
		if got, ok := lines[instance]; len(lines) != 1 || !ok || !slices.Contains(took, got) {
			t.Errorf("%s shows %v, scrapes took %v", v.key, lines, took)
		}
	}
}

// checkSame: the Chinese boards show the same figures in the same panels and colours.
func checkSame(t *testing.T, english, chinese map[string][]view) {
	t.Helper()
	shown := func(v view) (all []string) {
		for _, f := range v.Fields {
			if f.Type == "number" {
				colors := slices.Clone(f.Colors)
				slices.Sort(colors)
				all = append(all, fmt.Sprint(len(f.Values), colors, sortedNumbers(f.Values)))
			}
		}
		for _, f := range v.Figures {
			all = append(all, fmt.Sprint(f.Value, f.Color, f.Sparkline))
		}
		slices.Sort(all)
		return all
	}
	for uid, views := range english {
		for i, v := range views {
			if got, want := shown(chinese[uid][i]), shown(v); !slices.Equal(got, want) {
				t.Errorf("%s shows in Chinese %v, in English %v", v.key, got, want)
			}
		}
	}
}

func sortedNumbers(values []any) (all []float64) {
	for _, value := range values {
		if n, ok := value.(float64); ok {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}
