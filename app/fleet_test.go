//go:build e2e

package app

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestFleet polls two hundred accounts, one with a wrong secret and one whose
// server hangs, reloads with ten changed ones, and sees to it that the others
// notice nothing; and that nothing the exporter says holds a secret.
func TestFleet(t *testing.T) {
	const wrong, hangs = 17, 42
	all := fleetOf(200)
	w := harness.WeChat(wxtest.Options{Accounts: all, CallLog: 1_000_000})
	w.Fault(wxtest.Match{AppID: all[hangs].AppID}, wxtest.Hang())
	url := harness.Serve(t, w)
	configured := append([]wxtest.Account(nil), all...)
	configured[wrong].Secret = "a-wrong-secret-of-fleet"
	dir := t.TempDir()
	families := "--no-collector.article --no-collector.publish"
	cfg := harness.Write(t, dir, "config.yml", harness.Config(url, configured, "window: {daily: 7, hourly: 1}"))
	s := start(t, nil, append(strings.Fields(families), "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"), "--web.enable-lifecycle")...)

	var names []string
	for i, a := range all {
		if i != wrong && i != hangs {
			names = append(names, a.Name)
		}
	}
	harness.Eventually(t, "the first fill of 198 accounts", func() bool { return harness.Filled(s.Scrape(t), names...) })
	got := s.Scrape(t)
	if got[`wx_up{account="a017"}`] == "1" || got[`wx_up{account="a042"}`] == "1" {
		t.Error("the account with the wrong secret or the one that hangs is up")
	}
	for _, a := range []int{0, 16, 18, 41, 43, 199} {
		want := userSeries(t, w, all[a], 7)
		if diff := cmp.Diff(want, only(account(got, all[a].Name), "wx_new_users", "wx_cancel_users", "wx_cumulate_users")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", all[a].Name, diff)
		}
	}

	var before []int
	for _, a := range all {
		before = append(before, w.Count(a.AppID, ""))
	}
	changed := harness.Config(url, configured, "window: {daily: 7, hourly: 1}")
	for i := 100; i < 110; i++ {
		changed = strings.Replace(changed, fmt.Sprintf("{name: %q", all[i].Name), fmt.Sprintf("{labels: {team: red}, name: %q", all[i].Name), 1)
	}
	harness.Write(t, dir, "config.yml", changed)
	if status, body := harness.Fetch(t, http.MethodPost, s.URL+"/-/reload"); status != http.StatusOK {
		t.Fatalf("reload answers %d: %s", status, body)
	}
	harness.Eventually(t, "the ten changed accounts", func() bool {
		n := 0
		for series := range s.Scrape(t) {
			if strings.HasPrefix(series, "wx_up{") && strings.Contains(series, `team="red"`) {
				n++
			}
		}
		return n == 10
	})
	for i, a := range all {
		n := w.Count(a.AppID, wxtest.Statistics)
		if i != hangs && i != wrong && n > before[i] {
			t.Errorf("after the reload %s made %d calls again", a.Name, n-before[i])
		}
	}
	noSecrets(t, s, append(all, configured[wrong]))
}

// noSecrets looks for secrets and tokens in everything that the exporter says:
// its log at debug level, its pages, and the arguments of its process.
func noSecrets(t *testing.T, s *server, accounts []wxtest.Account) {
	t.Helper()
	said := map[string]string{"the log": s.log.String()}
	for _, path := range []string{"/", "/metrics", "/status", "/sd", "/probe?target=a000", "/probe?target=nobody", "/-/ready", "/-/healthy", "/nowhere"} {
		_, said[path] = s.Get(t, path)
	}
	if cmdline, err := os.ReadFile("/proc/self/cmdline"); err == nil {
		said["the command line"] = string(cmdline)
	}
	for where, text := range said {
		for _, a := range accounts {
			if strings.Contains(text, a.Secret) {
				t.Errorf("the secret of %s is in %s", a.Name, where)
			}
		}
		if strings.Contains(text, wxtest.TokenPrefix) || strings.Contains(text, "access_token=") {
			t.Errorf("a token is in %s", where)
		}
	}
}
