package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// stableToken fetches a token as a company's token server does.
func stableToken(t testing.TB, url string, a wxtest.Account) string {
	t.Helper()
	body := fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q}`, a.AppID, a.Secret)
	resp, err := http.Post(url+"/cgi-bin/stable_token", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %v", err)
	}
	return answer.Token
}

// TestTokenModes polls an account of each mode of the configuration.
func TestTokenModes(t *testing.T) {
	all := fleetOf(7)
	all[6].RefreshToken, all[6].RotateRefreshToken = "refresh-token-of-fleet-6", true
	platform := wxtest.Component{AppID: "wxplatform0000001", AccessToken: "component-token-of-the-platform"}
	w := harness.WeChat(wxtest.Options{Accounts: all, Component: platform})
	url := harness.Serve(t, w)
	asked := 0
	tokens := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "exporter" || password != "password-of-the-token-server" {
			http.Error(rw, "who are you?", http.StatusUnauthorized)
			return
		}
		switch r.URL.Path {
		case "/json":
			asked++
			fmt.Fprintf(rw, `{"access_token":%q,"expires_in":7000}`, stableToken(t, url, all[3]))
		case "/plain":
			fmt.Fprintln(rw, stableToken(t, url, all[4]))
		case "/component":
			fmt.Fprintf(rw, `{"component_access_token":%q,"expires_in":7000}`, platform.AccessToken)
		}
	}))
	defer tokens.Close()
	dir := t.TempDir()
	harness.Write(t, dir, "secrets/one", all[0].Secret+"\n")
	harness.Write(t, dir, "secrets/password", "password-of-the-token-server\n")
	harness.Write(t, dir, "tokens/two", stableToken(t, url, all[2])+"\n")
	harness.Write(t, dir, "tokens/component", platform.AccessToken)
	refresh := harness.Write(t, dir, "tokens/refresh", all[6].RefreshToken+"\n")
	auth := "basic_auth: {username: exporter, password_file: secrets/password}"
	cfg := harness.Write(t, dir, "config.yml", harness.Config(url, nil)+fmt.Sprintf(`
  - {name: a000, app_id: %q, app_secret_file: secrets/one, token: {mode: stable}}
  - {name: a001, app_id: %q, app_secret: %q, token: {mode: classic}}
  - {name: a002, token: {file: tokens/two}}
  - {name: a003, app_id: %q, token: {url: "%s/json", %s}}
  - {name: a004, token: {url: "%s/plain", %s}}
  - name: a006
    app_id: %q
    token: {authorizer: {component_app_id: %q, component_access_token_url: "%s/component", refresh_token_file: tokens/refresh}, %s}
