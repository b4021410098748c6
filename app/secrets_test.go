package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// Every secret of these tests is begin, something odd, and end. Neither half may be
// shown, however the middle confuses who reads it.
const begin, end = "hunterTwoBegin", "hunterTwoEnd"

// shown finds a half of a secret.
var shown = regexp.MustCompile(`.{0,80}(?:` + begin + `|` + end + `).{0,80}`)

// odd are middles of secrets that YAML understands.
var odd = []string{
	"", `"`, `'`, `\`, `\u`, ": ", ":", " #", "#", "%zz", "%2F", "@", "/", "?", "&a=", "*", "!", "|", ">", "{", "}, {", "[", "], [", ",", "`",
	"<", "=", "$1", "%s%d", " ", "\t", "\n", "\r\n", "\x00", "\x1b[31m", "\u200b", "\ufeff", "\u00a0", "é", "\u202e", "\xff",
}

// quoted is a text in YAML's double quotes, which are JSON's.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// webPlaces are where a web configuration holds secrets.
var webPlaces = []struct{ before, key, around string }{
	{"basic_auth_users:\n  ", "brand", "%s"},
	{"tls_server_config:\n  cert: x\n  ", "key", "%s"},
	{"tls_server_config:\n  cert_file: ok\n  ", "key", "-----BEGIN %s-----\\nAAAA\\n-----END %[1]s-----"},
	{"tls_server_config:\n  cert_file: ok\n  ", "key_file", "%s"},
	{"http_server_config:\n  ", "http2", "%s"},
}

// What is wrong with a web configuration is said without a part of a secret, and
// without the first character of a password in the place of its hash.
func TestWebConfigurationShowsNoSecrets(t *testing.T) {
	dir := t.TempDir()
	harness.Write(t, dir, "ok", "sesame")
	written := []string{"KEY: VALUE", "KEY: 'VALUE'", "KEY: \"VALUE\"", "KEY:VALUE", "KEY: [VALUE]", "KEY: {VALUE}", "VALUE: x", "VALUE", "*VALUE", "!VALUE x"}
	for _, p := range webPlaces {
		t.Run(p.key, func(t *testing.T) {
			for _, middle := range odd {
				for _, line := range written {
					line = strings.NewReplacer("KEY", p.key, "VALUE", fmt.Sprintf(p.around, begin+middle+end)).Replace(line)
					web := harness.Write(t, dir, "web.yml", p.before+line+"\n")
					said := fmt.Sprint(checkWeb(flags{web: &toolkit.FlagConfig{WebConfigFile: &web}}))
					if part := shown.FindString(said); part != "" || strings.Contains(said, "started with") {
						t.Fatalf("%q: a part of the secret is shown: %s", line, said)
					}
				}
			}
		})
	}
}

// A running exporter shows no part of a secret in its log, down to debug, and on no
// page, while whatever it speaks to is away, refuses, repeats or garbles.
func TestRunShowsNoSecrets(t *testing.T) {
	// What a header, a body and an address can carry.
	secret := begin + `"'\<%2F&a=b$1 #;` + end
	token := begin + "%2F&a=b_-." + end
	gone := refusing(t)
	for name, answer := range map[string]http.HandlerFunc{
		"away":    nil,
		"refuses": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"garbles": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", token)
				conn.Close()
			}
		},
		"sends elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/?key="+url.QueryEscape(secret), http.StatusFound)
		},
		"answers a token and then an error": func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "datacube") {
				fmt.Fprintf(w, `{"errcode":40013,"errmsg":%s}`, quoted("bad "+r.URL.String()))
				return
			}
			fmt.Fprintf(w, `{"access_token":%s,"authorizer_access_token":%[1]s,"expires_in":7200}`, quoted(token))
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := gone
			if answer != nil {
				address = harness.Serve(t, answer)
			}
			dir := t.TempDir()
			for file, content := range map[string]string{"secret": secret, "token": token} {
				harness.Write(t, dir, file, content+"\n")
			}
			credentials := fmt.Sprintf("basic_auth: {username: u, password: %s}, http_headers: {X-Key: {secrets: [%[1]s], files: [secret]}}", quoted(secret))
			text := strings.NewReplacer("ADDRESS", address, "SECRET", quoted(secret), "QUERY", url.QueryEscape(secret), "CREDENTIALS", credentials).Replace(`
api: {url: 'ADDRESS', timeout: 5s, CREDENTIALS}
poll: {not_before: "00:00"}
remote_write: [{name: receiver, url: 'ADDRESS/w?key=QUERY', CREDENTIALS}]
accounts:
- {name: a, app_id: wx1, app_secret: SECRET}
- {name: b, app_id: wx2, app_secret_file: secret, token: {mode: classic}}
- {name: c, app_id: wx3, token: {file: token}}
- {name: d, app_id: wx4, token: {url: 'ADDRESS/t?key=QUERY', CREDENTIALS}}
- {name: e, app_id: wx5, token: {authorizer: {component_app_id: wx6, component_access_token_file: token, refresh_token_file: token}}}
- {name: f, app_id: wx7, token: {authorizer: {component_app_id: wx8, component_access_token_url: 'ADDRESS/t?key=QUERY', refresh_token_file: secret}, CREDENTIALS}}
- {name: g, app_id: wx9, token: {url: 'ADDRESS', proxy_url: 'http://user:` + url.QueryEscape(secret) + `@` + strings.TrimPrefix(gone, "http://") + `'}}
`)
			cfg := harness.Write(t, dir, "config.yml", text)
			var said bytes.Buffer
			if code := run(t.Context(), []string{"--config.check", "--config.file=" + cfg}, os.Getenv, &said, &said); code != 0 {
				t.Fatalf("the configuration is refused: %s", &said)
			}
			s := start(t, nil, "--config.file="+cfg, "--storage.path="+filepath.Join(dir, "data"), "--web.enable-lifecycle")
			harness.Eventually(t, "a failure of every account", func() bool {
				for _, account := range []string{"a", "b", "c", "d", "e", "f", "g"} {
					if !strings.Contains(s.log.String(), "account="+account+" msg=\"WeChat request failed\"") {
						return false
					}
				}
				return true
			})
			pages := map[string]string{"the check": said.String()}
			for _, path := range []string{"/", "/status", "/status?account=a", "/metrics", "/metrics?collect[]=exporter", "/probe?target=d", "/sd", "/-/ready"} {
				_, pages[path] = s.Get(t, path)
			}
			harness.Write(t, dir, "config.yml", text+"bearer_token:"+secret+"\n")
			_, pages["/-/reload"] = harness.Fetch(t, http.MethodPost, s.URL+"/-/reload")
			s.stop()
			pages["the log"] = s.log.String()
			for page, said := range pages {
				if part := shown.FindString(said); part != "" {
					t.Errorf("%s shows a part of a secret: %q", page, part)
				}
			}
		})
	}
}

// refusing returns an address that refuses connections.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}
