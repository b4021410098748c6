package wxclient

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

var noon = time.Date(2026, 5, 1, 4, 0, 0, 0, time.UTC)

// recorder is a server that notes one request and answers it.
type recorder struct {
	status      int
	answer      string
	method, url string
	body        string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.method, r.url = req.Method, req.URL.String()
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		r.body = string(b)
	}
	if r.status == 0 {
		r.status = 200
	}
	return reply(r.status, r.answer), nil
}

func (r *recorder) endpoint(url string) Endpoint {
	return Endpoint{URL: url, Transport: r, Now: func() time.Time { return noon }}
}

// wantPost asserts that the request was a POST of a JSON object.
func (r *recorder) wantPost(t *testing.T, url string, want map[string]any) {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	if r.method != http.MethodPost || r.url != url || !reflect.DeepEqual(body, want) {
		t.Errorf("request: %s %s %s; want POST %s %v", r.method, r.url, r.body, url, want)
	}
}

// writeFile writes a file in a new directory, modified at noon.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, noon, noon); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantToken(t *testing.T, got Token, err error, value string, expiry time.Time) {
	t.Helper()
	if err != nil || got.Value != value || !got.Expiry.Equal(expiry) {
		t.Errorf("token = %q until %v, %v; want %q until %v", got.Value, got.Expiry, err, value, expiry)
	}
}

func TestStableToken(t *testing.T) {
	r := &recorder{answer: `{"access_token":"` + testToken + `","expires_in":7200}`}
	source := StableToken{Endpoint: r.endpoint("https://wechat.test"), AppID: "wx1", Secret: secret("a<b>&c")}
	token, err := source.Fetch(t.Context())
	wantToken(t, token, err, testToken, noon.Add(2*time.Hour))
	r.wantPost(t, "https://wechat.test/cgi-bin/stable_token", map[string]any{
		"grant_type": "client_credential", "appid": "wx1", "secret": "a<b>&c", "force_refresh": false,
	})
}

func TestClassicToken(t *testing.T) {
	r := &recorder{answer: `{"access_token":"` + testToken + `","expires_in":"600"}`}
	source := ClassicToken{Endpoint: r.endpoint("https://wechat.test/"), AppID: "wx1", Secret: secret(testSecret)}
	token, err := source.Fetch(t.Context())
	wantToken(t, token, err, testToken, noon.Add(10*time.Minute))
	got := r.method + " " + r.url + " " + r.body
	if want := `GET https://wechat.test/cgi-bin/token?appid=wx1&grant_type=client_credential&secret=s3cr3t%2Fof%2Bthe%3Daccount `; got != want {
		t.Errorf("request:\n got %s\nwant %s", got, want)
	}
}

func TestTokenEndpointErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		answer string
		code   string
		action Action
	}{
		{"wrong secret", 200, `{"errcode":40125,"errmsg":"invalid appsecret, view more at https://..., rid: 1"}`, "40125", Credentials},
		{"quota", 200, `{"errcode":45009}`, "45009", Tomorrow},
		{"unknown code", 200, `{"errcode":12345}`, "12345", Invalid},
		{"unavailable", 503, ``, "http_503", Retry},
		{"not found", 404, ``, "http_404", Invalid},
		{"not JSON", 200, testToken, "invalid", Invalid},
		{"another shape", 200, `{"access_token":["` + testToken + `"]}`, "invalid", Invalid},
		{"no token", 200, `{"expires_in":7200}`, "invalid", Invalid},
		{"no plausible token", 200, `{"access_token":"` + testToken + ` <b>"}`, "invalid", Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{status: c.status, answer: c.answer}
			endpoint := r.endpoint("https://wechat.test")
			for _, source := range []TokenSource{
				StableToken{Endpoint: endpoint, AppID: "wx1", Secret: secret(testSecret)},
				ClassicToken{Endpoint: endpoint, AppID: "wx1", Secret: secret(testSecret)},
			} {
				_, err := source.Fetch(t.Context())
				wantError(t, err, "token", c.code, c.action)
				wantNoSecret(t, err, testToken, testSecret)
			}
		})
	}
}

