//go:build e2e

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
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// quoted is a text in YAML's double quotes, which are JSON's.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
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