`, all[0].AppID, all[1].AppID, all[1].Secret, all[3].AppID, tokens.URL, auth, tokens.URL, auth, all[6].AppID, platform.AppID, tokens.URL, auth))
	s := start(t, nil, "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"),
		"--no-collector.message", "--no-collector.article", "--no-collector.publish")
	names := []string{"a000", "a001", "a002", "a003", "a004", "a006"}
	harness.Eventually(t, "accounts of every token mode", func() bool { return harness.Filled(s.Scrape(t), names...) })

	for _, name := range names {
		if n := s.Scrape(t)[`wx_token_refreshes_total{account="`+name+`"}`]; n != "1" {
			t.Errorf("%s fetched %s tokens, want 1", name, n)
		}
	}
	if asked != 1 {
		t.Errorf("the token server was asked %d times for one account, want once", asked)
	}
	if n := w.Count(all[1].AppID, wxtest.ClassicToken); n != 1 {
		t.Errorf("the classic account fetched %d classic tokens, want 1", n)
	}
	if file, err := os.ReadFile(refresh); err != nil || string(file) != all[6].RefreshToken+"\n" {
		t.Errorf("the user's file now holds %q, %v", file, err)
	}
	said := s.log.String()
	for _, secret := range []string{"password-of-the-token-server", platform.AccessToken, "refresh-token-of-fleet", wxtest.TokenPrefix} {
		if strings.Contains(said, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// TestEndKeepsTheNewRefreshToken ends the exporter while WeChat makes a new
// refresh token, which only this answer tells, and starts it again: WeChat takes
// no other one.
func TestEndKeepsTheNewRefreshToken(t *testing.T) {
	a := fleetOf(1)[0]
	a.RefreshToken, a.RotateRefreshToken = "refresh-token-of-fleet-0", true
	platform := wxtest.Component{AppID: "wxplatform0000001", AccessToken: "component-token-of-the-platform"}
	w := harness.WeChat(wxtest.Options{Accounts: []wxtest.Account{a}, Component: platform})
	arrived, answer, once := make(chan struct{}), make(chan struct{}), sync.Once{}
	url := harness.Serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/api_authorizer_token") {
			once.Do(func() {
				close(arrived)
				<-answer
			})
		}
		w.ServeHTTP(rw, r)
	}))
	dir := t.TempDir()
	harness.Write(t, dir, "component", platform.AccessToken)
	harness.Write(t, dir, "refresh", a.RefreshToken)
	cfg := harness.Write(t, dir, "config.yml", harness.Config(url, nil)+fmt.Sprintf(
		"  - {name: a, app_id: %q, token: {authorizer: {component_app_id: %q, component_access_token_file: component, refresh_token_file: refresh}}}\n",
		a.AppID, platform.AppID))
	again := []string{"--config.file=" + cfg, "--storage.path=" + filepath.Join(dir, "data")}
	s := start(t, nil, again...)
	<-arrived
	code := make(chan int)
	go func() { code <- s.stop() }()
	harness.Eventually(t, "the end to begin", func() bool { return strings.Contains(s.log.String(), "msg=\"shutting down\"") })
	close(answer)
	if c := <-code; c != 0 {
		t.Errorf("the exporter ended with code %d", c)
	}
	if n := w.Count("", wxtest.Statistics); n != 0 {
		t.Errorf("%d calls were made after the end", n)
	}
	s = start(t, nil, again...)
	harness.Eventually(t, "the account", func() bool { return harness.Filled(s.Scrape(t), "a") })
}

// TestFailedRefreshIsLogged reads a token file that is gone when its token is to
// be replaced: the token is used on, and the log tells.
func TestFailedRefreshIsLogged(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	w := harness.WeChat(wxtest.Options{Now: clock})
	dir := t.TempDir()
	token := harness.Write(t, dir, "token", fmt.Sprintf(`{"access_token":%q,"expires_in":7200}`, stableToken(t, harness.Serve(t, w), wxtest.DemoAccounts()[0])))
	f, _, done := parse(nil, io.Discard, io.Discard)
	cfg, err := config.Load(harness.Write(t, dir, "config.yml", harness.Config("https://wechat.test", nil)+fmt.Sprintf("  - {name: a, token: {file: %q}}\n", token)), known(time.Now()))
	if err != nil || done {
		t.Fatal(err, done)
	}
	said := &harness.Output{}
	all, err := accounts(cfg, f, wechatTransport{transport: w.Transport()}, nil, clock, log.NewLogfmtLogger(said))
	if err != nil {
		t.Fatal(err)
	}
	c := wxclient.New(all[0].Client)
	yesterday := calendar.DayOf(now) - 1
	for _, step := range []struct {
		pause time.Duration
		lines int
	}{{0, 0}, {116 * time.Minute, 1}, {2 * time.Minute, 1}} {
		now = now.Add(step.pause)
		if _, err := c.Fetch(t.Context(), wxclient.Request{API: "getusersummary", Begin: yesterday, End: yesterday}); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(token)
		if n := strings.Count(said.String(), "level=warn account=a"); n != step.lines {
			t.Errorf("%d warnings, want %d:\n%s", n, step.lines, said)
		}
	}
	if !strings.Contains(said.String(), "no such file") || strings.Contains(said.String(), wxtest.TokenPrefix) {
		t.Errorf("the log does not say why, or says too much:\n%s", said)
	}
}

// TestSecretFileMended starts with a wrong secret in a file, mends the file and
// reloads: the account is polled at once.
func TestSecretFileMended(t *testing.T) {
	a := wxtest.DemoAccounts()[1]
	w := harness.WeChat(wxtest.Options{})
	dir := t.TempDir()
	secret := harness.Write(t, dir, "secret", "not-the-secret")
	cfg := harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), nil)+fmt.Sprintf("  - {name: store, app_id: %q, app_secret_file: secret}\n", a.AppID))
	s := start(t, nil, "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"), "--web.enable-lifecycle", "--no-collector.article")
	harness.Eventually(t, "the refusal", func() bool { return s.Scrape(t)[`wx_up{account="store"}`] == "0" })
	if n := strings.Count(s.log.String(), "level=warn"); n != 1 {
		t.Errorf("the wrong secret is told in %d warnings, want 1:\n%s", n, s.log)
	}
	if n := w.Count("", wxtest.Tokens); n > 2 {
		t.Errorf("the wrong secret was tried %d times", n)
	}
	if err := os.WriteFile(secret, []byte(a.Secret), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, body := harness.Fetch(t, http.MethodPost, s.URL+"/-/reload"); status != http.StatusOK {
		t.Fatalf("reload answers %d: %s", status, body)
	}
	harness.Eventually(t, "the account", func() bool { return harness.Filled(s.Scrape(t), "store") })
}
