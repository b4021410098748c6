package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// userSeries is what the user family of an account must look like, taken from
// what the simulated WeChat holds.
func userSeries(t testing.TB, w *wxtest.WeChat, a wxtest.Account, days int) map[string]string {
	t.Helper()
	want := map[string]string{}
	newest := w.Newest()
	for d := newest - calendar.Day(days) + 1; d <= newest; d++ {
		for _, raw := range w.Rows(a.AppID, "getusersummary", d) {
			var r struct {
				Source      int `json:"user_source"`
				New, Cancel json.Number
				NewUser     json.Number `json:"new_user"`
				CancelUser  json.Number `json:"cancel_user"`
			}
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			labels := fmt.Sprintf(`{account=%q,date="%s",source="%d"}`, a.Name, d, r.Source)
			want["wx_new_users"+labels], want["wx_cancel_users"+labels] = r.NewUser.String(), r.CancelUser.String()
		}
		for _, raw := range w.Rows(a.AppID, "getusercumulate", d) {
			var r struct {
				Users json.Number `json:"cumulate_user"`
			}
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			want[fmt.Sprintf(`wx_cumulate_users{account=%q,date="%s"}`, a.Name, d)] = r.Users.String()
		}
	}
	return want
}

// only keeps the series of some metrics, as plain integers.
func only(all map[string]string, names ...string) map[string]string {
	kept := map[string]string{}
	for series, v := range all {
		for _, n := range names {
			if strings.HasPrefix(series, n+"{") {
				var f float64
				fmt.Sscan(v, &f)
				kept[series] = fmt.Sprintf("%.0f", f)
			}
		}
	}
	return kept
}

func TestEndToEnd(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	a := wxtest.DemoAccounts()[0]
	dir := t.TempDir()
	cfg := harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), []wxtest.Account{a}, "window: {daily: 10}"))
	s := start(t, nil, "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"),
		"--no-collector.message", "--no-collector.interface", "--no-collector.article", "--no-collector.publish")

	harness.Eventually(t, "the first fill", func() bool { return harness.Filled(s.Scrape(t), a.Name) })
	got := only(s.Scrape(t), "wx_new_users", "wx_cancel_users", "wx_cumulate_users")
	if diff := cmp.Diff(userSeries(t, w, a, 10), got); diff != "" {
		t.Errorf("the series differ from WeChat's rows (-want +got):\n%s", diff)
	}
	calls := map[string]int{}
	for _, c := range w.Calls() {
		if c.Begin != "" {
			calls[c.API]++
		}
	}
	for api, n := range calls {
		if n > 2 {
			t.Errorf("ten days of %s, which answers for a week, took %d calls", api, n)
		}
	}
	before := len(w.Calls())
	for range 20 {
		s.Scrape(t)
	}
	if n := len(w.Calls()) - before; n != 0 {
		t.Errorf("20 scrapes made %d calls to WeChat", n)
	}
	for _, c := range w.Calls() {
		if c.End > (calendar.DayOf(c.Time) - 1).String() {
			t.Errorf("asked for %s at %s: later than yesterday in Beijing", c.End, c.Time.In(calendar.Beijing))
		}
	}
	if code := s.stop(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, s.log)
	}
}

func TestRestartServesBeforeItCalls(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	accounts := wxtest.DemoAccounts()[:2]
	dir := t.TempDir()
	url := harness.Serve(t, w)
	args := []string{"--config.file=" + harness.Write(t, dir, "config.yml", harness.Config(url, accounts)), "--storage.path=" + filepath.Join(dir, "data"),
		"--no-collector.message", "--no-collector.article"}
	first := start(t, nil, args...)
	harness.Eventually(t, "the first fill", func() bool { return harness.Filled(first.Scrape(t), "brand", "store") })
	want := harness.Dated(first.Scrape(t))
	first.stop()

	w.ResetCalls()
	defer w.Fault(wxtest.Match{}, wxtest.Hang())()
	again := start(t, nil, args...)
	if diff := cmp.Diff(want, harness.Dated(again.Scrape(t))); diff != "" {
		t.Errorf("the first scrape after the restart (-before +after):\n%s", diff)
	}
	harness.Eventually(t, "readiness while WeChat hangs", func() bool {
		status, _ := again.Get(t, "/-/ready")
		return status == http.StatusOK
	})
	again.stop()
	if n := w.Count("", wxtest.Statistics); n != 0 {
		t.Errorf("the restart made %d calls of the same day again", n)
	}
}

