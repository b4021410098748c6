package wxclient

import (
	"context"
	"encoding/json"
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

// keeper is what keeps refresh tokens in place of the store.
type keeper struct {
	kept  RefreshToken
	times int
	err   error // of reading
}

// platform is an AuthorizerToken whose refresh token lies in a new file.
func platform(t *testing.T, r *recorder) (AuthorizerToken, *keeper) {
	k := &keeper{}
	return AuthorizerToken{
		Endpoint:         r.endpoint("https://wechat.test"),
		ComponentAppID:   "wxplatform",
		Component:        fixed("COMPONENT"),
		AppID:            "wx1",
		RefreshTokenFile: writeFile(t, "refresh", "refresh@@@1\n"),
		Stored:           func() (RefreshToken, error) { return k.kept, k.err },
		Store:            func(r RefreshToken) { k.kept = r; k.times++ },
	}, k
}

func TestAuthorizerToken(t *testing.T) {
	r := &recorder{answer: `{"authorizer_access_token":"` + testToken + `","expires_in":7200,"authorizer_refresh_token":"refresh@@@1"}`}
	source, keeper := platform(t, r)
	token, err := source.Fetch(t.Context())
	wantToken(t, token, err, testToken, noon.Add(2*time.Hour))
	r.wantPost(t, "https://wechat.test/cgi-bin/component/api_authorizer_token?component_access_token=COMPONENT", map[string]any{
		"component_appid": "wxplatform", "authorizer_appid": "wx1", "authorizer_refresh_token": "refresh@@@1",
	})
	if keeper.times != 0 {
		t.Errorf("the same refresh token was kept as if it were a new one")
	}
}

// TestAuthorizerTokenKeepsTheNewRefreshToken: the file is where it begins, what
// WeChat sent in its place is used from then on, and a file that a person changes
// has the last word.
func TestAuthorizerTokenKeepsTheNewRefreshToken(t *testing.T) {
	r := &recorder{}
	source, keeper := platform(t, r)
	for _, step := range []struct {
		file   string // written before; empty: left alone
		answer string
		sends  string
		kept   RefreshToken
		times  int
		code   string // of an error
	}{
		{"", `{"authorizer_access_token":"a","authorizer_refresh_token":"refresh@@@2"}`, "refresh@@@1", RefreshToken{"refresh@@@1", "refresh@@@2"}, 1, ""},
		{"", `{"authorizer_access_token":"a","authorizer_refresh_token":"refresh@@@2"}`, "refresh@@@2", RefreshToken{"refresh@@@1", "refresh@@@2"}, 1, ""},
		{"", `{"authorizer_access_token":"a"}`, "refresh@@@2", RefreshToken{"refresh@@@1", "refresh@@@2"}, 1, ""},
		// An answer of no other use still holds the only copy of a new one.
		{"", `{"expires_in":7200,"authorizer_refresh_token":"refresh@@@3"}`, "refresh@@@2", RefreshToken{"refresh@@@1", "refresh@@@3"}, 2, "invalid"},
		{"", `{"authorizer_access_token":"a","authorizer_refresh_token":"<html>"}`, "refresh@@@3", RefreshToken{"refresh@@@1", "refresh@@@3"}, 2, ""},
		{"refresh@@@9", `{"errcode":61023,"errmsg":"refresh@@@9 is bad"}`, "refresh@@@9", RefreshToken{"refresh@@@1", "refresh@@@3"}, 2, "61023"},
		{"refresh@@@9\n", `{"authorizer_access_token":"a","authorizer_refresh_token":"refresh@@@10"}`, "refresh@@@9", RefreshToken{"refresh@@@9", "refresh@@@10"}, 3, ""},
		{"", `{"authorizer_access_token":"a"}`, "refresh@@@10", RefreshToken{"refresh@@@9", "refresh@@@10"}, 3, ""},
	} {
		if step.file != "" {
			if err := os.WriteFile(source.RefreshTokenFile, []byte(step.file), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r.answer = step.answer
		_, err := source.Fetch(t.Context())
		if e, _ := errors.AsType[*Error](err); (err == nil) != (step.code == "") || e != nil && e.Code != step.code {
			t.Errorf("%s: %v", step.answer, err)
		}
		wantNoSecret(t, err, "refresh@@@")
		if want := `authorizer_refresh_token":"` + step.sends + `"`; !strings.Contains(r.body, want) {
			t.Errorf("%s: sent %s, want %s", step.answer, r.body, step.sends)
		}
		if keeper.kept != step.kept || keeper.times != step.times {
			t.Errorf("%s: kept %q in place of %q after %d times", step.answer, keeper.kept.Value, keeper.kept.Replaces, keeper.times)
		}
	}
}

// TestAuthorizerTokenNeverWritesTheFile: secrets are often mounted read-only.
func TestAuthorizerTokenNeverWritesTheFile(t *testing.T) {
	source, _ := platform(t, &recorder{answer: `{"authorizer_access_token":"a","authorizer_refresh_token":"refresh@@@2"}`})
	if err := os.Chmod(source.RefreshTokenFile, 0o400); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(source.RefreshTokenFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(source.RefreshTokenFile)
	if err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the file was %v, is %v, %v", before, after, err)
	}
	if left, err := os.ReadDir(filepath.Dir(source.RefreshTokenFile)); err != nil || len(left) != 1 {
		t.Errorf("files in its directory: %v, %v", left, err)
	}
}

// TestRefreshTokenIsHidden: it can be kept as JSON, and is printed nowhere.
func TestRefreshTokenIsHidden(t *testing.T) {
	token := RefreshToken{Replaces: "refresh@@@1", Value: "refresh@@@2"}
	encoded, err := json.Marshal(token)
	var back RefreshToken
	if err != nil || json.Unmarshal(encoded, &back) != nil || back != token {
		t.Errorf("%s, %v", encoded, err)
	}
	pair := struct {
		T RefreshToken
		P *RefreshToken
	}{token, &token}
	if said := fmt.Sprintf("%v %+v %#v %s %q %x %v %+v %#v", token, token, token, token, token, token, pair, pair, pair) + token.String(); strings.Contains(said, "refresh@") || strings.Contains(said, fmt.Sprintf("%x", "refresh@")) {
		t.Errorf("the token shows in %s", said)
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
		"an answer":          {10 * time.Second, 10 * time.Second, "refresh@@@2"},
		"an answer too late": {time.Hour, defaultTimeout, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				source, keeper := platform(t, &recorder{})
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
				_, err := client(source.Transport, func(o *Options) { o.Tokens = source }).Fetch(ctx, aRequest)
				if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error = %v (%T), want the context's", err, err)
				}
				if d := since(); d != c.took {
					t.Errorf("ended after %v, want %v", d, c.took)
				}
				if got := keeper.kept.Value; got != c.kept {
					t.Errorf("kept %q, want %q", got, c.kept)
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
		source, _ := platform(t, &recorder{answer: `{"errcode":` + code + `,"errmsg":"invalid credential"}`})
		_, err := source.Fetch(t.Context())
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
		{"refresh token in a device", func(s *AuthorizerToken) { s.RefreshTokenFile = "/dev/zero" }, ok, "invalid", Credentials, "/dev/zero is not a regular file"},
		{"kept token cannot be read", func(s *AuthorizerToken) {
			s.Stored = func() (RefreshToken, error) { return RefreshToken{}, errors.New("the store is gone; not refresh@@@1") }
		}, ok, "invalid", Credentials, "the store is gone"},
		{"component token rejected", nil, `{"errcode":40001,"errmsg":"COMPONENT is bad"}`, "40001", Credentials, "is bad"},
		{"refresh token rejected", nil, `{"errcode":61023,"errmsg":"refresh@@@1 is bad"}`, "61023", Credentials, "is bad"},
		{"authorization withdrawn", nil, `{"errcode":61003,"errmsg":"component is not authorized"}`, "61003", Denied, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			source, _ := platform(t, &recorder{answer: c.answer})
			if c.change != nil {
				c.change(&source)
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
		source, _ := platform(t, &recorder{answer: ok})
		source.Component = URLToken{Endpoint{URL: "https://platform.test", Transport: transport(func(r *http.Request) (*http.Response, error) {
			return nil, r.Context().Err()
		})}}
		if _, err := source.Fetch(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want the context's", err)
		}
	})
}
