package config

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every secret of these tests is begin, something odd, and end. Neither half may be
// shown, however the middle confuses who reads it.
const begin, end = "hunterTwoBegin", "hunterTwoEnd"

// shown finds a half of a secret.
var shown = regexp.MustCompile(`.{0,80}(?:` + begin + `|` + end + `).{0,80}`)

// odd are middles of secrets that YAML, URLs, headers, SQL or terminals understand.
var odd = []string{
	"", `"`, `'`, `\`, ": ", ":", " #", "%zz", "@", "/", "?", "&a=", "*", "!", "|", "{", "}, {", "[", ",", "`",
	"<", "%s%d", " ", "\t", "\n", "\x00", "\x1b[31m", "\u200b", "\ufeff", "\u00a0", "é", "\xff",
}

// written are the ways in which a value may stand beside its key, right and wrong.
var written = []func(key, value string) string{
	func(key, value string) string { return key + ": " + value },
	func(key, value string) string { return key + ": " + quoted(value) },
	func(key, value string) string { return key + ": '" + strings.ReplaceAll(value, "'", "''") + "'" },
	func(key, value string) string { return key + ": '" + value + "'" },
	func(key, value string) string { return key + ": \"" + value + "\"" },
	func(key, value string) string { return key + ":" + value },
	func(key, value string) string { return key + ": [" + quoted(value) + "]" },
	func(key, value string) string { return key + ": {" + quoted(value) + ": x}" },
	func(key, value string) string { return key + ": {" + value + "}" },
	func(key, value string) string { return key + ": *" + value },
	func(key, value string) string { return key + ": &" + value + " x" },
	func(key, value string) string { return key + ": !" + value + " x" },
	func(_, value string) string { return value + ": x" },
	func(_, value string) string { return quoted(value) + ": x" },
	func(_, value string) string { return value },
	func(_, value string) string { return "<<: *" + value },
	func(key, value string) string { return key + ": x\n" + key + ": " + quoted(value) },
}

// quoted is a text in YAML's double quotes, which are JSON's.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// places are where a configuration holds secrets: what stands before the key, with
// its indentation as the last line, the key, and what stands around the secret.
var places = []struct{ before, key, around string }{
	{"accounts:\n- name: a\n  app_id: wx1\n  ", "app_secret", "%s"},
	{"accounts:\n- name: a\n  app_secret: s\n  ", "app_id", "%s"},
	{"accounts:\n- name: a\n  token:\n    ", "url", "http://%s@127.0.0.1/"},
	{"accounts:\n- name: a\n  token:\n    ", "url", "http://user:%s@127.0.0.1/"},
	{"accounts:\n- name: a\n  token:\n    ", "url", "http://127.0.0.1:%s/"},
	{"accounts:\n- name: a\n  token:\n    ", "url", "http://127.0.0.1/?key=%s"},
	{"accounts:\n- name: a\n  token:\n    url: http://127.0.0.1/\n    basic_auth:\n      username: u\n      ", "password", "%s"},
	{"accounts:\n- name: a\n  token:\n    url: http://127.0.0.1/\n    basic_auth:\n      ", "username", "%s"},
	{"accounts:\n- name: a\n  app_id: wx1\n  token:\n    authorizer:\n      component_app_id: wx2\n      refresh_token_file: ok\n      ", "component_access_token_url", "http://127.0.0.1/?key=%s"},
	{"api:\n  ", "url", "http://user:%s@127.0.0.1/"},
	{"api:\n  ", "bearer_token", "%s"},
	{"api:\n  ", "proxy_url", "http://user:%s@127.0.0.1:9"},
	{"api:\n  ", "proxy_url", "http://127.0.0.1:9%s"},
	{"api:\n  authorization:\n    ", "credentials", "%s"},
	{"api:\n  authorization:\n    ", "type", "%s"},
	{"api:\n  basic_auth:\n    username: u\n    ", "password", "%s"},
	{"api:\n  oauth2:\n    client_id: a\n    token_url: http://127.0.0.1/\n    ", "client_secret", "%s"},
	{"api:\n  oauth2:\n    client_id: a\n    client_secret: s\n    ", "token_url", "http://user:%s@127.0.0.1/"},
	{"api:\n  oauth2:\n    client_id: a\n    client_secret: s\n    token_url: http://127.0.0.1/\n    endpoint_params:\n      ", "password", "%s"},
	{"api:\n  http_headers:\n    X-Key:\n      ", "secrets", "%s"},
	{"api:\n  http_headers:\n    X-Key:\n      secrets:\n      - ", "x", "%s"},
	{"api:\n  http_headers:\n    ", "X-Key", "%s"},
	{"api:\n  proxy_url: http://127.0.0.1:9\n  proxy_connect_header:\n    ", "X-Key", "%s"},
	{"api:\n  tls_config:\n    cert: x\n    ", "key", "%s"},
	{"api:\n  tls_config:\n    ", "ca", "-----BEGIN %s-----\\nAAAA\\n-----END %[1]s-----"},
	{"remote_write:\n- ", "url", "http://user:%s@127.0.0.1/"},
	{"remote_write:\n- ", "url", "http://127.0.0.1/?key=%s"},
	{"remote_write:\n- url: http://127.0.0.1/\n  ", "bearer_token", "%s"},
	{"remote_write:\n- url: http://127.0.0.1/\n  basic_auth:\n    username: u\n    ", "password", "%s"},
	{"remote_write:\n- url: http://127.0.0.1/\n  ", "name", "%s"},
	// A secret where the name of its file belongs.
	{"accounts:\n- name: a\n  app_id: wx1\n  ", "app_secret_file", "%s"},
	{"accounts:\n- name: a\n  token:\n    ", "file", "%s"},
	{"api:\n  tls_config:\n    ", "key_file", "%s"},
	{"remote_write:\n- url: http://127.0.0.1/\n  authorization:\n    ", "credentials_file", "%s"},
}

