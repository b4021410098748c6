package app

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestCheck: each thing that can be wrong is told in a line with what to do, each API
// is asked once, and nothing is stored.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		match wxtest.Match
		fault wxtest.Behaviour
		ahead time.Duration // the host's clock
		lang  string        // of the terminal
		code  int
		want  []string // parts of the output
		calls int      // to the statistics APIs at most; 0: none
	}{
		{name: "all is well", code: 0, calls: 4, want: []string{"brand    token", "works: ", "clock", "agrees with WeChat's", "Everything works"}},
		{name: "a wrong app id", match: wxtest.Match{API: wxtest.Tokens}, fault: wxtest.Errcode(40013, "invalid appid"), code: 1, want: []string{"token", "40013", "app_id"}},
		{name: "a terminal in Chinese", match: wxtest.Match{API: wxtest.Tokens}, fault: wxtest.Errcode(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"), lang: "zh_CN.UTF-8", code: 1, want: []string{"请在公众号后台将 203.0.113.7 加入 IP 白名单"}},
		{name: "a clock, in Chinese", lang: "zh_CN.UTF-8", ahead: time.Hour, code: 1, want: []string{"NTP：查询哪些日期取决于它"}, calls: 4},
		{name: "a wrong secret", match: wxtest.Match{API: wxtest.Tokens}, fault: wxtest.Errcode(40125, "invalid appsecret"), code: 1, want: []string{"token", "40125", "secret"}},
		{name: "an address that is not allowed", match: wxtest.Match{API: wxtest.Tokens}, fault: wxtest.Errcode(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"), code: 1, want: []string{"token", "40164", "203.0.113.7"}},
		{name: "tokens that others replace", match: wxtest.Match{API: wxtest.Statistics}, fault: wxtest.Errcode(40001, "invalid credential"), code: 1, want: []string{"40001"}, calls: 2},
		{name: "an API that is not granted", match: wxtest.Match{API: "getusercumulate"}, fault: wxtest.Errcode(48001, "api unauthorized"), code: 0, want: []string{"getusercumulate", "48001", "Everything works that the accounts may use"}, calls: 4},
		{name: "an API that the platform may not use", match: wxtest.Match{API: "getusercumulate"}, fault: wxtest.Errcode(61007, "api is unauthorized to component"), code: 0, want: []string{"getusercumulate", "61007"}, calls: 4},
		{name: "nothing is granted", match: wxtest.Match{API: wxtest.Statistics}, fault: wxtest.Errcode(48001, "api unauthorized"), code: 1, want: []string{"works, but no API does", "type is right"}, calls: 4},
		{name: "an API that fails", match: wxtest.Match{API: "getusersummary"}, fault: wxtest.HTTPStatus(502), code: 1, want: []string{"getusersummary", "http_502", "not everything works: 1 of 6"}, calls: 4},
		{name: "WeChat cannot be reached", match: wxtest.Match{API: wxtest.Tokens}, fault: wxtest.Reset(), code: 1, want: []string{"token", "network", "not everything works: 1 of 1"}},
		{name: "a clock an hour ahead", ahead: time.Hour, code: 1, want: []string{"1h0m", "ahead of WeChat's", "NTP"}, calls: 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := harness.WeChat(wxtest.Options{})
			if c.match != (wxtest.Match{}) {
				w.Fault(c.match, c.fault)
			}
			dir := t.TempDir()
			cfg := harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), wxtest.DemoAccounts()[:1]))
			var out bytes.Buffer
			host := Host{Getenv: func(name string) string { return map[string]string{"LANG": c.lang}[name] }, Stdout: &out, Stderr: &out, Now: func() time.Time { return time.Now().Add(c.ahead) }}
			code := Run(t.Context(), []string{"check", "--config.file=" + cfg, "--storage.path=" + filepath.Join(dir, "data"), "--no-collector.message", "--no-collector.article", "--no-collector.publish"}, host)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q", want)
				}
			}
			if n := w.Count("", wxtest.Statistics); n > c.calls {
				t.Errorf("%d calls of statistics, want %d", n, c.calls)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "data*")); len(left) > 0 {
				t.Errorf("it left %v", left)
			}
			if t.Failed() {
				t.Log("\n" + out.String())
			}
		})
	}
}

// TestCheckOfAWrongType: a mini program that is configured as an Official Account is told
// what to look at.
func TestCheckOfAWrongType(t *testing.T) {
	mall := wxtest.Account{Name: "mall", AppID: "wx0000000000de00ff", Secret: "of-a-mini-program", Type: wxtest.Mini}
	w := harness.WeChat(wxtest.Options{Accounts: []wxtest.Account{mall}})
	dir := t.TempDir()
	mall.Type = ""
	cfg := harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), []wxtest.Account{mall}))
	var out bytes.Buffer
	code := run(t.Context(), []string{"check", "--config.file=" + cfg, "--storage.path=" + filepath.Join(dir, "data")}, func(string) string { return "" }, &out, &out)
	if text := out.String(); code != 1 || !strings.Contains(text, "works, but no API does") || !strings.Contains(text, plan.LookAtType) {
		t.Errorf("exit code %d:\n%s", code, text)
	}
}

// TestCheckTakesNoToken: a token that a call would take away is not fetched while an
// exporter uses the store.
func TestCheckTakesNoToken(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	dir := t.TempDir()
	config := strings.ReplaceAll(harness.Config(harness.Serve(t, w), wxtest.DemoAccounts()[:1]), "app_secret:", "token: {mode: classic}, app_secret:")
	args := []string{"--config.file=" + harness.Write(t, dir, "config.yml", config), "--storage.path=" + filepath.Join(dir, "data"), "--no-collector.article"}
	s := start(t, nil, args...)
	harness.Eventually(t, "the first fill", func() bool { return harness.Filled(s.Scrape(t), "brand") })
	before := len(w.Calls())
	var out bytes.Buffer
	code := run(t.Context(), append([]string{"check"}, args...), func(string) string { return "" }, &out, &out)
	if code != 0 || !strings.Contains(out.String(), "not asked") || !strings.Contains(out.String(), "uses the store (process ") {
		t.Errorf("exit code %d:\n%s", code, &out)
	}
	if n := len(w.Calls()) - before; n != 0 {
		t.Errorf("%d calls while an exporter has the token", n)
	}
	s.stop()
	out.Reset()
	if code := run(t.Context(), append([]string{"check"}, args...), func(string) string { return "" }, &out, &out); code != 0 || !strings.Contains(out.String(), "works: ") {
		t.Errorf("when the exporter has ended, exit code %d:\n%s", code, &out)
	}
}
