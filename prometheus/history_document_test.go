//go:build e2e

package prometheus_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestHistoryDocument follows docs/history.md from an empty Prometheus to the
// charts: every command as it stands, but for addresses, every query, and the
// board and the rules over what has come.
func TestHistoryDocument(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	programs := map[string]string{"prometheus": tool(t, "prometheus"), "promtool": tool(t, "promtool"), "wx_exporter": harness.Build(t)}
	harness.SameDay(t)
	for name, path := range programs {
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	brand := wxtest.Account{Name: "brand", AppID: "wx0123456789abcdef", Secret: "sesame"}
	wechat := harness.Serve(t, harness.WeChat(wxtest.Options{Accounts: []wxtest.Account{brand}}))
	victoria := harness.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	var p *prometheus
	var exporter *harness.Process
	for _, command := range commands(string(read(t, "../docs/history.md"))) {
		name, arguments, _ := strings.Cut(command, " ")
		switch {
		case name == "prometheus":
			process := harness.Start(t, programs[name], absolute(dir, strings.Fields(arguments))...)
			p = &prometheus{process.URL}
			p.ready(t)
			continue
		case name == "wx_exporter" && strings.HasPrefix(arguments, "--config.file"):
			config := string(read(t, filepath.Join(dir, "config.yml")))
			config = strings.NewReplacer("http://localhost:9090", p.url).Replace(config) +
				fmt.Sprintf("api: {url: %q, requests_per_second: 500}\npoll: {not_before: \"00:00\"}\n", wechat)
			harness.Write(t, dir, "config.yml", config)
			exporter = harness.Start(t, programs[name], append(absolute(dir, strings.Fields(arguments)), "--storage.path="+filepath.Join(dir, "data"))...)
			harness.Eventually(t, "the day's part of the history", func() bool {
				got := exporter.Scrape(t)
				return got[`wx_api_requests_total{account="brand",api="getusercumulate",code="0"}`] >= "2" &&
					got[`wx_remote_write_pending_days{account="brand",receiver="prometheus"}`] == "0" && got[`wx_up{account="brand"}`] == "1"
			})
			continue
		}
		command = strings.NewReplacer("http://localhost:8428", victoria, "replace-me", brand.Secret).Replace(command)
		if p != nil {
			command = strings.ReplaceAll(command, "http://localhost:9090", p.url)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", strings.ReplaceAll(command, "curl ", "curl --fail --silent --show-error --noproxy '*' "))
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil || strings.HasPrefix(command, "curl -g") && !strings.Contains(string(out), `"account":"brand"`) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
	for _, q := range documented(t)["../docs/history.md"] {
		p.data(t, q)
	}
	checkHistoryBoard(t, p)
	for _, m := range regexp.MustCompile(`(?m)^ +expr: ([^|\n]+)$`).FindAllStringSubmatch(string(read(t, "rules-history.yml")), -1) {
		p.data(t, m[1])
	}
}

// commands returns the commands of a document's blocks of sh, of which one may
// have a here-document.
func commands(document string) (all []string) {
	for _, m := range regexp.MustCompile("(?s)\n```sh\n(.*?)```\n").FindAllStringSubmatch(document, -1) {
		here := ""
		for line := range strings.Lines(m[1]) {
			if here != "" {
				all[len(all)-1] += line
				if strings.TrimSpace(line) == here {
					here = ""
				}
				continue
			}
			all = append(all, line)
			if _, after, ok := strings.Cut(line, "<<'"); ok {
				here, _, _ = strings.Cut(after, "'")
			}
		}
	}
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// absolute puts files named by flags into a directory.
func absolute(dir string, arguments []string) []string {
	for i, a := range arguments {
		for _, flag := range []string{"--config.file=", "--storage.tsdb.path="} {
			if path, ok := strings.CutPrefix(a, flag); ok {
				arguments[i] = flag + filepath.Join(dir, path)
			}
		}
	}
	return arguments
}

// checkHistoryBoard: every panel has data for a day, a week and a month that have
// some; a year before there is none yet.
func checkHistoryBoard(t *testing.T, p *prometheus) {
	t.Helper()
	at := calendar.DayOf(time.Now()) - 8
	at -= (at - 0) % 7 // a Thursday, as steps of a week are
	for _, d := range dashboards(t) {
		if d.UID != historyBoard {
			continue
		}
		for _, panel := range d.panels {
			for _, target := range panel.Targets {
				if strings.Contains(target.Expr, "offset 8") {
					continue
				}
				when := time.Unix(int64(at)*86400, 0)
				if target.Instant {
					when = time.Now()
				}
				var answer struct{ Result []row }
				p.get(t, "/api/v1/query", url.Values{"query": {substitute(target.Expr, ".+", ".+")}, "time": {fmt.Sprint(when.Unix())}}, &answer)
				if len(answer.Result) == 0 {
					t.Errorf("%s: no data for %s", panel.Title, target.Expr)
				}
				if n := len(answer.Result); strings.HasPrefix(panel.Title, "Messages by weekday") && (n < 7*12 || n > 7*24) { // WeChat leaves out hours without activity
					t.Errorf("%s: %d cells", panel.Title, len(answer.Result))
				}
			}
		}
	}
}