// With a file beside it, the demo does what that says of everything but accounts.
func TestDemoWithConfiguration(t *testing.T) {
	sent := make(chan bool, 1)
	receiver := harness.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case sent <- true:
		default:
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	cfg := harness.Write(t, t.TempDir(), "config.yml", fmt.Sprintf(`
window: {daily: 3}
poll: {not_before: "00:00"}
remote_write: [{name: receiver, url: %q}]
accounts: [{name: mine, app_id: wx1, app_secret_file: none}]
`, receiver))
	s := start(t, nil, "--demo", "--config.file="+cfg)
	harness.Eventually(t, "both demo accounts", func() bool { return harness.Filled(s.Scrape(t), "brand", "store") })
	days := map[string]bool{}
	for series := range only(s.Scrape(t), "wx_cumulate_users") {
		_, date, _ := strings.Cut(series, "date=")
		days[date] = true
	}
	// Before WeChat has computed yesterday, it is not there.
	if len(days) < 2 || len(days) > 3 {
		t.Errorf("a window of three days shows %d", len(days))
	}
	if strings.Contains(fmt.Sprint(s.Scrape(t)), `account="mine"`) {
		t.Error("the demo has the file's account")
	}
	harness.Eventually(t, "something that is sent to the receiver", func() bool { return len(sent) > 0 })
	if code := s.stop(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, s.log)
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--demo", "--config.check", "--config.file=" + cfg}, os.Getenv, &out, &out); code != 0 {
		t.Errorf("the check of the demo's file: exit code %d and output:\n%s", code, out.String())
	}
}

func TestBadInput(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	dir := t.TempDir()
	file := harness.Write(t, dir, "a-file", "")
	good := "accounts: [{name: a, app_id: wx1, app_secret: s}]\n"
	for _, c := range []struct {
		name, config string
		args         []string
		want         string
	}{
		{"unknown key", "pol: {}\n" + good, nil, "config.yml:1: pol: "},
		{"duplicate account", "accounts:\n  - {name: a, app_id: wx1, app_secret: s}\n  - {name: a, app_id: wx2, app_secret: s}\n", nil, "config.yml:3: accounts[1].name: "},
		{"missing secret", "accounts: [{name: a, app_id: wx1}]\n", nil, "accounts[0].app_secret: "},
		{"missing secret file", "accounts: [{name: a, app_id: wx1, app_secret_file: nowhere}]\n", nil, "accounts[0].app_secret_file: "},
		{"no such file", "", []string{"--config.file=" + filepath.Join(dir, "none.yml")}, "none.yml"},
		{"unwritable storage path", good, []string{"--storage.path=" + filepath.Join(file, "data")}, "err=\"store " + filepath.Join(file, "data") + ": "},
		{"port in use", good, []string{"--web.listen-address=" + busy.Addr().String()}, "address already in use; another program listens there, perhaps a second wx_exporter: end it, or choose another address with --web.listen-address"},
		{"unknown key of the web configuration", good, []string{"--web.config.file=" + harness.Write(t, dir, "web.yml", "colour: red\n")}, "web.yml: yaml: unmarshal errors: line 1: field colour"},
		{"unknown flag", good, []string{"--colector.user"}, "--colector.user"},
		{"unknown log level", good, []string{"--log.level=loud"}, "loud"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			usual := []string{"--log.level=warn", "--storage.path=" + filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0"}
			if c.config != "" {
				usual = append(usual, "--config.file="+harness.Write(t, dir, "config.yml", c.config))
			}
			// A flag cannot be given twice: what the case sets goes before the usual.
			args := c.args
			for _, arg := range usual {
				flag, _, _ := strings.Cut(arg, "=")
				if !slices.ContainsFunc(c.args, func(a string) bool { return strings.HasPrefix(a, flag+"=") }) {
					args = append(args, arg)
				}
			}
			var out bytes.Buffer
			code := run(t.Context(), args, func(string) string { return "" }, &out, &out)
			if code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), c.want) {
				t.Errorf("want one line with %q, got:\n%s", c.want, out.String())
			}
		})
	}
}

// A value of the wrong kind is told with the variable that holds it.
func TestBadVariable(t *testing.T) {
	t.Setenv("WX_EXPORTER_DEMO", "yes")
	var out bytes.Buffer
	code := run(t.Context(), nil, func(string) string { return "" }, &out, &out)
	if code != 1 || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), "WX_EXPORTER_DEMO: ") {
		t.Errorf("exit code %d and output:\n%s", code, out.String())
	}
}

