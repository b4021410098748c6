package wxtest

import (
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

// code is what a statistics API says to a token.
func (c client) code(token string) int {
	c.t.Helper()
	return c.do("POST", "/datacube/getusercumulate?access_token="+token, dates("2026-11-10", "2026-11-10")).Errcode
}

func (c client) classic() string {
	c.t.Helper()
	return c.do("GET", "/cgi-bin/token?grant_type=client_credential&appid="+oldID+"&secret=secret-a", "").AccessToken
}

func TestStableToken(t *testing.T) {
	w, clock := newTest(t, friday)
	c := inProcess(t, w)
	body := `{"grant_type":"client_credential","appid":"` + oldID + `","secret":"secret-a"}`
	first := c.do("POST", "/cgi-bin/stable_token", body)
	if !strings.HasPrefix(first.AccessToken, TokenPrefix) || first.ExpiresIn != 7200 {
		t.Fatalf("first answer: %+v", first)
	}
	clock.add(time.Hour)
	if again := c.do("POST", "/cgi-bin/stable_token", body); again.AccessToken != first.AccessToken || again.ExpiresIn != 3600 {
		t.Errorf("an hour later: %+v", again)
	}
	clock.add(56 * time.Minute)
	second := c.do("POST", "/cgi-bin/stable_token", body)
	if second.AccessToken == first.AccessToken || second.ExpiresIn != 7200 {
		t.Errorf("four minutes before the end: %+v", second)
	}
	if a, b := c.code(first.AccessToken), c.code(second.AccessToken); a != 0 || b != 0 {
		t.Errorf("in the overlap: codes %d and %d", a, b)
	}
	clock.add(4 * time.Minute)
	if a, b := c.code(first.AccessToken), c.code(second.AccessToken); a != 42001 || b != 0 {
		t.Errorf("after the end of the first: codes %d and %d", a, b)
	}
	forced := c.do("POST", "/cgi-bin/stable_token", strings.Replace(body, "{", `{"force_refresh":true,`, 1))
	if a, b := c.code(second.AccessToken), c.code(forced.AccessToken); a != 40001 || b != 0 {
		t.Errorf("after force_refresh: codes %d and %d", a, b)
	}
	w.RevokeTokens(oldID)
	if a, b := c.code(forced.AccessToken), c.code(c.token(oldID)); a != 40001 || b != 0 {
		t.Errorf("after RevokeTokens: codes %d and, with a new token, %d", a, b)
	}
}

func TestClassicTokenReplacesThePreviousAfterFiveMinutes(t *testing.T) {
	w, clock := newTest(t, friday)
	c := inProcess(t, w)
	stable := c.token(oldID)
	first := c.classic()
	second := c.classic()
	if first == second || c.code(first) != 0 || c.code(second) != 0 {
		t.Errorf("two tokens at once: %v, codes %d and %d", first != second, c.code(first), c.code(second))
	}
	clock.add(5 * time.Minute)
	if a, b, s := c.code(first), c.code(second), c.code(stable); a != 40001 || b != 0 || s != 0 {
		t.Errorf("five minutes later: first %d, second %d, stable %d", a, b, s)
	}
	clock.add(2 * time.Hour)
	if b := c.code(second); b != 42001 {
		t.Errorf("after its lifetime: %d", b)
	}
}

func TestCredentials(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	for _, q := range []struct {
		grant, app, secret string
		code               int
	}{
		{"client_credential", oldID, "secret-a", 0},
		{"client_credential", oldID, "secret-b", 40125},
		{"client_credential", "wx0000", "secret-a", 40013},
		{"client_credential", "", "secret-a", 41002},
		{"client_credential", oldID, "", 41004},
		{"password", oldID, "secret-a", 40002},
	} {
		stable := c.do("POST", "/cgi-bin/stable_token", `{"grant_type":"`+q.grant+`","appid":"`+q.app+`","secret":"`+q.secret+`"}`)
		classic := c.do("GET", "/cgi-bin/token?grant_type="+q.grant+"&appid="+q.app+"&secret="+q.secret, "")
		if stable.Errcode != q.code || classic.Errcode != q.code {
			t.Errorf("%+v: stable %d, classic %d", q, stable.Errcode, classic.Errcode)
		}
	}
	if a := c.do("POST", "/cgi-bin/stable_token", "grant_type=client_credential"); a.Errcode != 47001 {
		t.Errorf("a form: %+v", a)
	}
}

func TestAuthorizerToken(t *testing.T) {
	clock := new(clock)
	clock.set(calendartest.At(t, friday))
	accounts := testAccounts()
	accounts[1].RotateRefreshToken = true
	w := New(Options{Now: clock.now, Accounts: accounts, Component: Component{AppID: platform, AccessToken: component}})
	c := inProcess(t, w)
	ask := func(token, app, authorizer, refresh string) answer {
		return c.do("POST", "/cgi-bin/component/api_authorizer_token?component_access_token="+token,
			`{"component_appid":"`+app+`","authorizer_appid":"`+authorizer+`","authorizer_refresh_token":"`+refresh+`"}`)
	}
	for _, q := range []struct {
		token, app, authorizer, refresh string
		code                            int
	}{
		{"", platform, newID, "refresh-b", 41001},
		{"other", platform, newID, "refresh-b", 40001},
		{component, "wx0000", newID, "refresh-b", 40013},
		{component, platform, "wx0000", "refresh-b", 40013},
		{component, platform, newID, "refresh-a", 61023},
		{component, platform, oldID, "", 61023}, // has given no platform leave
	} {
		if a := ask(q.token, q.app, q.authorizer, q.refresh); a.Errcode != q.code {
			t.Errorf("%+v: %+v", q, a)
		}
	}
	first := ask(component, platform, newID, "refresh-b")
	if first.Errcode != 0 || c.code(first.Authorizer) != 0 || first.ExpiresIn != 7200 || first.AuthorizerNew == "refresh-b" {
		t.Fatalf("first answer: %+v", first)
	}
	if a := ask(component, platform, newID, "refresh-b"); a.Errcode != 61023 {
		t.Errorf("the old refresh token: %+v", a)
	}
	if a := ask(component, platform, newID, first.AuthorizerNew); a.Errcode != 0 || c.code(a.Authorizer) != 0 {
		t.Errorf("the new refresh token: %+v", a)
	}
}
