package wxclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// wantNoSecret asserts that an error shows none of the secrets, however it is
// printed.
func wantNoSecret(t testing.TB, err error, secrets ...string) {
	t.Helper()
	said := fmt.Sprintf("%v %+v %#v %s %q %d", err, err, err, err, err, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		said += fmt.Sprintf(" %v %+v %#v", e, e, e)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		said += fmt.Sprintf(" %+v %#v %s", *e, *e, e.Advice)
	}
	if b, jsonErr := json.Marshal(err); jsonErr == nil {
		said += string(b)
	}
	for _, s := range secrets {
		if strings.Contains(said, s) {
			t.Errorf("%q shows in %s", s, said)
		}
	}
}

func TestTokenHidesItsValue(t *testing.T) {
	token := Token{Value: testToken, Expiry: time.Unix(0, 0)}
	pair := struct {
		T Token
		P *Token
		M map[string]Token
	}{token, &token, map[string]Token{"a": token}}
	encoded, err := json.Marshal(pair)
	if err != nil {
		t.Fatal(err)
	}
	text, err := token.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprintf("%v %+v %#v %s %q %x %d %v %+v %#v", token, token, token, token, token, token, token, pair, pair, pair) +
		fmt.Sprint(token, &token) + token.String() + string(text) + string(encoded)
	if strings.Contains(said, testToken) || strings.Contains(said, fmt.Sprintf("%x", testToken)) {
		t.Errorf("the value shows in %s", said)
	}
	if !strings.Contains(string(encoded), `"T":"\u003csecret\u003e"`) {
		t.Errorf("encoded as %s", encoded)
	}
}

func TestFaultTextQuotesNobody(t *testing.T) {
	inner := errors.New("connection refused")
	for _, c := range []struct {
		err  error
		want string
	}{
		{inner, "connection refused"},
		{&url.Error{Op: "Get", URL: "https://a.test/?secret=S", Err: inner}, "connection refused"},
		{fmt.Errorf("log in: %w", &url.Error{Op: "Post", URL: "S", Err: fmt.Errorf("again: %w", &url.Error{Op: "Get", URL: "S", Err: inner})}), "connection refused"},
		{fmt.Errorf("proxy cannot reach https://a.test/?secret=S today"), "proxy cannot reach ... today"},
		{fmt.Errorf("bad Content-Length %q", `S"S`), `bad Content-Length "..."`},
		{fmt.Errorf("bad answer \"S"), `bad answer "..."`},
		{fmt.Errorf("transport broken: malformed MIME header line: S"), "transport broken: malformed HTTP answer"},
	} {
		if got := faultText(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

// TestErrorsRedact lets WeChat and the network repeat what was sent to them.
func TestErrorsRedact(t *testing.T) {
	echo := map[string]func(*http.Request) (*http.Response, error){
		"errmsg": func(r *http.Request) (*http.Response, error) {
			b, err := json.Marshal(map[string]any{"errcode": 40013, "errmsg": "bad " + r.URL.String() + " " + testToken + " " + testSecret})
			return reply(200, string(b)), err
		},
		"a long errmsg": func(*http.Request) (*http.Response, error) {
			pad := strings.Repeat("x", maxMessageRunes-8)
			return reply(200, `{"errcode":40013,"errmsg":"`+pad+testToken+testSecret+`"}`), nil
		},
		"a fault": func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("proxy says: Get %q failed; %s; token %s %s", r.URL, r.URL, testToken, testSecret)
		},
	}
	for name, answer := range echo {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				endpoint := Endpoint{URL: "https://wechat.test", Transport: transport(answer)}
				c := New(Options{URL: endpoint.URL, Transport: endpoint.Transport, Tokens: fixed(testToken)})
				_, err := c.Fetch(t.Context(), aRequest)
				if e, ok := errors.AsType[*Error](err); !ok || e.API != "getusersummary" {
					t.Fatalf("error = %v, want an *Error of the API", err)
				}
				wantNoSecret(t, err, testToken, "access_token=", "://")

				_, err = ClassicToken{Endpoint: endpoint, AppID: "wx1", Secret: secret(testSecret)}.Fetch(t.Context())
				if e, ok := errors.AsType[*Error](err); !ok || e.API != "token" {
					t.Fatalf("error = %v, want an *Error of the token endpoint", err)
				}
				wantNoSecret(t, err, testSecret, "secret=", "://")
			})
		})
	}
}

