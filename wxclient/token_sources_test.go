package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	got := r.method + " " + r.url + " " + r.body
	if want := `POST https://wechat.test/cgi-bin/stable_token {"grant_type":"client_credential","appid":"wx1","secret":"a<b>&c","force_refresh":false}`; got != want {
		t.Errorf("request:\n got %s\nwant %s", got, want)
	}
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

// platform is an AuthorizerToken whose refresh token lies in a new file.
func platform(t *testing.T, r *recorder) *AuthorizerToken {
	return &AuthorizerToken{
		Endpoint:         r.endpoint("https://wechat.test"),
		ComponentAppID:   "wxplatform",
		Component:        fixed("COMPONENT"),
		AppID:            "wx1",
		RefreshTokenFile: writeFile(t, "refresh", "refresh@@@1\n"),
		OnUnsaved:        func(err error) { t.Errorf("unsaved: %v", err) },
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAuthorizerToken(t *testing.T) {
	r := &recorder{answer: `{"authorizer_access_token":"` + testToken + `","expires_in":7200,"authorizer_refresh_token":"refresh@@@1"}`}
	source := platform(t, r)
	token, err := source.Fetch(t.Context())
	wantToken(t, token, err, testToken, noon.Add(2*time.Hour))
	got := r.method + " " + r.url + " " + r.body
	if want := `POST https://wechat.test/cgi-bin/component/api_authorizer_token?component_access_token=COMPONENT ` +
		`{"component_appid":"wxplatform","authorizer_appid":"wx1","authorizer_refresh_token":"refresh@@@1"}`; got != want {
		t.Errorf("request:\n got %s\nwant %s", got, want)
	}
	if got := readFile(t, source.RefreshTokenFile); got != "refresh@@@1\n" {
		t.Errorf("the file now holds %q", got)
	}
}

func TestAuthorizerTokenKeepsTheNewRefreshToken(t *testing.T) {
	r := &recorder{answer: `{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"refresh@@@2"}`}
	source := platform(t, r)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(source.RefreshTokenFile, link); err != nil {
		t.Fatal(err)
	}
	target := source.RefreshTokenFile
	source.RefreshTokenFile = link
	if err := os.Chmod(target, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(target)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode = %v, %v; want a plain file with 0600", info.Mode(), err)
	}
	if got := readFile(t, target); got != "refresh@@@2\n" {
		t.Errorf("the file holds %q", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link has become %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(target)); err != nil || len(left) != 1 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
	// An answer of no other use still holds the only copy of a new one.
	r.answer = `{"expires_in":7200,"authorizer_refresh_token":"refresh@@@3"}`
	_, err = source.Fetch(t.Context())
	wantError(t, err, "token", "invalid", Invalid)
	wantNoSecret(t, err, "refresh@@@")
	if got := readFile(t, target); got != "refresh@@@3\n" {
		t.Errorf("the file holds %q", got)
	}
}

func TestAuthorizerTokenWithAFileThatCannotBeWritten(t *testing.T) {
	r := &recorder{answer: `{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"refresh@@@2"}`}
	source := platform(t, r)
	var unsaved []error
	source.OnUnsaved = func(err error) { unsaved = append(unsaved, err) }
	sent := func() string {
		t.Helper()
		if _, err := source.Fetch(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(r.body, `authorizer_refresh_token":"`)
		return strings.TrimSuffix(after, `"}`)
	}
	// A refusal of the file system that root meets too: beside a file with
	// the longest possible name there is none with a longer one.
	source.RefreshTokenFile = writeFile(t, strings.Repeat("x", 255), "refresh@@@1\n")
	if got := sent(); got != "refresh@@@1" || len(unsaved) != 1 {
		t.Fatalf("first fetch sent %s, unsaved %v", got, unsaved)
	}
	wantNoSecret(t, unsaved[0], "refresh@@@")
	if got := sent(); got != "refresh@@@2" {
		t.Errorf("second fetch sent %s, want the one that was kept in memory", got)
	}
	if said := fmt.Sprintf("%v %+v %#v", source, source, *source); strings.Contains(said, "refresh@@@2") {
		t.Errorf("the token shows in %s", said)
	}
	if len(unsaved) != 2 {
		t.Errorf("told %d times, want at each attempt", len(unsaved))
	}

	// Now it can be written.
	file := filepath.Join(t.TempDir(), "refresh")
	if err := os.Rename(source.RefreshTokenFile, file); err != nil {
		t.Fatal(err)
	}
	source.RefreshTokenFile = file
	if got := sent(); got != "refresh@@@2" || readFile(t, file) != "refresh@@@2\n" {
		t.Errorf("third fetch sent %s, the file holds %q", got, readFile(t, file))
	}
}

func TestAuthorizerTokenErrors(t *testing.T) {
	ok := `{"authorizer_access_token":"a"}`
	for _, c := range []struct {
		name   string
		change func(*AuthorizerToken)
		answer string
		code   string
		action Action
		says   string
	}{
		{"component token missing", func(s *AuthorizerToken) { s.Component = FileToken{Path: "/nonexistent"} }, ok, "invalid", Credentials, "component access token: "},
		{"component server down", func(s *AuthorizerToken) {
			s.Component = URLToken{(&recorder{status: 502}).endpoint("https://platform.test")}
		}, ok, "http_502", Retry, "component access token: "},
		{"refresh token missing", func(s *AuthorizerToken) { s.RefreshTokenFile = "/nonexistent" }, ok, "invalid", Credentials, "read the refresh token: "},
		{"refresh token empty", func(s *AuthorizerToken) { s.RefreshTokenFile = writeFile(t, "empty", "\n") }, ok, "invalid", Credentials, "bare token"},
		{"component token rejected", nil, `{"errcode":40001,"errmsg":"COMPONENT is bad"}`, "40001", Credentials, "is bad"},
		{"refresh token rejected", nil, `{"errcode":61023,"errmsg":"refresh@@@1 is bad"}`, "61023", Credentials, "is bad"},
		{"authorization withdrawn", nil, `{"errcode":61003,"errmsg":"component is not authorized"}`, "61003", Denied, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := platform(t, &recorder{answer: c.answer})
			if c.change != nil {
				c.change(source)
			}
			_, err := source.Fetch(t.Context())
			if e := wantError(t, err, "token", c.code, c.action); !strings.Contains(e.Message, c.says) || e.Advice == "" && c.action != Retry {
				t.Errorf("message = %q, advice = %q", e.Message, e.Advice)
			}
			wantNoSecret(t, err, "COMPONENT", "refresh@@@", "platform.test")
		})
	}
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		source := platform(t, &recorder{answer: ok})
		source.Component = URLToken{Endpoint{URL: "https://platform.test", Transport: transport(func(r *http.Request) (*http.Response, error) {
			return nil, r.Context().Err()
		})}}
		if _, err := source.Fetch(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want the context's", err)
		}
	})
}