// What a person asks on the command line is not asked by the environment.
func TestVariablesAskNothing(t *testing.T) {
	cfg := harness.Write(t, t.TempDir(), "config.yml", "accounts: [{name: a, app_id: wx1, app_secret: s}]\nwindow: {daily: -1}\n")
	for _, v := range []string{"VERSION", "HELP", "HELP_LONG", "HELP_MAN", "CONFIG_CHECK", "COMPLETION_BASH", "COMPLETION_SCRIPT_BASH", "COMPLETION_SCRIPT_ZSH"} {
		for _, value := range []string{"1.4.2", "true"} {
			t.Run(v+"="+value, func(t *testing.T) {
				t.Setenv("WX_EXPORTER_"+v, value)
				var out bytes.Buffer
				code := run(t.Context(), []string{"--config.file=" + cfg}, func(string) string { return "" }, &out, &out)
				// It starts, as far as the configuration lets it: with a line of the log.
				if code != 1 || strings.Count(out.String(), "\n") != 1 || !strings.HasPrefix(out.String(), "ts=") || !strings.Contains(out.String(), "window.daily") {
					t.Errorf("exit code %d and output:\n%s", code, out.String())
				}
			})
		}
	}
}

func TestNoAccount(t *testing.T) {
	t.Chdir(t.TempDir())
	var out bytes.Buffer
	code := run(t.Context(), nil, func(string) string { return "" }, &out, &out)
	if code != 1 || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("exit code %d and output:\n%s", code, out.String())
	}
	for _, way := range []string{"--config.file", "WX_APP_ID", "WX_APP_SECRET", "--demo", "no file config.yml"} {
		if !strings.Contains(out.String(), way) {
			t.Errorf("the error does not name %s: %s", way, out.String())
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	a := wxtest.DemoAccounts()[1]
	// The environment names no server, so the configuration is only checked.
	env := map[string]string{"WX_APP_ID": a.AppID, "WX_APP_SECRET": a.Secret}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--config.check"}, func(k string) string { return env[k] }, &out, &out); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
	if strings.Contains(out.String(), a.Secret) {
		t.Error("the secret is printed")
	}
}

func TestConfigCheck(t *testing.T) {
	dir := t.TempDir()
	cfg := harness.Write(t, dir, "config.yml", "accounts: [{name: a, app_id: wx1, app_secret: s}]\n")
	bad := harness.Write(t, dir, "bad.yml", "accounts: [{name: a, app_id: wx1, app_secret: s, colour: red}]\nwindow: {daily: -1}\n")
	goodWeb := harness.Write(t, dir, "web.yml", "http_server_config: {http2: true}\n")
	badWeb := harness.Write(t, dir, "badweb.yml", "tls_server_config: {cert_file: nowhere}\n")
	oddWeb := harness.Write(t, dir, "oddweb.yml", "colour: red\nsize: 1\n")
	for _, c := range []struct {
		config, web string
		code        int
		want        []string
	}{
		{cfg, goodWeb, 0, []string{"fine"}},
		{bad, goodWeb, 1, []string{"bad.yml:1: accounts[0].colour: ", "bad.yml:2: window.daily: "}},
		{cfg, badWeb, 1, []string{"badweb.yml"}},
		{cfg, oddWeb, 1, []string{"oddweb.yml: yaml: unmarshal errors: line 1: field colour"}},
		{bad, badWeb, 1, []string{"bad.yml:1: ", "bad.yml:2: ", "badweb.yml"}},
	} {
		var out bytes.Buffer
		code := run(context.Background(), []string{"--config.check", "--config.file=" + c.config, "--web.config.file=" + c.web}, func(string) string { return "" }, &out, &out)
		if code != c.code {
			t.Errorf("%s %s: exit code %d, want %d", filepath.Base(c.config), filepath.Base(c.web), code, c.code)
		}
		if n := strings.Count(out.String(), "\n"); n != len(c.want) {
			t.Errorf("want %d lines, got:\n%s", len(c.want), out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("want a line with %q, got:\n%s", want, out.String())
			}
		}
	}
}

// Whoever sets the environment and has a file, too, expects both to count.
func TestEnvironmentBesideFile(t *testing.T) {
	cfg := harness.Write(t, t.TempDir(), "config.yml", "accounts: [{name: a, app_id: wx1, app_secret: s}]\n")
	env := map[string]string{"WX_APP_ID": "wx2", "WX_APP_SECRET": "of-the-other"}
	var out, warnings bytes.Buffer
	code := run(t.Context(), []string{"--config.check", "--config.file=" + cfg}, func(k string) string { return env[k] }, &out, &warnings)
	if w := warnings.String(); code != 0 || strings.Count(w, "\n") != 1 || !strings.HasPrefix(w, "warning: WX_APP_ID, ") || !strings.Contains(w, cfg) || strings.Contains(w, "of-the-other") {
		t.Errorf("exit code %d and warnings:\n%s", code, w)
	}
}

// An account that is left with nothing to poll would look healthy for ever.
func TestNothingToPoll(t *testing.T) {
	cfg := harness.Write(t, t.TempDir(), "config.yml", "accounts:\n- {name: a, app_id: wx1, app_secret: s, collectors: [user]}\n- {name: b, app_id: wx2, app_secret: s}\n")
	var out, warnings bytes.Buffer
	code := run(t.Context(), []string{"--config.check", "--config.file=" + cfg, "--no-collector.user"}, func(string) string { return "" }, &out, &warnings)
	if w := warnings.String(); code != 0 || strings.Count(w, "\n") != 1 || !strings.HasPrefix(w, "warning: account a: nothing is polled") {
		t.Errorf("exit code %d and warnings:\n%s", code, w)
	}
}

func TestReload(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	accounts := wxtest.DemoAccounts()[:2]
	url := harness.Serve(t, w)
	dir := t.TempDir()
	cfg := harness.Write(t, dir, "config.yml", harness.Config(url, accounts[:1]))
	s := start(t, nil, "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"), "--web.enable-lifecycle",
		"--no-collector.message", "--no-collector.article", "--no-collector.publish")
	harness.Eventually(t, "the first fill", func() bool { return harness.Filled(s.Scrape(t), "brand") })
	calls := w.Count(accounts[0].AppID, "")

	harness.Write(t, dir, "config.yml", harness.Config(url, accounts))
	if status, body := harness.Fetch(t, http.MethodPost, s.URL+"/-/reload"); status != http.StatusOK {
		t.Fatalf("reload answers %d: %s", status, body)
	}
	harness.Eventually(t, "the account that was added", func() bool { return harness.Filled(s.Scrape(t), "brand", "store") })
	if n := w.Count(accounts[0].AppID, "") - calls; n != 0 {
		t.Errorf("the account that did not change made %d calls", n)
	}

	harness.Write(t, dir, "config.yml", harness.Config(url, accounts)+"nonsense: 1\n")
	status, body := harness.Fetch(t, http.MethodPost, s.URL+"/-/reload")
	if status != http.StatusInternalServerError || !strings.Contains(body, "nonsense") {
		t.Errorf("a bad file is answered with %d: %s", status, body)
	}
	harness.Eventually(t, "the failed reload on /metrics", func() bool {
		got := s.Scrape(t)
		if !harness.Filled(got, "brand", "store") {
			t.Fatal("after a bad file accounts are missing")
		}
		return got["wx_exporter_config_last_reload_successful"] == "0"
	})

	harness.Write(t, dir, "config.yml", harness.Config(url, accounts[1:]))
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, "the account that was removed to go", func() bool {
		got := s.Scrape(t)
		for series := range got {
			if strings.Contains(series, `account="brand"`) {
				return false
			}
		}
		return harness.Filled(got, "store") && got["wx_exporter_config_last_reload_successful"] == "1"
	})
}

