package wxclient

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTokenRequestsAreObserved: why an account has no token is known from what its
// requests for tokens were answered, whichever server is asked for them. What asks
// nobody is no request.
func TestTokenRequestsAreObserved(t *testing.T) {
	ok := `{"access_token":"` + testToken + `","authorizer_access_token":"` + testToken + `","expires_in":7200}`
	missing := func() (string, error) { return "", errors.New("no such file") }
	for _, c := range []struct {
		name    string
		source  func(Endpoint) TokenSource
		status  int
		answers []string // of the token endpoints, the last one again and again
		want    []string
	}{
		{"stable", func(e Endpoint) TokenSource {
			return StableToken{Endpoint: e, AppID: "wx1", Secret: secret(testSecret)}
		},
			200, []string{ok}, []string{"token 0", "getusersummary 0"}},
		{"classic", func(e Endpoint) TokenSource {
			return ClassicToken{Endpoint: e, AppID: "wx1", Secret: secret(testSecret)}
		},
			200, []string{ok}, []string{"token 0", "getusersummary 0"}},
		{"an address that is not allowed", func(e Endpoint) TokenSource {
			return StableToken{Endpoint: e, AppID: "wx1", Secret: secret(testSecret)}
		},
			200, []string{`{"errcode":40164,"errmsg":"invalid ip"}`}, []string{"token 40164"}},
		{"busy, then not", func(e Endpoint) TokenSource {
			return StableToken{Endpoint: e, AppID: "wx1", Secret: secret(testSecret)}
		},
			200, []string{`{"errcode":-1}`, `{"errcode":-1}`, ok}, []string{"token -1", "token -1", "token 0", "getusersummary 0"}},
		{"a gateway", func(e Endpoint) TokenSource {
			return StableToken{Endpoint: e, AppID: "wx1", Secret: secret(testSecret)}
		},
			502, []string{"<html>"}, []string{"token http_502", "token http_502", "token http_502"}},
		{"no answer that is one", func(e Endpoint) TokenSource {
			return StableToken{Endpoint: e, AppID: "wx1", Secret: secret(testSecret)}
		},
			200, []string{`{}`}, []string{"token invalid"}},
		{"token server", func(e Endpoint) TokenSource { e.URL = "https://token.test/brand"; return URLToken{e} },
			200, []string{testToken}, []string{"token 0", "getusersummary 0"}},
		{"token server that is away", func(e Endpoint) TokenSource { e.URL = "https://token.test/brand"; return URLToken{e} },
			503, []string{""}, []string{"token http_503", "token http_503", "token http_503"}},
		{"platform", func(e Endpoint) TokenSource {
			server := e
			server.URL = "https://token.test/component"
			return AuthorizerToken{
				Endpoint: e, Component: URLToken{server}, AppID: "wx1", RefreshTokenFile: writeFile(t, "refresh", "refresh@@@1"),
				Stored: func() (RefreshToken, error) { return RefreshToken{}, nil }, Store: func(RefreshToken) {},
			}
		}, 200, []string{ok}, []string{"token 0", "token 0", "getusersummary 0"}},
		{"platform that is refused", func(e Endpoint) TokenSource {
			return AuthorizerToken{
				Endpoint: e, Component: fixed("COMPONENT"), AppID: "wx1", RefreshTokenFile: writeFile(t, "refresh", "refresh@@@1"),
				Stored: func() (RefreshToken, error) { return RefreshToken{}, nil }, Store: func(RefreshToken) {},
			}
		}, 200, []string{`{"errcode":61023}`}, []string{"token 61023"}},
		{"file", func(Endpoint) TokenSource { return FileToken{Path: writeFile(t, "token", testToken)} },
			200, nil, []string{"getusersummary 0"}},
		{"no secret", func(e Endpoint) TokenSource { return StableToken{Endpoint: e, AppID: "wx1", Secret: missing} },
			200, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen []string
				asked := 0
				server := transport(func(r *http.Request) (*http.Response, error) {
					if strings.HasPrefix(r.URL.Path, "/datacube/") {
						return reply(200, `{"list":[]}`), nil
					}
					asked++
					return reply(c.status, c.answers[min(asked, len(c.answers))-1]), nil
				})
				endpoint := Endpoint{URL: "https://wechat.test", Transport: server}
				client := client(server, func(o *Options) {
					o.Tokens = c.source(endpoint)
					o.Observe = func(x Exchange) { seen = append(seen, x.API+" "+x.Code) }
				})
				_, _ = client.Fetch(t.Context(), aRequest) // what it returns is for other tests
				if !slices.Equal(seen, c.want) {
					t.Errorf("observed %q, want %q", seen, c.want)
				}
			})
		})
	}
}

// TestInterruptedRequests: a request that its context ended is told, as WeChat may have
// counted it, without a code, as there was no answer.
func TestInterruptedRequests(t *testing.T) {
	for _, c := range []struct {
		tokens TokenSource
		want   []Exchange
	}{
		{nil, []Exchange{{API: "token", Duration: time.Second}}},
		{fixed("TOKEN"), []Exchange{{API: "getusersummary", Duration: time.Second}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var seen []Exchange
			client := client(transport(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}), func(o *Options) {
				if o.Observe = func(x Exchange) { seen = append(seen, x) }; c.tokens != nil {
					o.Tokens = c.tokens
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := client.Fetch(ctx, aRequest); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error = %v", err)
			}
			if !slices.Equal(seen, c.want) {
				t.Errorf("observed %v, want %v", seen, c.want)
			}
		})
	}
}
