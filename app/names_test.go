package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// Names in any script work wherever a name goes: in the store, on pages, in
// addresses, in time series and on the command line, and in both ways to write an
// accent.
func TestNamesOfAnyScript(t *testing.T) {
	names := []string{"品牌服务号", "Café.1_x", "اختبار-2"}
	accounts := wxtest.DemoAccounts()[:1]
	accounts = append(accounts, wxtest.Account{AppID: "wx0000000000de0003", Secret: "third", Followers: 100}, wxtest.Account{AppID: "wx0000000000de0004", Secret: "fourth", Followers: 100})
	for i := range accounts {
		accounts[i].Name = names[i]
	}
	received := make(chan string, 1000)
	receiver := harness.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case received <- "":
		default:
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	wechat := harness.Serve(t, harness.WeChat(wxtest.Options{Accounts: accounts}))
	dir := t.TempDir()
	decomposed := accounts
	decomposed[1].Name = norm.NFD.String(names[1])
	text := harness.Config(wechat, decomposed, "window: {daily: 3}", "remote_write: [{name: 接收器, url: '"+receiver+"'}]")
	args := []string{"--config.file=" + harness.Write(t, dir, "config.yml", text), "--storage.path=" + filepath.Join(dir, "data")}
	s := start(t, nil, append(args, "--no-collector.message", "--no-collector.article", "--no-collector.publish")...)
	harness.Eventually(t, "all accounts", func() bool { return harness.Filled(s.Scrape(t), names...) })
	harness.Eventually(t, "days that are sent", func() bool { return len(received) > 0 })

	_, body := s.Get(t, "/sd")
	var groups []struct {
		Labels map[string]string `json:"labels"`
	}
	if err := json.Unmarshal([]byte(body), &groups); err != nil || len(groups) != len(names) {
		t.Fatalf("/sd answers %s (%v)", body, err)
	}
	_, status := s.Get(t, "/status") // its addresses have lower-case escapes
	status = strings.ToLower(status)
	targets := map[string]bool{}
	for _, g := range groups {
		targets[g.Labels["__param_target"]] = true
	}
	for _, name := range names {
		if !targets[name] {
			t.Errorf("/sd has %v, without %s", targets, name)
		}
		for _, written := range []string{name, norm.NFD.String(name)} {
			for _, path := range []string{"/probe?target=", "/status?account="} {
				if code, body := s.Get(t, path+url.QueryEscape(written)); code != http.StatusOK || !strings.Contains(body, name) {
					t.Errorf("%s%s answers %d", path, written, code)
				}
			}
		}
		if !strings.Contains(status, strings.ToLower(name)) || !strings.Contains(status, "probe?target="+strings.ToLower(url.QueryEscape(name))) {
			t.Errorf("/status does not lead to %s", name)
		}
	}
	whole := s.Scrape(t)
	if code := s.stop(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, s.log)
	}
	again := start(t, nil, append(args, "--no-collector.message", "--no-collector.article", "--no-collector.publish")...)
	if got := harness.Dated(again.Scrape(t)); len(got) != len(harness.Dated(whole)) {
		t.Errorf("%d series after a restart, %d before", len(got), len(harness.Dated(whole)))
	}
	again.stop()
	for _, format := range []string{"openmetrics", "csv", "jsonl"} {
		var out, problems bytes.Buffer
		code := run(t.Context(), []string{"export", "--format=" + format, "--account=" + norm.NFD.String(names[1]), "--storage.path=" + filepath.Join(dir, "data")}, func(string) string { return "" }, &out, &problems)
		if code != 0 || !strings.Contains(out.String(), names[1]) || strings.Contains(out.String(), names[0]) {
			t.Errorf("export as %s: code %d, %d bytes, %s", format, code, out.Len(), &problems)
		}
	}
	harness.Write(t, dir, "config.yml", harness.Config(wechat, decomposed[:1]))
	var said bytes.Buffer
	if code := run(t.Context(), append([]string{"forget", "--account=" + norm.NFD.String(names[1])}, args...), func(string) string { return "" }, &said, &said); code != 0 || !strings.Contains(said.String(), names[1]) {
		t.Errorf("forget: code %d, %s", code, &said)
	}
}
