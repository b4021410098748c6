//go:build e2e

package prometheus_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestScenes looks at the boards when not all is well, or nothing is known: what they
// say then has to be true, worse things come first and in worse colours, and nothing
// is green that nobody has told of.
func TestScenes(t *testing.T) {
	server := tool(t, "prometheus")
	harness.SameDay(t)
	installGrafana(t)
	t.Run("no exporter", func(t *testing.T) {
		p := scrape(t, server, nil)
		p.scene(t).checkUnknown(t, "Nothing is known: see /status and Prometheus' targets", "状态未知，请查看 /status 与 Prometheus 的抓取目标")
	})
	t.Run("an exporter that never answered", func(t *testing.T) {
		p := scrape(t, server, nil, "127.0.0.1:1")
		p.data(t, lasting("up == 0"))
		p.scene(t).checkUnknown(t, "Prometheus cannot scrape the exporter", "Prometheus 无法抓取采集器")
	})
	t.Run("the first poll", func(t *testing.T) {
		wechat := harness.WeChat(wxtest.Options{Accounts: wxtest.DemoAccounts()[:2]})
		wechat.Fault(wxtest.Match{}, wxtest.Hang())
		exporter := startAccounts(t, wechat, wxtest.DemoAccounts()[:2])
		p := scrape(t, server, nil, exporter.URL)
		p.data(t, lasting("wx_api_state"))
		s := p.scene(t)
		lines := s.wrong(t, "en")
		if want := []problem{{"", "The first poll has not ended", "brand", "", "blue"}, {"", "The first poll has not ended", "store", "", "blue"}}; !slices.Equal(lines, want) {
			t.Errorf("wrong is %v, want %v", lines, want)
		}
		s.checkNothingGreen(t, "Exporters up", "Store healthy", "Configuration in use")
	})
	t.Run("all is well", func(t *testing.T) {
		exporter := harness.Start(t, harness.Build(t), "--demo")
		p := scrapeBoards(t, server, exporter, demoNames()...)
		s := p.scene(t)
		for language, want := range map[string]string{"en": "Nothing is wrong", "zh": "一切正常"} {
			if lines := s.wrong(t, language); !slices.Equal(lines, []problem{{"", want, "", "", "green"}}) {
				t.Errorf("wrong is %v", lines)
			}
		}
		if got := s.counted(); got != "Critical 0 green, Warning 0 green" {
			t.Error(got)
		}
		exporter.Stop(t)
		p.data(t, lasting("up == 0"))
		p.scene(t).checkUnknown(t, "Prometheus cannot scrape the exporter", "Prometheus 无法抓取采集器")
	})
	t.Run("alerts", func(t *testing.T) {
		exporter := harness.Start(t, harness.Build(t), "--demo")
		harness.Eventually(t, "all accounts are polled", func() bool { return harness.Filled(exporter.Scrape(t), demoNames()...) })
		alerts := alertRules(t)
		p := scrape(t, server, alerts, exporter.URL)
		harness.Eventually(t, "all alerts fire", func() bool {
			return len(p.query(t, lasting(`ALERTS{alertstate="firing"}`))) == len(alerts) && len(p.query(t, "wx_up")) == len(demoNames())
		})
		p.scene(t).checkAlertWords(t, alerts)
	})
	t.Run("an agency", func(t *testing.T) {
		p, exporter, accounts := refused(t, server)
		s := p.scene(t)
		s.checkRefused(t, accounts)
		s.checkAgency(t, exporter.Scrape(t), accounts)
	})
}

// scrape starts a Prometheus that scrapes exporters by their addresses, with the rules
// of prometheus.yml or, without waiting for what they wait for, with some alerts.
func scrape(t *testing.T, server string, alerts []rule, urls ...string) *prometheus {
	t.Helper()
	return scrapeEach(t, "1s", server, alerts, urls...)
}

func scrapeEach(t *testing.T, interval, server string, alerts []rule, urls ...string) *prometheus {
	t.Helper()
	example := "prometheus.yml"
	if alerts != nil {
		example = immediate(t, alerts)
	}
	return startPrometheusEvery(t, interval, server, example, func(jobs []map[string]any) {
		targets := []string{}
		for _, url := range urls {
			targets = append(targets, strings.TrimPrefix(url, "http://"))
		}
		jobs[0]["static_configs"] = []any{map[string]any{"targets": targets}}
	})
}

// lasting is a vector that has been there for some scrapes: Grafana rounds the time of
// its queries down.
func lasting(vector string) string { return "count_over_time((" + vector + ")[1m:1s]) > 10" }

