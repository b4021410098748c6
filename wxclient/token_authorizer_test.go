package wxclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

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

	// A file that a person has changed holds the newest word.
	if err := os.WriteFile(source.RefreshTokenFile, []byte("refresh@@@9"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := sent(); got != "refresh@@@9" {
		t.Errorf("third fetch sent %s, want what the file holds now", got)
	}
	// Now it can be written.
	file := filepath.Join(t.TempDir(), "refresh")
	if err := os.Rename(source.RefreshTokenFile, file); err != nil {
		t.Fatal(err)
	}
	source.RefreshTokenFile = file
	if got := sent(); got != "refresh@@@2" || readFile(t, file) != "refresh@@@2\n" {
		t.Errorf("fourth fetch sent %s, the file holds %q", got, readFile(t, file))
	}
}

// TestAuthorizerTokenEndsWhatItHasBegun ends the caller's context while WeChat
// answers with the only copy of a new refresh token.
func TestAuthorizerTokenEndsWhatItHasBegun(t *testing.T) {
	for name, c := range map[string]struct {
		answers time.Duration // how long WeChat takes
		took    time.Duration
		kept    string
	}{
		"an answer":          {10 * time.Second, 10 * time.Second, "refresh@@@2\n"},
		"an answer too late": {time.Hour, defaultTimeout, "refresh@@@1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				source := platform(t, &recorder{})
				source.Transport = transport(func(r *http.Request) (*http.Response, error) {
					asked = append(asked, r.URL.Path)
					select {
					case <-time.After(c.answers):
						return reply(200, `{"authorizer_access_token":"a","expires_in":7200,"authorizer_refresh_token":"refresh@@@2"}`), nil
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				since := start()
				_, err := client(source.Transport, func(o *Options) { o.Tokens = source }).Ask(ctx, aRequest)
				if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error = %v (%T), want the context's", err, err)
				}
				if d := since(); d != c.took {
					t.Errorf("ended after %v, want %v", d, c.took)
				}
				if got := readFile(t, source.RefreshTokenFile); got != c.kept {
					t.Errorf("the file holds %q, want %q", got, c.kept)
				}
				if len(asked) != 1 {
					t.Errorf("asked %q, want one exchange and nothing after the end", asked)
				}
				if _, err := source.Fetch(ctx); !errors.Is(err, context.DeadlineExceeded) || len(asked) != 1 {
					t.Errorf("another fetch after the end: %v, asked %q", err, asked)
				}
			})
		})
	}
}

// TestAuthorizerTokenAdvice: a third-party platform has no app secret that could
// be wrong, so no advice may send its operators there.
func TestAuthorizerTokenAdvice(t *testing.T) {
	for _, code := range []string{"40001", "40014", "42001"} {
		_, err := platform(t, &recorder{answer: `{"errcode":` + code + `,"errmsg":"invalid credential"}`}).Fetch(t.Context())
		if e := wantError(t, err, "token", code, Credentials); !strings.Contains(e.Advice, "component access token") {
			t.Errorf("%s: advice = %q", code, e.Advice)
		}
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