// files are the keys of files that hold secrets.
var secretFiles = []string{
	"accounts: [{name: a, app_id: wx1, app_secret_file: FILE}]",
	"accounts: [{name: a, token: {file: FILE}}]",
	"accounts: [{name: a, token: {url: 'http://127.0.0.1', basic_auth: {username: u, password_file: FILE}}}]",
	"accounts: [{name: a, app_id: wx1, token: {authorizer: {component_app_id: wx2, component_access_token_file: FILE, refresh_token_file: ok}}}]",
	"accounts: [{name: a, app_id: wx1, token: {authorizer: {component_app_id: wx2, component_access_token_file: ok, refresh_token_file: FILE}}}]",
	"api: {bearer_token_file: FILE}",
	"api: {authorization: {credentials_file: FILE}}",
	"api: {oauth2: {client_id: a, token_url: 'http://127.0.0.1', client_secret_file: FILE}}",
	"api: {http_headers: {X-Key: {files: [FILE]}}}",
	"api: {tls_config: {ca_file: FILE}}",
	"api: {tls_config: {cert_file: ok, key_file: FILE}}",
	"account_files: [FILE]", // a secret in the place of a list of accounts
}

// noneShown looks for secrets in what is said of a configuration.
func noneShown(t *testing.T, c *Config, err error) {
	t.Helper()
	said := fmt.Sprint(err)
	if c != nil {
		said += strings.Join(c.Warnings, " ")
	}
	if part := shown.FindString(said); part != "" {
		t.Errorf("a part of the secret is shown: %q", part)
	}
}

// What is wrong with a configuration is said without a part of a secret, whatever is
// in it and however it is written.
func TestLoadShowsNoSecrets(t *testing.T) {
	path := filepath.Join(files{"ok": "sesame"}.write(t), "config.yml")
	for _, p := range places {
		t.Run(strings.Join(strings.Fields(p.before), " ")+" "+p.key, func(t *testing.T) {
			for m, middle := range odd {
				for i, write := range written {
					if m >= 2 && i >= 2 {
						break // the stranger ways were tried with the first ones
					}
					indent := "\n" + strings.Repeat(" ", len(p.before)-1-strings.LastIndex(p.before, "\n"))
					line := write(p.key, fmt.Sprintf(p.around, begin+middle+end))
					text := p.before + strings.ReplaceAll(line, "\n", indent) + "\n"
					c, err := load(path, []byte(text), known())
					if noneShown(t, c, err); t.Failed() {
						t.Fatalf("the middle %q, written in way %d", middle, i)
					}
				}
			}
		})
	}
	for _, text := range secretFiles {
		t.Run(text, func(t *testing.T) {
			for _, middle := range odd {
				c, _, err := files{"config.yml": strings.ReplaceAll(text, "FILE", "secret"), "secret": begin + middle + end, "ok": "sesame"}.load(t)
				noneShown(t, c, err)
			}
		})
	}
	t.Run("environment", func(t *testing.T) {
		for _, middle := range odd {
			for _, variable := range []string{"WX_APP_ID", "WX_APP_SECRET", "WX_APP_SECRET_FILE"} {
				env := map[string]string{"WX_APP_ID": "wx1", variable: begin + middle + end}
				c, _, err := FromEnviron(func(k string) string { return env[k] })
				noneShown(t, c, err)
			}
		}
	})
}
