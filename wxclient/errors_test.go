package wxclient

import (
	"fmt"
	"strings"
	"testing"
)

func TestEveryCodeHasItsAction(t *testing.T) {
	const (
		app, hint = "getusersummary", " rid: 65a1-2b"
	)
	for _, c := range []struct {
		codes  []int64
		action Action
		advice string // part of it; empty: none
	}{
		{[]int64{-1, 61450}, Retry, ""},
		{[]int64{40001, 40014, 42001}, Credentials, "replaces the account's token"},
		{[]int64{40013, 41002}, Credentials, "app_id"},
		{[]int64{40125, 41004}, Credentials, "app_secret"},
		{[]int64{40243}, Credentials, "Unfreeze"},
		{[]int64{40164, 61004}, Credentials, "Add 192.0.2.7 to the IP allow-list"},
		{[]int64{89501, 89502, 89503, 89504, 89505, 89506, 89507}, Credentials, "192.0.2.7"},
		{[]int64{45009}, Tomorrow, "midnight in Beijing"},
		{[]int64{45011}, Backoff, ""},
		{[]int64{47009, 45103, 48009}, Offline, "switched this API off"},
		{[]int64{48001, 48004, 50001, 50002}, Denied, "the account's console"},
		{[]int64{61003, 61007}, Denied, "authorize"},
		{[]int64{61502}, Denied, "collectors: [revenue]"},
		{[]int64{40097, 61451, 61500, 61501}, Rejected, "bug"},
		{[]int64{41001}, Invalid, "removes the query"},
		{[]int64{42007}, Credentials, "authorize the third-party platform again"},
		{[]int64{50007}, Credentials, "frozen the account"},
		{[]int64{61503}, NotReady, ""},
		{[]int64{76021, 76022}, Denied, ""},
		{[]int64{1, -2, 99999, 9223372036854775807}, Invalid, "does not know it"},
	} {
		for _, code := range c.codes {
			body := fmt.Sprintf(`{"errcode":%d,"errmsg":"no: 192.0.2.7, sorry%s"}`, code, hint)
			_, err := parseAnswer(app, []byte(body), nil)
			e := wantError(t, err, app, fmt.Sprint(code), c.action)
			if (c.advice == "") != (e.Advice == "") || !strings.Contains(e.Advice, c.advice) {
				t.Errorf("%d: advice = %q, want %q in it", code, e.Advice, c.advice)
			}
			if strings.ContainsAny(e.Advice, "{}\n") || e.Advice != "" && !strings.HasSuffix(e.Advice, ".") {
				t.Errorf("%d: advice is no sentence: %q", code, e.Advice)
			}
			if want := fmt.Sprintf("getusersummary: %d: no: 192.0.2.7, sorry rid: 65a1-2b", code); e.Error() != want {
				t.Errorf("error = %q, want %q", e, want)
			}
		}
	}
}

// TestTokenEndpointCodes: what a data API says of a token, a token endpoint
// says of a secret, so the advice differs.
func TestTokenEndpointCodes(t *testing.T) {
	for code, want := range map[int64]string{
		40001: "app_secret", 40014: "component access token", 42001: "component access token", 61023: "refresh token", 40013: "app_id",
	} {
		if e := classify("token", code, "", nil); e.Action != Credentials || !strings.Contains(e.Advice, want) {
			t.Errorf("%d: %v, %q; want %q in it", code, e.Action, e.Advice, want)
		}
	}
}

// TestRetCodes: what base_resp.ret says, and what a person does about it. 45010 is not only
// said of what is asked too often: an account of a wrong type asks for the income of another.
func TestRetCodes(t *testing.T) {
	for ret, want := range map[int64]struct {
		action Action
		advice string
	}{
		2009: {Absent, "no ads"}, 1701: {Rejected, "bug"}, 45009: {Tomorrow, "midnight"}, 45010: {Backoff, "type is right"}, 48001: {Denied, "certified"},
	} {
		if e := classifyRet("publisher_adunit_general", ret, "", nil); e.Action != want.action || !strings.Contains(e.Advice, want.advice) {
			t.Errorf("%d: %v, %q; want %v and %q in it", ret, e.Action, e.Advice, want.action, want.advice)
		}
	}
}

func TestAdviceNamesTheAddress(t *testing.T) {
	for errmsg, want := range map[string]string{
		"invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 5f-1": "Add 203.0.113.9 to",
		"invalid ip 2001:db8::9, not in whitelist":                                   "Add 2001:db8::9 to",
		"invalid ip 203.0.113.9 ipv6 2001:db8::9, not in whitelist":                  "Add 203.0.113.9 and 2001:db8::9 to",
		"access clientip is not registered requestIP: 203.0.113.9 rid: 12:34:56":     "Add 203.0.113.9 to",
		"access clientip is not registered requestIP:203.0.113.9.":                   "Add 203.0.113.9 to",
		"invalid ip ::1": "Add ::1 to",
		"invalid ip 300.1.1.1, not in whitelist hint: [abcd:1.2]": "Add the exporter's public address to",
		"": "Add the exporter's public address to",
	} {
		if e := classify("token", 40164, errmsg, nil); !strings.HasPrefix(e.Advice, want) {
			t.Errorf("%q: advice = %q, want %q", errmsg, e.Advice, want)
		}
	}
}

func TestMessagesAreOneBoundedLine(t *testing.T) {
	for errmsg, want := range map[string]string{
		"a\nb\x00c\u0085d\t\te":  "a b c d e",
		"\xff\xfe":               "\ufffd\ufffd",
		strings.Repeat("啊", 301): strings.Repeat("啊", 300) + "...",
		strings.Repeat("啊", 300): strings.Repeat("啊", 300),
		"":                       "",
	} {
		if e := classify("getuserread", 1, errmsg, nil); e.Message != want {
			t.Errorf("%q: message = %q, want %q", errmsg, e.Message, want)
		}
	}
	if got := classify("getuserread", 61503, "", nil).Error(); got != "getuserread: 61503" {
		t.Errorf("error without a message = %q", got)
	}
}