func TestSecretIsReadForEveryFetch(t *testing.T) {
	path := writeFile(t, "secret", "first")
	r := &recorder{answer: `{"access_token":"t"}`}
	source := StableToken{Endpoint: r.endpoint("https://wechat.test"), AppID: "wx1", Secret: func() (string, error) {
		b, err := os.ReadFile(path)
		return string(b), err
	}}
	for _, content := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := source.Fetch(t.Context()); err != nil || !strings.Contains(r.body, `"secret":"`+content+`"`) {
			t.Errorf("sent %s, %v; want the secret %s", r.body, err, content)
		}
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := source.Fetch(t.Context())
	wantError(t, err, "token", "invalid", Credentials)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = source.Fetch(t.Context())
	if e := wantError(t, err, "token", "invalid", Credentials); !strings.Contains(e.Message, "no such file") {
		t.Errorf("message = %q", e.Message)
	}
}

func TestFileToken(t *testing.T) {
	for _, c := range []struct {
		name, content string
		life          time.Duration // from noon, when it is read; 0: an error with code
		code          string
	}{
		{"bare", testToken, time.Minute, ""},
		{"bare, with a byte order mark and a line end", "\ufeff" + testToken + "\r\n", time.Minute, ""},
		{"bare, in UTF-16", inUTF16(testToken + "\r\n"), time.Minute, ""},
		{"JSON in UTF-16", inUTF16(`{"access_token":"` + testToken + `","expires_in":7200}`), 2 * time.Hour, ""},
		{"JSON", `{"access_token":"` + testToken + `","expires_in":7200}`, 2 * time.Hour, ""},
		{"JSON without expiry", ` {"access_token":"` + testToken + `"}`, time.Minute, ""},
		{"JSON of a platform", `{"component_access_token":"` + testToken + `","expires_in":600}`, 10 * time.Minute, ""},
		{"JSON with a moment for a duration", `{"access_token":"` + testToken + `","expires_in":1777608000}`, 24 * time.Hour, ""},
		{"JSON with a strange expiry", `{"access_token":"` + testToken + `","expires_in":"soon"}`, time.Minute, ""},
		{"empty", "", 0, "invalid"},
		{"two lines", testToken + "\n" + testToken, 0, "invalid"},
		{"a page", "<html>" + testToken, 0, "invalid"},
		{"JSON cut off", `{"access_token":"` + testToken, 0, "invalid"},
		{"JSON text", `"` + testToken + `"`, 0, "invalid"},
		{"an error of WeChat", `{"errcode":40164,"errmsg":"invalid ip 192.0.2.1"}`, 0, "40164"},
		{"an error beside a token", `{"errcode":40001,"errmsg":"` + testToken + `","access_token":"` + testToken + `"}`, 0, "40001"},
		{"huge", strings.Repeat("x", 1<<20+1), 0, "invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := FileToken{Path: writeFile(t, "token", c.content), Now: func() time.Time { return noon }}
			token, err := source.Fetch(t.Context())
			if c.life > 0 {
				wantToken(t, token, err, testToken, noon.Add(c.life))
				return
			}
			wantError(t, err, "token", c.code, Credentials)
			wantNoSecret(t, err, testToken)
		})
	}
	t.Run("missing", func(t *testing.T) {
		_, err := FileToken{Path: filepath.Join(t.TempDir(), "none")}.Fetch(t.Context())
		if e := wantError(t, err, "token", "invalid", Credentials); !strings.Contains(e.Message, "no such file") {
			t.Errorf("message = %q", e.Message)
		}
	})
	t.Run("of the future", func(t *testing.T) {
		before := noon.Add(-time.Hour)
		source := FileToken{
			Path: writeFile(t, "token", `{"access_token":"`+testToken+`","expires_in":86400}`),
			Now:  func() time.Time { return before },
		}
		token, err := source.Fetch(t.Context())
		wantToken(t, token, err, testToken, before.Add(time.Minute))
	})
	t.Run("expired long ago", func(t *testing.T) {
		later := noon.Add(5 * time.Hour)
		source := FileToken{
			Path: writeFile(t, "token", `{"access_token":"`+testToken+`","expires_in":7200}`),
			Now:  func() time.Time { return later },
		}
		token, err := source.Fetch(t.Context())
		wantToken(t, token, err, testToken, later.Add(time.Minute))
	})
}