// immediate writes a configuration with rules by which alerts fire at once, those of
// accounts for brand, and returns its path.
func immediate(t *testing.T, alerts []rule) string {
	t.Helper()
	type group struct {
		Name  string
		Rules []map[string]any
	}
	now := group{Name: "now"}
	for _, a := range alerts {
		labels := map[string]string{"severity": a.Labels["severity"], "account": "brand"}
		if slices.Contains(ofExporter, a.Alert) {
			labels = map[string]string{"severity": a.Labels["severity"], "instance": "x:10049"}
		}
		now.Rules = append(now.Rules, map[string]any{"alert": a.Alert, "expr": "vector(1)", "labels": labels})
	}
	rules, err := yaml.Marshal(map[string]any{"groups": []group{now}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := harness.Write(t, dir, "rules.yml", string(rules))
	config, _, _ := strings.Cut(string(read(t, "prometheus.yml")), "\nalerting:")
	_, jobs, _ := strings.Cut(string(read(t, "prometheus.yml")), "\nscrape_configs:")
	return harness.Write(t, dir, "prometheus.yml", strings.Replace(config, "rules.yml", path, 1)+"\nscrape_configs:"+jobs)
}

// problem is a line of the list of what is wrong.
type problem struct{ severity, what, account, instance, color string }

// scene is what all boards show at a moment: by language, the English uid and the
// English title.
type scene map[string]map[string]map[string]view

// scene looks at all boards in both languages.
func (p *prometheus) scene(t *testing.T) scene {
	t.Helper()
	var all board
	for _, language := range []string{"en", "zh"} {
		for _, b := range boards(t, language) {
			all.Panels = append(all.Panels, b.Panels...)
		}
	}
	views, s := p.look(t, all, time.Hour), scene{}
	for _, language := range []string{"en", "zh"} {
		s[language] = map[string]map[string]view{}
		for _, b := range boards(t, "en") {
			s[language][b.UID] = map[string]view{}
			for _, panel := range b.Panels {
				s[language][b.UID][strings.TrimPrefix(panel.key, b.UID+": ")], views = views[0], views[1:]
			}
		}
	}
	return s
}

// wrong is the list of what is wrong, those of equal weight by account.
func (s scene) wrong(t *testing.T, language string) (lines []problem) {
	t.Helper()
	columns := map[string]int{"en": 0, "zh": 1}[language]
	v := s[language]["wx-overview"]["What is wrong"]
	cell := func(names [2]string, row int) (text, color string) {
		for _, f := range v.Fields {
			if f.Name == names[columns] {
				if text = f.Texts[row]; len(f.Colors) > 0 {
					color = f.Colors[row]
				}
			}
		}
		return text, color
	}
	if len(v.Fields) == 0 {
		return nil
	}
	for row := range v.Fields[0].Texts {
		var l problem
		l.what, l.color = cell([2]string{"What", "问题"}, row)
		l.severity, _ = cell([2]string{"Severity", "严重程度"}, row)
		l.account, _ = cell([2]string{"Account", "账号"}, row)
		l.instance, _ = cell([2]string{"Instance", "实例"}, row)
		if _, color := cell([2]string{"Severity", "严重程度"}, row); l.severity != "" && color != l.color {
			t.Errorf("%q is %s and %q is %s", l.what, l.color, l.severity, color)
		}
		lines = append(lines, l)
	}
	weight := func(l problem) int { return slices.Index([]string{"red", "orange", "blue", "green"}, l.color) }
	if !slices.IsSortedFunc(lines, func(a, b problem) int { return weight(a) - weight(b) }) {
		t.Errorf("the worst does not come first: %v", lines)
	}
	slices.SortStableFunc(lines, func(a, b problem) int {
		if weight(a) != weight(b) {
			return 0
		}
		return strings.Compare(a.account, b.account)
	})
	return lines
}

// counted is what the tile beside the list says.
func (s scene) counted() string {
	var all []string
	for _, f := range s["en"]["wx-overview"]["Problems"].Figures {
		all = append(all, fmt.Sprintf("%s %s %s", f.Name, f.Text, f.Color))
	}
	return strings.Join(all, ", ")
}

// checkUnknown: without any answer the boards say what is known, in red, in both
// languages, and nothing that sounds like health.
func (s scene) checkUnknown(t *testing.T, en, zh string) {
	t.Helper()
	for language, want := range map[string]string{"en": en, "zh": zh} {
		lines := s.wrong(t, language)
		severity := map[string]string{"en": "Critical", "zh": "严重"}[language]
		if len(lines) != 1 || lines[0].what != want || lines[0].color != "red" || lines[0].severity != severity {
			t.Errorf("wrong is %v, want %q", lines, want)
		}
		if named := strings.Contains(en, "scrape the exporter"); len(lines) == 1 && named != (lines[0].instance != "") {
			t.Errorf("which exporter? %v", lines)
		}
		for _, title := range []string{"Refused and failed requests", "Rows dropped", "Quota used"} {
			v, want := s[language]["wx-exporter"][title], map[string]string{"en": "Nothing is known", "zh": "状态未知"}[language]
			if !slices.ContainsFunc(v.Fields, func(f field) bool { return len(f.Texts) == 1 && strings.HasPrefix(f.Texts[0], want) }) {
				t.Errorf("%s: %s says %v", language, title, v.Fields)
			}
		}
	}
	if got := s.counted(); got != "Critical 1 red, Warning 0 green" {
		t.Error(got)
	}
	s.checkNothingGreen(t)
}

// checkNothingGreen: but for the tile that counts, which counts what is known, and the
// panels of some titles.
func (s scene) checkNothingGreen(t *testing.T, but ...string) {
	t.Helper()
	for language, boards := range s {
		for uid, views := range boards {
			for title, v := range views {
				for _, f := range v.Figures {
					if f.Color == "green" && title != "Problems" && !slices.Contains(but, title) {
						t.Errorf("%s, %s: %s shows %q in green", language, uid, title, f.Text)
					}
				}
				for _, f := range v.Fields {
					if slices.Contains(f.Colors, "green") {
						t.Errorf("%s, %s: %s shows %v in %v", language, uid, title, f.Texts, f.Colors)
					}
				}
			}
		}
	}
}

// checkAlertWords: every alert has words and the colour of its severity, which has words
// too, in both languages; the tile counts all.
func (s scene) checkAlertWords(t *testing.T, alerts []rule) {
	t.Helper()
	severities := map[string]int{}
	for _, a := range alerts {
		severities[a.Labels["severity"]]++
	}
	for language, words := range map[string]map[string]string{"en": {"Critical": "red", "Warning": "orange"}, "zh": {"严重": "red", "警告": "orange"}} {
		lines := s.wrong(t, language)
		if len(lines) != len(alerts) {
			t.Errorf("%d lines of %d alerts: %v", len(lines), len(alerts), lines)
		}
		for _, l := range lines {
			if words[l.severity] != l.color || l.color == "" {
				t.Errorf("%q is %s, its severity is %q", l.what, l.color, l.severity)
			}
			if strings.HasPrefix(l.what, "Wx") || han.MatchString(l.what) != (language == "zh") {
				t.Errorf("%s: an alert is called %q", language, l.what)
			}
		}
	}
	if want := fmt.Sprintf("Critical %d red, Warning %d orange", severities["critical"], severities["warning"]); s.counted() != want {
		t.Errorf("%s, want %s", s.counted(), want)
	}
}

// The agency has fifty accounts: one is five days late, the next refuse the exporter a
// token, and of one WeChat never had anything.
const (
	agency  = 50
	refuses = 10
	silent  = 3 + refuses
)

// agencyAccounts are those of an agency, all of them Official Accounts.
func agencyAccounts() []wxtest.Account {
	accounts := wxtest.DemoAccounts()[:2]
	for i := len(accounts); i < agency; i++ {
		accounts = append(accounts, wxtest.Account{Name: fmt.Sprintf("account%02d", i), AppID: fmt.Sprintf("wx0000000000000%03d", i), Secret: "of-account", Followers: 3000 * i})
	}
	return accounts
}

// agencyWeChat is their WeChat.
func agencyWeChat(accounts []wxtest.Account) *wxtest.WeChat {
	wechat := harness.WeChat(wxtest.Options{Accounts: accounts})
	for _, a := range accounts[3:silent] {
		wechat.Fault(wxtest.Match{AppID: a.AppID, API: wxtest.Tokens}, wxtest.IPNotAllowed("203.0.113.7"))
	}
	wechat.Fault(wxtest.Match{AppID: accounts[0].AppID}, wxtest.Late(5*24*time.Hour))
	wechat.Fault(wxtest.Match{AppID: accounts[silent].AppID}, wxtest.Late(1000*24*time.Hour))
	return wechat
}

// refused is a Prometheus that scrapes an agency's accounts, and their exporter.
func refused(t *testing.T, server string) (*prometheus, *harness.Process, []wxtest.Account) {
	t.Helper()
	accounts := agencyAccounts()
	wechat := agencyWeChat(accounts)
	exporter := startAccounts(t, wechat, accounts)
	polled := func() bool {
		n, filled := 0, exporter.Scrape(t)
		for _, a := range accounts {
			if _, is := filled[`wx_up{account="`+a.Name+`"}`]; is {
				n++
			}
		}
		return n == len(accounts)
	}
	harness.Eventually(t, "all accounts are polled", polled)
	p := scrapeEach(t, "15s", server, nil, exporter.URL)
	harness.Eventually(t, "Prometheus has scraped", func() bool { return len(p.query(t, lasting("wx_up"))) == len(accounts) })
	return p, exporter, accounts
}

// checkAgency: the charts and tables of all boards, and the list of accounts, have the
// figures of /metrics.
func (s scene) checkAgency(t *testing.T, samples map[string]string, accounts []wxtest.Account) {
	t.Helper()
	views, names := map[string][]view{}, []string{}
	for uid, all := range s["en"] {
		views[uid] = slices.Collect(maps.Values(all))
	}
	checkPanels(t, views, pageOf(samples), false)
	for _, a := range accounts {
		names = append(names, a.Name)
	}
	checkAccounts(t, s["en"]["wx-overview"]["Accounts on their newest day"], figuresOf(samples, names), sameAs(t))
}

func (s scene) checkRefused(t *testing.T, accounts []wxtest.Account) {
	t.Helper()
	var want []problem
	for _, a := range accounts[3:silent] {
		want = append(want, problem{"Warning", "The last poll failed: click for WeChat's answer", a.Name, "", "orange"})
	}
	want = append(want, problem{"Warning", "WeChat's figures are late", accounts[0].Name, "", "orange"},
		problem{"", "WeChat has no figures of it yet", accounts[silent].Name, "", "blue"})
	if lines := s.wrong(t, "en"); !slices.Equal(lines, want) {
		t.Errorf("wrong is %v, want %v", lines, want)
	}
	if got := s.counted(); got != fmt.Sprintf("Critical 0 green, Warning %d orange", refuses+1) {
		t.Error(got)
	}
	for _, v := range s["en"]["wx-overview"] {
		checkOrder(t, v.panel.Title, v)
		switch v.panel.Title {
		case "Followers", "Net growth", "Readers", "Messages", "Failed callbacks", "Callback failure rate":
			if len(v.Figures) != 2 || !strings.HasSuffix(v.Figures[0].Name, fmt.Sprintf(" (%d/%d)", agency-refuses-2, agency)) {
				t.Errorf("%s is of %v, want %d of %d accounts", v.panel.Title, v.Figures, agency-refuses-2, agency)
			}
		case "Accounts on their newest day":
			if columns := v.columns(); len(columns["Account"]) != len(accounts) {
				t.Errorf("accounts: %v", columns["Account"])
			}
		}
	}
	checkNoFall(t, s["en"]["wx-overview"]["Followers"].Figures[0].Sparkline, "the tile")
	for _, f := range s["en"]["wx-users"]["Followers at the end of each day"].Fields {
		if f.Type == "number" {
			var days []float64
			for _, v := range f.Values {
				days = append(days, v.(float64))
			}
			checkNoFall(t, days, "the chart")
		}
	}
	s.checkReason(t, accounts)
}

// checkNoFall: no account loses a twentieth of its followers in a day, and so no sum.
func checkNoFall(t *testing.T, days []float64, what string) {
	t.Helper()
	if len(days) < 20 {
		t.Errorf("%s draws %d days", what, len(days))
	}
	for i := 1; i < len(days); i++ {
		if days[i] < 0.95*days[i-1] || days[i] > 1.05*days[i-1] {
			t.Errorf("%s jumps from %.0f to %.0f followers", what, days[i-1], days[i])
		}
	}
}

// checkReason: the exporter's board begins the refused requests with those that need
// somebody, and says which code and what to do.
func (s scene) checkReason(t *testing.T, accounts []wxtest.Account) {
	t.Helper()
	advice := map[string]string{"en": "40164: add the exporter's public address to the IP allow-list", "zh": "40164：请将采集器的公网地址加入 IP 白名单"}
	for language, want := range advice {
		v := s[language]["wx-exporter"]["Refused and failed requests"]
		rows := map[string]string{} // of the first ones
		if len(v.Fields) < 3 || len(v.Fields[2].Colors) < refuses {
			t.Fatalf("%s: the refused requests are %v", language, v.Fields)
		}
		for row := range refuses {
			rows[v.Fields[0].Texts[row]] = v.Fields[1].Texts[row] + " " + v.Fields[2].Texts[row] + " " + v.Fields[2].Colors[row]
		}
		for _, a := range accounts[3:silent] {
			if rows[a.Name] != map[string]string{"en": "token ", "zh": "令牌 "}[language]+want+" red" {
				t.Errorf("%s: the reason for %s is %q in %v", language, a.Name, rows[a.Name], rows)
			}
		}
	}
}
