package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// fleet is many accounts of a simulated WeChat.
func fleet(n int) []wxtest.Account {
	var all []wxtest.Account
	for i := range n {
		all = append(all, wxtest.Account{
			Name: fmt.Sprintf("a%03d", i), AppID: fmt.Sprintf("wxfleet%012d", i), Secret: fmt.Sprintf("secret-of-fleet-%05d", i),
			Followers: 1000 + i, Articles: 1, OldArticles: i%10 == 0,
		})
	}
	return all
}

// TestFleet polls two hundred accounts, one with a wrong secret and one whose
// server hangs, reloads with ten changed ones, and sees to it that the others
// notice nothing; and that nothing the exporter says holds a secret.
func TestFleet(t *testing.T) {
	const wrong, hangs = 17, 42
	all := fleet(200)
	w := dataAlways(wxtest.Options{Accounts: all, CallLog: 1_000_000})
	w.Fault(wxtest.Match{AppID: all[hangs].AppID}, wxtest.Hang())
	url := wechat(t, w)
	configured := append([]wxtest.Account(nil), all...)
	configured[wrong].Secret = "a-wrong-secret-of-fleet"
	dir := t.TempDir()
	families := "--no-collector.article --no-collector.publish"
	cfg := write(t, dir, "config.yml", configFor(url, configured, "window: {daily: 7, hourly: 1}"))
	s := start(t, nil, append(strings.Fields(families), "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"), "--web.enable-lifecycle")...)

	var names []string
	for i, a := range all {
		if i != wrong && i != hangs {
			names = append(names, a.Name)
		}
	}
	eventually(t, "the first fill of 198 accounts", func() bool { return filled(s.scrape(t), names...) })
	got := s.scrape(t)
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
	changed := configFor(url, configured, "window: {daily: 7, hourly: 1}")
	for i := 100; i < 110; i++ {
		changed = strings.Replace(changed, fmt.Sprintf("{name: %q", all[i].Name), fmt.Sprintf("{labels: {team: red}, name: %q", all[i].Name), 1)
	}
	write(t, dir, "config.yml", changed)
	if status, body := fetch(t, http.MethodPost, s.url+"/-/reload"); status != http.StatusOK {
		t.Fatalf("reload answers %d: %s", status, body)
	}
	eventually(t, "the ten changed accounts", func() bool {
		n := 0
		for series := range s.scrape(t) {
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

// noSecrets looks for secrets and tokens in everything that the exporter says:
// its log at debug level, its pages, and the arguments of its process.
func noSecrets(t *testing.T, s *server, accounts []wxtest.Account) {
	t.Helper()
	said := map[string]string{"the log": s.log.String()}
	for _, path := range []string{"/", "/metrics", "/status", "/sd", "/probe?target=a000", "/probe?target=nobody", "/-/ready", "/-/healthy", "/nowhere"} {
		_, said[path] = s.get(t, path)
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

// TestProbeAndDiscovery finds every account by /sd and scrapes it by /probe.
func TestProbeAndDiscovery(t *testing.T) {
	s := start(t, nil, "--demo")
	eventually(t, "both demo accounts", func() bool { return filled(s.scrape(t), "brand", "store") })
	status, body := s.get(t, "/sd")
	var groups []struct {
		Targets []string          `json:"targets"`
		Labels  map[string]string `json:"labels"`
	}
	if err := json.Unmarshal([]byte(body), &groups); err != nil || status != http.StatusOK || len(groups) != 2 {
		t.Fatalf("/sd answers %d: %s (%v)", status, body, err)
	}
	whole := data(s.scrape(t))
	found := 0
	for _, g := range groups {
		_, body := fetch(t, http.MethodGet, "http://"+g.Targets[0]+g.Labels["__metrics_path__"]+"?target="+g.Labels["__param_target"])
		one := data(samples(t, body))
		if diff := cmp.Diff(account(whole, g.Labels["__param_target"]), one); diff != "" {
			t.Errorf("/probe of %s differs from /metrics:\n%s", g.Labels["__param_target"], diff)
		}
		found += len(one)
	}
	if found != len(whole) {
		t.Errorf("the probes have %d series of %d", found, len(whole))
	}
	if status, _ := s.get(t, "/probe?target=nobody"); status != http.StatusNotFound {
		t.Errorf("/probe of an unknown account answers %d", status)
	}
	_, body = s.get(t, "/metrics?collect[]=user")
	for series := range samples(t, body) {
		name, _, _ := strings.Cut(series, "{")
		switch name {
		case "wx_new_users", "wx_cancel_users", "wx_cumulate_users", "wx_latest_date_timestamp_seconds":
		default:
			t.Errorf("collect[]=user has %s", series)
		}
	}
}
