package wxtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// TokenPrefix begins every access token of the simulated WeChat, so that a test
// can look for tokens where none may be.
const TokenPrefix = "WXTEST-ACCESS-TOKEN-"

// overlap is how long a replaced token stays valid.
const overlap = 5 * time.Minute

// Names of the endpoints beside the statistics APIs.
const (
	StableToken     = "stable_token"
	ClassicToken    = "token"
	AuthorizerToken = "api_authorizer_token"
	QuotaGet        = "quota/get"
)

var endpoints = []endpoint{
	{
		path: "/cgi-bin/stable_token", name: StableToken, method: http.MethodPost, serve: stableToken,
		appID: func(_ *WeChat, x *exchange) string { return x.arguments.AppID },
	},
	{
		path: "/cgi-bin/token", name: ClassicToken, method: http.MethodGet, serve: classicToken,
		appID: func(_ *WeChat, x *exchange) string { return x.request.URL.Query().Get("appid") },
	},
	{
		path: "/cgi-bin/component/api_authorizer_token", name: AuthorizerToken, method: http.MethodPost, serve: authorizerToken,
		appID: func(_ *WeChat, x *exchange) string { return x.arguments.AuthorizerAppID },
	},
	{path: "/cgi-bin/openapi/quota/get", name: QuotaGet, method: http.MethodPost, appID: tokenOwner, serve: quota},
}

// token is an access token; expiry is when this very token stops to be valid.
type token struct {
	value  string
	expiry time.Time
}

// slot holds the tokens of one way to get them. The ways are isolated.
type slot struct{ current, previous token }

func (s slot) valid(value string, now time.Time) bool {
	for _, t := range [2]token{s.current, s.previous} {
		if t.value != "" && t.value == value && now.Before(t.expiry) {
			return true
		}
	}
	return false
}

// renew puts a new token in the slot. The one before stays valid for a while.
func (a *account) renew(s *slot, now time.Time, lifetime time.Duration) {
	a.serial++
	expiry := now.Add(lifetime)
	s.previous = s.current
	if end := now.Add(overlap); end.Before(s.previous.expiry) {
		s.previous.expiry = end
	}
	s.current = token{signed(fmt.Sprintf("%s|%d|%d", a.AppID, a.serial, expiry.Unix())), expiry}
}

// signed makes a token that tells its owner and its end to who knows how it is
// made, which clients do not.
func signed(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return TokenPrefix + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s|%016x", text, h.Sum64()))
}

// readToken returns owner and end of a token that WeChat has made at some time.
func readToken(value string) (appID string, expiry time.Time, ok bool) {
	encoded, ok := strings.CutPrefix(value, TokenPrefix)
	if !ok {
		return "", time.Time{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	parts := strings.Split(string(text), "|")
	if err != nil || len(parts) != 4 || signed(strings.Join(parts[:3], "|")) != value {
		return "", time.Time{}, false
	}
	end, err := strconv.ParseInt(parts[2], 10, 64)
	return parts[0], time.Unix(end, 0), err == nil
}

func tokenOwner(_ *WeChat, x *exchange) string {
	appID, _, _ := readToken(x.request.URL.Query().Get("access_token"))
	return appID
}

// authorize checks the access token of a request. The code of the reply is 0
// when it is valid.
func (w *WeChat) authorize(x *exchange) reply {
	value := x.request.URL.Query().Get("access_token")
	if value == "" {
		return w.fail(41001, "access_token missing")
	}
	_, expiry, ok := readToken(value)
	if !ok || x.account == nil {
		return w.fail(40014, "invalid access_token")
	}
	a := x.account
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range []slot{a.stable, a.classic, a.platform} {
		if s.valid(value, x.now) {
			return reply{}
		}
	}
	if !x.now.Before(expiry) {
		return w.fail(42001, "access_token expired")
	}
	return w.fail(40001, "invalid credential, access_token is invalid or not latest")
}

// RevokeTokens makes all tokens of an account invalid (40001), as when another
// client forces a new one. The next request for a token gets a new one.
func (w *WeChat) RevokeTokens(appID string) {
	a := w.account(appID)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stable, a.classic, a.platform = slot{}, slot{}, slot{}
}

// credentials checks an app id and its secret.
func (w *WeChat) credentials(x *exchange, grant, appID, secret string) reply {
	switch {
	case grant != "client_credential":
		return w.fail(40002, "invalid grant_type")
	case appID == "":
		return w.fail(41002, "appid missing")
	case secret == "":
		return w.fail(41004, "appsecret missing")
	case x.account == nil:
		return w.fail(40013, "invalid appid")
	case secret != x.account.Secret:
		return w.fail(40125, "invalid appsecret, view more at http://t.cn/RAEkdVq")
	}
	return reply{}
}

// stableToken gives the same token until shortly before its end.
func stableToken(w *WeChat, x *exchange) reply {
	if !bodyIsJSON(x) {
		return w.fail(47001, "data format error")
	}
	if rep := w.credentials(x, x.arguments.GrantType, x.arguments.AppID, x.arguments.Secret); rep.code != 0 {
		return rep
	}
	a := x.account
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case x.arguments.ForceRefresh:
		a.stable = slot{}
		a.renew(&a.stable, x.now, w.options.TokenLifetime)
	case x.now.Add(min(overlap, w.options.TokenLifetime/2)).After(a.stable.current.expiry):
		a.renew(&a.stable, x.now, w.options.TokenLifetime)
	}
	return tokenReply("access_token", a.stable.current, x.now)
}

// classicToken gives a new token each time.
func classicToken(w *WeChat, x *exchange) reply {
	q := x.request.URL.Query()
	if rep := w.credentials(x, q.Get("grant_type"), q.Get("appid"), q.Get("secret")); rep.code != 0 {
		return rep
	}
	a := x.account
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renew(&a.classic, x.now, w.options.TokenLifetime)
	return tokenReply("access_token", a.classic.current, x.now)
}

// authorizerToken gives a third-party platform a new token of an account.
func authorizerToken(w *WeChat, x *exchange) reply {
	component := w.options.Component
	switch q := x.request.URL.Query().Get("component_access_token"); {
	case q == "":
		return w.fail(41001, "access_token missing")
	case component.AccessToken == "" || q != component.AccessToken:
		return w.fail(40001, "invalid credential, access_token is invalid or not latest")
	case !bodyIsJSON(x):
		return w.fail(47001, "data format error")
	case x.arguments.ComponentAppID != component.AppID || x.account == nil:
		return w.fail(40013, "invalid appid")
	}
	a := x.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refresh == "" || x.arguments.AuthorizerRefresh != a.refresh {
		return w.fail(61023, "refresh_token is invalid")
	}
	a.renew(&a.platform, x.now, w.options.TokenLifetime)
	if a.RotateRefreshToken {
		a.refresh = fmt.Sprintf("%s@%d", a.RefreshToken, a.serial)
	}
	rep := row{
		{"authorizer_access_token", a.platform.current.value},
		{"expires_in", int(a.platform.current.expiry.Sub(x.now) / time.Second)},
		{"authorizer_refresh_token", a.refresh},
	}
	return jsonReply(rep.append(nil))
}

func tokenReply(key string, t token, now time.Time) reply {
	return jsonReply(row{{key, t.value}, {"expires_in", int(t.expiry.Sub(now) / time.Second)}}.append(nil))
}

func bodyIsJSON(x *exchange) bool {
	var a arguments
	return len(x.body) > 0 && json.Unmarshal(x.body, &a) == nil
}