func TestReloadNeedsLifecycle(t *testing.T) {
	s := start(t, nil, "--demo")
	if status, body := harness.Fetch(t, http.MethodPost, s.URL+"/-/reload"); status != http.StatusForbidden || !strings.Contains(body, "--web.enable-lifecycle") {
		t.Errorf("reload answers %d: %s", status, body)
	}
}

func TestEndsWhileWeChatHangs(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	defer w.Fault(wxtest.Match{}, wxtest.Hang())()
	dir := t.TempDir()
	cfg := harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), wxtest.DemoAccounts()[:2]))
	s := start(t, nil, "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"))
	harness.Eventually(t, "a call that hangs", func() bool { return len(w.Calls()) > 0 })
	begin := time.Now()
	if code := s.stop(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, s.log)
	}
	t.Logf("ended after %s", time.Since(begin))
}

// account keeps the series of an account.
func account(all map[string]string, name string) map[string]string {
	kept := map[string]string{}
	for series, v := range all {
		if strings.Contains(series, fmt.Sprintf("account=%q", name)) {
			kept[series] = v
		}
	}
	return kept
}

// ownSeries are a process' own: no other replica has the same.
var ownSeries = regexp.MustCompile(`^wx_(\w+_total|account_lease|api_request_duration_\w+|exporter_\w+|store_\w+|remote_write_\w+)($|\{)`)