// inUTF16 is what some programs write.
func inUTF16(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// TestTokenFilesNameCharacters: what nobody sees in a file is told by its name.
func TestTokenFilesNameCharacters(t *testing.T) {
	for content, want := range map[string]string{
		testToken + "\u200b": "it holds a zero-width space (U+200B)",
		testToken + "\x00\n": "it holds a NUL (U+0000)",
		"\u00a0" + testToken: "it holds a no-break space (U+00A0)",
		testToken + "é":      "it holds a letter or digit that is not ASCII",
	} {
		path := writeFile(t, "token", content)
		refresh := AuthorizerToken{Component: fixed(testToken), RefreshTokenFile: path}
		for _, source := range []TokenSource{FileToken{Path: path}, refresh} {
			_, err := source.Fetch(t.Context())
			if e := wantError(t, err, "token", "invalid", Credentials); !strings.HasSuffix(e.Message, path+": "+want) {
				t.Errorf("%q: message %q, want %q", content, e.Message, want)
			}
			wantNoSecret(t, err, testToken)
		}
	}
}

func TestURLToken(t *testing.T) {
	const address = "https://user:hunter2@tokens.test/wx1?key=hunter2"
	for _, c := range []struct {
		name   string
		status int
		answer string
		life   time.Duration // 0: an error
		code   string
		action Action
	}{
		{"bare", 200, testToken + "\n", 5 * time.Minute, "", 0},
		{"JSON", 200, `{"access_token":"` + testToken + `","expires_in":60}`, time.Minute, "", 0},
		{"JSON without expiry", 200, `{"access_token":"` + testToken + `","expires_in":0}`, 5 * time.Minute, "", 0},
		{"JSON that expired", 200, `{"access_token":"` + testToken + `","expires_in":-7200}`, 5 * time.Minute, "", 0},
		{"JSON for a second", 200, `{"access_token":"` + testToken + `","expires_in":1}`, time.Minute, "", 0},
		{"JSON for ever", 200, `{"access_token":"` + testToken + `","expires_in":9223372036854775807}`, 24 * time.Hour, "", 0},
		{"JSON for longer", 200, `{"access_token":"` + testToken + `","expires_in":92233720368547758070}`, 5 * time.Minute, "", 0},
		{"a log-in page", 200, "<html>" + testToken, 0, "invalid", Invalid},
		{"JSON of another shape", 200, `{"data":{"access_token":"` + testToken + `"}}`, 0, "invalid", Invalid},
		{"forbidden", 403, testToken, 0, "http_403", Invalid},
		{"moved", 302, testToken, 0, "http_302", Invalid},
		{"down", 500, testToken, 0, "http_500", Retry},
		{"an error of WeChat", 200, `{"errcode":40013,"errmsg":"invalid appid"}`, 0, "40013", Credentials},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{status: c.status, answer: c.answer}
			token, err := URLToken{r.endpoint(address)}.Fetch(t.Context())
			if got := r.method + " " + r.url; got != "GET "+address {
				t.Errorf("request = %s", got)
			}
			if c.life > 0 {
				wantToken(t, token, err, testToken, noon.Add(c.life))
				return
			}
			e := wantError(t, err, "token", c.code, c.action)
			if own := strings.Contains(e.Message, "token server"); own == (c.code == "40013") {
				t.Errorf("message = %q", e.Message)
			}
			wantNoSecret(t, err, testToken, "hunter2", "tokens.test")
		})
	}
}

// TestURLTokenRedactsItsAddress lets a token server repeat the credentials that
// it was asked with.
func TestURLTokenRedactsItsAddress(t *testing.T) {
	const address = "https://user:pass%2Fword@tokens.test/wx1?key=hunter%2B2&raw=a;b"
	for _, c := range []struct{ name, address, answer string }{
		{"a user alone", "https://hunter2@tokens.test/wx1", `{"errcode":40013,"errmsg":"refused: hunter2"}`},
		{"decoded", address, `{"errcode":40013,"errmsg":"refused: pass/word hunter+2"}`},
		{"as sent", address, `{"errcode":40013,"errmsg":"refused: pass%2Fword key=hunter%2B2"}`},
		{"the whole query", address, `{"errcode":40013,"errmsg":"refused: /wx1?key=hunter%2B2&raw=a;b"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{answer: c.answer}
			_, err := URLToken{r.endpoint(c.address)}.Fetch(t.Context())
			if e := wantError(t, err, "token", "40013", Credentials); !strings.HasPrefix(e.Message, "refused: ") {
				t.Errorf("message = %q", e.Message)
			}
			wantNoSecret(t, err, "pass/word", "pass%2Fword", "hunter")
		})
	}
}
