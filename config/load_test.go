package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	commoncfg "github.com/prometheus/common/config"
)

// files maps names of files to what is in them.
type files map[string]string

// write puts the files into a new directory and returns it.
func (f files) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load loads config.yml of the files. Paths in the error and in the warnings
// are relative to it.
func (f files) load(t testing.TB) (*Config, string, error) {
	t.Helper()
	dir := f.write(t)
	c, err := Load(filepath.Join(dir, "config.yml"), known())
	if err != nil {
		err = errors.New(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
	if c != nil {
		for i, w := range c.Warnings {
			c.Warnings[i] = strings.ReplaceAll(w, dir+string(filepath.Separator), "")
		}
	}
	return c, dir, err
}

// known are some families and labels.
func known() Vocabulary {
	return Vocabulary{
		Families: []string{"user", "message", "interface", "article", "publish", "mini", "miniops", "revenue"},
		Types: []Type{
			{"official", []string{"user", "message", "interface", "article", "publish"}},
			{"mini", []string{"mini", "miniops", "revenue"}},
		},
		Labels: []string{"account", "date", "source"},
		Today:  "2026-05-01", FillCalls: 36,
	}
}

const oneAccount = "accounts: [{name: a, app_id: wx1, app_secret: s}]\n"

func TestLoadDefaults(t *testing.T) {
	want := Default()
	want.Accounts = []Account{{Name: "a", Type: "official", AppID: "wx1", AppSecret: "s", Token: defaultToken()}}
	for name, text := range map[string]string{
		"only accounts": oneAccount,
		// What is left of the example when every key of a section is a comment.
		"empty sections": "api:\npoll:\nwindow:\nhistory:\nstorage:\nremote_write:\naccount_files:\n" +
			"accounts:\n- {name: a, app_id: wx1, app_secret: s, collectors: , labels: , token: }\n",
		"byte order mark and CRLF": "\ufeffapi:\r\n  timeout: 15s\r\n" + oneAccount,
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := files{"config.yml": text}.load(t)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(&want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestLoadEveryKey(t *testing.T) {
	got, dir, err := files{
		"config.yml": `
api:
  url: http://127.0.0.1:8080/wechat/
  timeout: 1m30s
  requests_per_second: 0.5
  max_connections: 7
  follow_redirects: false
  proxy_url: http://user:pw@proxy.example:3128
  basic_auth: {username: u, password_file: secrets/a}
poll: {not_before: "09:30", retry_interval: 1ms, settle_days: 0}
window: {daily: 1, hourly: 0, article: 0, articles_per_day: 0, pages_per_day: 0}
storage: {retention: 1}
history: {since: 2024-02-29, calls_per_day: 7}
remote_write:
- {url: 'https://prometheus.example/api/v1/write?key=k', families: [message, user], follow_redirects: false}
- {url: 'https://prometheus.example/api/v1/write', name: other}
account_files: [more/*.yml, more/b.yml, none/*.yml]
accounts:
  - name: stable.a-1_X
    app_id: wx1
    app_secret_file: secrets/a
    collectors: [publish, user]
    labels: {team: growth, shard: 7, flag: on, 'quoted': "ä ö"}
    token: {mode: stable}
  - name: classic
    app_id: 4711
    app_secret: s
    token: {mode: classic}
`,
		"more/b.yml": `
- name: file
  token: {file: secrets/a}
- name: url
  type: mini
  app_id: wx3
  token: {url: 'https://tokens.example/?key=k', tls_config: {server_name: t}}
`,
		"more/c.yml": `
- name: platform
  app_id: wx4
  token:
    authorizer:
      component_app_id: wx5
      component_access_token_url: https://tokens.example/component
      refresh_token_file: secrets/a
    follow_redirects: false
- name: platform2
  app_id: wx6
  token: {authorizer: {component_app_id: wx5, component_access_token_file: secrets/a, refresh_token_file: secrets/b}}
`,
		"more/d.yml": "[]\n",
		"secrets/a":  "sesame\n",
		"secrets/b":  "sesame\n",
	}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secrets/a")
	plain := commoncfg.DefaultHTTPClientConfig
	noRedirects := plain
	noRedirects.FollowRedirects = false
	tls := plain
	tls.TLSConfig.ServerName = "t"
	api := noRedirects
	api.BasicAuth = &commoncfg.BasicAuth{Username: "u", PasswordFile: secret}
	if api.ProxyURL = got.API.HTTP.ProxyURL; api.ProxyURL.String() != "http://user:pw@proxy.example:3128" {
		t.Errorf("proxy_url = %s", api.ProxyURL)
	}
	want := &Config{
		API:     API{URL: "http://127.0.0.1:8080/wechat", Timeout: 90 * time.Second, RequestsPerSecond: 0.5, MaxConnections: 7, HTTP: api},
		Poll:    Poll{NotBefore: Clock(9*time.Hour + 30*time.Minute), NotBeforeSet: true, RetryInterval: time.Millisecond},
		Window:  Window{Daily: 1},
		Storage: Storage{Retention: 1},
		History: History{Since: "2024-02-29", CallsPerDay: 7},
		Remote: []Remote{
			{Name: "prometheus.example/api/v1/write", URL: "https://prometheus.example/api/v1/write?key=k", Collectors: []string{"user", "message"}, HTTP: noRedirects},
			{Name: "other", URL: "https://prometheus.example/api/v1/write", HTTP: plain},
		},
		Accounts: []Account{
			{
				Name: "stable.a-1_X", Type: "official", AppID: "wx1", AppSecretFile: secret,
				Collectors: []string{"user", "publish"},
				Labels:     map[string]string{"team": "growth", "shard": "7", "flag": "on", "quoted": "ä ö"},
				Token:      Token{Mode: TokenStable, HTTP: plain},
			},
			{Name: "classic", Type: "official", AppID: "4711", AppSecret: "s", Token: Token{Mode: TokenClassic, HTTP: plain}},
			{Name: "file", Type: "official", Token: Token{Mode: TokenFile, File: secret, HTTP: plain}},
			{Name: "url", Type: "mini", AppID: "wx3", Token: Token{Mode: TokenURL, URL: "https://tokens.example/?key=k", HTTP: tls}},
			{Name: "platform", Type: "official", AppID: "wx4", Token: Token{Mode: TokenAuthorizer, HTTP: noRedirects, Authorizer: Authorizer{
				ComponentAppID: "wx5", ComponentTokenURL: "https://tokens.example/component", RefreshTokenFile: secret,
			}}},
			{Name: "platform2", Type: "official", AppID: "wx6", Token: Token{Mode: TokenAuthorizer, HTTP: plain, Authorizer: Authorizer{
				ComponentAppID: "wx5", ComponentTokenFile: secret, RefreshTokenFile: filepath.Join(dir, "secrets/b"),
			}}},
		},
		Warnings: []string{"config.yml:13: history.since: storage.retention keeps the days from 2026-04-30 on: older ones are not asked for", "config.yml:17: account_files[2]: no file matches"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// An account may be written once and referred to.
func TestLoadAliases(t *testing.T) {
	got, _, err := files{"config.yml": `
accounts:
  - {name: a, app_id: wx1, app_secret: &secret sesame, labels: &team {team: growth}}
  - {name: b, app_id: wx2, app_secret: *secret, labels: *team}
`}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if b := got.Accounts[1]; b.AppSecret != "sesame" || b.Labels["team"] != "growth" {
		t.Errorf("b has secret %q and labels %v", string(b.AppSecret), b.Labels)
	}
}

// Aliases of aliases would make a million values of a small file.
func TestLoadAliasesOfAliases(t *testing.T) {
	var text strings.Builder
	text.WriteString("accounts: []\napi:\n  http_headers:\n    X: &x {values: [" + strings.Repeat("v, ", 300) + "v]}\n")
	for i := range maxKeys - 1 {
		fmt.Fprintf(&text, "    X%d: *x\n", i)
	}
	_, _, err := files{"config.yml": text.String()}.load(t)
	if n := strings.Count(fmt.Sprint(err), "has too many values: does an alias hold aliases?"); n != 1 {
		t.Errorf("%v, want one line about too many values", err)
	}
}

// A receiver's collectors may have their old name.
func TestLoadFamiliesOfReceivers(t *testing.T) {
	for _, key := range []string{"collectors", "families"} {
		c, _, err := files{"config.yml": oneAccount + "remote_write: [{url: 'http://a', " + key + ": [message, user]}]\n"}.load(t)
		if err != nil || !slices.Equal(c.Remote[0].Collectors, []string{"user", "message"}) {
			t.Errorf("%s: %+v, %v", key, c, err)
		}
	}
}

// A directory name is never a pattern.
func TestLoadDirectoryWithWildcards(t *testing.T) {
	dir := files{
		"[a]*/config.yml":    "account_files: ['more/?.yml']\n",
		"[a]*/more/x.yml":    "[{name: a, app_id: wx1, app_secret: s}]",
		"ab/more/y.yml":      "[{name: b, app_id: wx2, app_secret: s}]",
		"[a]*/more/long.yml": "[{name: c, app_id: wx3, app_secret: s}]",
	}.write(t)
	c, err := Load(filepath.Join(dir, "[a]*", "config.yml"), known())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Accounts) != 1 || c.Accounts[0].Name != "a" {
		t.Errorf("accounts = %v, want [a]", c.Accounts)
	}
}

// main starts from the environment when, and only when, there is no
// configuration file.
func TestLoadNotExist(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "config.yml"), known())
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v is not fs.ErrNotExist", err)
	}
	if want := filepath.Join(dir, "config.yml") + ": no such file or directory"; err.Error() != want {
		t.Errorf("no file: %q, want %q", err, want)
	}
	for name, text := range map[string]string{
		"secret":       "accounts: [{name: a, app_id: wx1, app_secret_file: none}]\n",
		"account file": "account_files: [none]\n",
	} {
		dir := files{"config.yml": text}.write(t)
		if _, err := Load(filepath.Join(dir, "config.yml"), known()); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no %s: %v must be an error other than fs.ErrNotExist", name, err)
		}
	}
}

func TestFromEnviron(t *testing.T) {
	dir := files{"secret": "sesame\n", "empty": "\n"}.write(t)
	secret, empty := filepath.Join(dir, "secret"), filepath.Join(dir, "empty")
	for _, tc := range []struct {
		name string
		env  map[string]string
		want Account
		set  bool
		err  string
	}{
		{name: "nothing"},
		{name: "secret", env: map[string]string{"WX_APP_ID": "wx1", "WX_APP_SECRET": "sesame\n"}, set: true,
			want: Account{Name: "wx1", AppID: "wx1", AppSecret: "sesame", Token: defaultToken()}},
		{name: "file", env: map[string]string{"WX_APP_ID": "wx1", "WX_APP_SECRET_FILE": secret}, set: true,
			want: Account{Name: "wx1", AppID: "wx1", AppSecretFile: secret, Token: defaultToken()}},
		{name: "only id", env: map[string]string{"WX_APP_ID": "wx1"}, set: true,
			err: "WX_APP_SECRET or WX_APP_SECRET_FILE: missing"},
		{name: "only secret", env: map[string]string{"WX_APP_SECRET": "sesame"}, set: true,
			err: "WX_APP_ID: missing"},
		{name: "both and a bad id", env: map[string]string{"WX_APP_ID": "wx 1", "WX_APP_SECRET": "sesame", "WX_APP_SECRET_FILE": secret}, set: true,
			err: "WX_APP_ID: may only hold letters, digits and _ . -\n" +
				"WX_APP_SECRET_FILE: there is WX_APP_SECRET already: only one of the two"},
		{name: "no file", env: map[string]string{"WX_APP_ID": "wx1", "WX_APP_SECRET_FILE": secret + "s"}, set: true,
			err: "WX_APP_SECRET_FILE: no such file or directory"},
		{name: "original id", env: map[string]string{"WX_APP_ID": "gh_1", "WX_APP_SECRET": "replace-me"}, set: true,
			err: "WX_APP_ID: is the account's original ID (gh_..., 原始ID): what is needed is the developer ID, AppID, which begins with wx\n" +
				"WX_APP_SECRET: is still replace-me, as in the example"},
		{name: "unseen characters", env: map[string]string{"WX_APP_ID": "wx1\u200b", "WX_APP_SECRET": "\u00a0sesame"}, set: true,
			err: "WX_APP_ID: holds a zero-width space (U+200B)\nWX_APP_SECRET: holds a no-break space (U+00A0)"},
		{name: "empty file", env: map[string]string{"WX_APP_ID": "wx1", "WX_APP_SECRET_FILE": empty}, set: true,
			err: "WX_APP_SECRET_FILE: is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, set, err := FromEnviron(func(k string) string { return tc.env[k] })
			if set != tc.set {
				t.Errorf("set = %v, want %v", set, tc.set)
			}
			if fmt.Sprint(err) != tc.err && (err != nil || tc.err != "") {
				t.Fatalf("error %q, want %q", fmt.Sprint(err), tc.err)
			}
			if tc.want.Name == "" {
				if got != nil {
					t.Errorf("got %v, want none", got.Accounts)
				}
				return
			}
			want := Default()
			want.Accounts = []Account{tc.want}
			if d := cmp.Diff(&want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