func ownOf(samples map[string]string) (names []string) {
	for name := range samples {
		if ownSeries.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// TestDemo has all figures and no trouble, and leaves nothing behind. Every account is
// found by /sd and scraped by /probe.
func TestDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := start(t, nil, "--demo", "--storage.path="+filepath.Join(t.TempDir(), "unused"))
	harness.Eventually(t, "all demo accounts", func() bool { return harness.Filled(s.Scrape(t), "brand", "store", "mall") })
	for _, metric := range []string{"wx_new_users", "wx_upstream_msgs", "wx_interface_avg_ms", "wx_publish_article_read_users", "wx_mini_visits", "wx_mini_load_seconds", "wx_revenue_slot_income_fen", "wx_revenue_settlement_fen"} {
		if len(only(s.Scrape(t), metric)) == 0 {
			t.Errorf("no %s", metric)
		}
	}
	probesAndDiscovery(t, s)
	s.stop()
	if n := strings.Count(s.log.String(), " figures=http://127.0.0.1:0/figures status=http://127.0.0.1:0/status metrics=http://127.0.0.1:0/metrics\n"); n != 1 {
		t.Errorf("the demo says %d times where to look", n)
	}
	for line := range strings.Lines(s.log.String()) {
		if !strings.Contains(line, "level=debug") && regexp.MustCompile(`(?i)fail|error|err=|level=warn`).MatchString(line) {
			t.Errorf("something looks wrong with the demo: %s", line)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), program+"-demo-*")); len(left) > 0 {
		t.Errorf("the demo left %v behind", left)
	}
}

func probesAndDiscovery(t *testing.T, s *server) {
	t.Helper()
	status, body := s.Get(t, "/sd")
	var groups []struct {
		Targets []string          `json:"targets"`
		Labels  map[string]string `json:"labels"`
	}
	if err := json.Unmarshal([]byte(body), &groups); err != nil || status != http.StatusOK || len(groups) != 3 {
		t.Fatalf("/sd answers %d: %s (%v)", status, body, err)
	}
	whole := harness.Dated(s.Scrape(t))
	found := 0
	for _, g := range groups {
		_, body := harness.Fetch(t, http.MethodGet, "http://"+g.Targets[0]+g.Labels["__metrics_path__"]+"?target="+g.Labels["__param_target"])
		one := harness.Dated(harness.Samples(t, body))
		if diff := cmp.Diff(account(whole, g.Labels["__param_target"]), one); diff != "" {
			t.Errorf("/probe of %s differs from /metrics:\n%s", g.Labels["__param_target"], diff)
		}
		found += len(one)
	}
	if found != len(whole) {
		t.Errorf("the probes have %d series of %d", found, len(whole))
	}
	_, body = s.Get(t, "/metrics?collect[]=exporter")
	own := ownOf(harness.Samples(t, body))
	_, body = s.Get(t, "/probe?target=brand")
	probed := ownOf(harness.Samples(t, body))
	for _, name := range []string{`wx_api_requests_total{account="brand",api="token",code="0"}`, `wx_token_refreshes_total{account="brand"}`,
		`wx_rows_dropped_total{account="brand",api="getusersummary",reason="invalid"}`, `wx_store_days{account="brand"}`, "wx_store_healthy", "wx_exporter_replicas"} {
		if !slices.Contains(own, name) {
			t.Errorf("collect[]=exporter lacks %s", name)
		}
	}
	if len(probed) > 0 {
		t.Errorf("/probe has what is a process' own: %q", probed)
	}
	if status, _ := s.Get(t, "/probe?target=nobody"); status != http.StatusNotFound {
		t.Errorf("/probe of an unknown account answers %d", status)
	}
	ofUser := []string{"wx_latest_date_timestamp_seconds"}
	for _, f := range collector.Families() {
		if f.Name == "user" {
			for _, m := range f.Metrics() {
				latest, _ := m.Latest()
				ofUser = append(ofUser, m.Name, latest.Name)
			}
		}
	}
	_, body = s.Get(t, "/metrics?collect[]=user")
	for series := range harness.Samples(t, body) {
		if name, _, _ := strings.Cut(series, "{"); !slices.Contains(ofUser, name) {
			t.Errorf("collect[]=user has %s", series)
		}
	}
}