// TestDataErrorsRedactCredentials lets WeChat repeat the credentials in an answer of
// a data API, to which they were not sent.
func TestDataErrorsRedactCredentials(t *testing.T) {
	platformToken, _ := platform(t, &recorder{answer: `{"authorizer_access_token":"` + testToken + `"}`})
	platformToken.Component = URLToken{(&recorder{answer: "COMPONENT"}).endpoint("https://hunter2@tokens.test/")}
	token := &recorder{answer: `{"access_token":"` + testToken + `","expires_in":7200}`}
	for _, c := range []struct {
		name    string
		source  TokenSource
		secrets []string
	}{
		{"stable", StableToken{Endpoint: token.endpoint("https://wechat.test"), AppID: "wx1", Secret: secret(testSecret)}, []string{testSecret}},
		{"classic", ClassicToken{Endpoint: token.endpoint("https://wechat.test"), AppID: "wx1", Secret: secret(testSecret)}, []string{testSecret}},
		{"url", URLToken{token.endpoint("https://tokens.test/?key=hunter2")}, []string{"hunter2"}},
		{"authorizer", platformToken, []string{"refresh@@@1", "hunter2"}},
	} {
		for _, secret := range c.secrets {
			r := &recorder{answer: `{"errcode":40001,"errmsg":"no: ` + secret + ` ` + url.QueryEscape(secret) + `."}`}
			client := New(Options{URL: "https://wechat.test", Transport: r, Tokens: c.source, Now: func() time.Time { return noon }})
			_, err := client.Fetch(t.Context(), aRequest)
			if e := wantError(t, err, "getusersummary", "40001", Credentials); !strings.HasPrefix(e.Message, "no: <secret> <secret>.") {
				t.Errorf("%s: message = %q", c.name, e.Message)
			}
			_, quota := client.Quota(t.Context(), "getusersummary")
			wantNoSecret(t, errors.Join(err, quota), secret, url.QueryEscape(secret))
		}
	}
}

// TestSmallestSecret: four characters are hidden, three are not.
func TestSmallestSecret(t *testing.T) {
	for secret, want := range map[string]string{"abcd": "no <secret>.", "abc": "no abc."} {
		if got := (redactor{secret}).clean("no " + secret + "."); got != want {
			t.Errorf("%q: %q, want %q", secret, got, want)
		}
	}
}

// TestShortSecretsDoNotSpoilTexts: a message stays readable where an address or
// a token is so short that it stands in every other text.
func TestShortSecretsDoNotSpoilTexts(t *testing.T) {
	r := &recorder{answer: `{"errcode":40164,"errmsg":"invalid ip 192.0.2.1, not in whitelist"}`}
	_, err := URLToken{r.endpoint("https://tokens.test/wx1?v=1&dry=no")}.Fetch(t.Context())
	e := wantError(t, err, "token", "40164", Credentials)
	if e.Message != "invalid ip 192.0.2.1, not in whitelist" || !strings.HasPrefix(e.Advice, "Add 192.0.2.1 to") {
		t.Errorf("message = %q, advice = %q", e.Message, e.Advice)
	}
	if e := classify("getuserread", 40001, "invalid credential", redactor{"i"}); e.Message != "invalid credential" {
		t.Errorf("message = %q", e.Message)
	}
}

// TestSecretsThatHoldEachOther lets a server repeat a token that holds a value
// of the address that it was asked at.
func TestSecretsThatHoldEachOther(t *testing.T) {
	const token = "TOKEN_growth-61.abc"
	r := &recorder{answer: `{"errcode":40001,"errmsg":"refused: ` + token + `","access_token":"` + token + `"}`}
	_, err := URLToken{r.endpoint("https://tokens.test/wx1?team=growth")}.Fetch(t.Context())
	wantError(t, err, "token", "40001", Credentials)
	wantNoSecret(t, err, "growth", "TOKEN_", "61.abc")
}
