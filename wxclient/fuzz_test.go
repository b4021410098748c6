package wxclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wxexporter/wx_exporter/textfile"
)

// FuzzAnswer: whatever a body holds, its rows are valid JSON in valid UTF-8
// without raw control characters, as many as the list has.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"list":[{"ref_date":"2026-05-01","user_source":0,"new_user":1},{}],"is_delay":false}`,
		`{"list":null,"errcode":0,"errmsg":"ok"}`, `{"list":[1,"x",null,[[]],{"a":{"b":[]}}],"is_delay":"true"}`,
		`{"list":{}}`, `null`, `[]`, `{"list":[{}]}x`, "\ufeff{\"list\":[\x00\x1f]}", `{"list":[{"a\u0000":"b\u0000"}]}`, "{\"list\":[\"\xff\\ud83d\\ud83d\\ude00\\\\ud83d\\u12\"]}",
		`{"errcode":40001,"list":[{}]}`, `{"list":[],"list":[1]}`, `{"LIST":[1],"list":[]}`, "{\"list\":[\"\\\n\"]}", `{"list":[1e999,-0]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answer, err := parseAnswer("getuserread", bytes.Clone(body), nil)
		if err != nil {
			if _, ok := err.(*Error); !ok || answer.Rows != nil || answer.Delayed {
				t.Fatalf("answer %v beside error %v (%T)", answer, err, err)
			}
			return
		}
		for _, row := range answer.Rows {
			if !json.Valid(row) || bytes.ContainsFunc(row, func(r rune) bool { return r < ' ' }) {
				t.Fatalf("row %q", row)
			}
			var value any
			if json.Unmarshal(row, &value) == nil && strings.Contains(fmt.Sprint(value), "\x00") {
				t.Fatalf("row %q holds NUL", row)
			}
		}
		var generic map[string]json.RawMessage
		if json.Unmarshal(scrubJSON(bytes.Clone(body)), &generic) != nil {
			t.Fatalf("an answer was read that is no object: %q", body)
		}
		if !plainNames(body) {
			return
		}
		var list []json.RawMessage
		raw := generic["list"]
		if fields := (map[string]json.RawMessage{}); json.Unmarshal(raw, &fields) == nil && len(fields) == 0 {
			raw = nil // an empty list by PHP
		}
		if raw != nil && json.Unmarshal(raw, &list) != nil || len(list) != len(answer.Rows) {
			t.Fatalf("%d rows of %s", len(answer.Rows), raw)
		}
	})
}

// FuzzErrorBody: errors are typed, short, one line, and show no token.
func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		`{"errcode":40001,"errmsg":"invalid credential TOKEN_one-61-abcdef rid: 1"}`, `{"errcode":40164,"errmsg":"invalid ip 192.0.2.1 ipv6 ::ffff:192.0.2.1, not in whitelist"}`,
		`{"errcode":-1,"errmsg":null}`, `{"errcode":"45009","errmsg":["x"]}`, `{"errcode":1e3}`, `{"errcode":99999999999999999999}`, `{"errcode":{}}`,
		`TOKEN_one-61-abcdef`, `<html>TOKEN_one-61-abcdef</html>`, `{"access_token":"TOKEN_one-61-abcdef","errcode":1,"errmsg":"TOKEN_one-61-abcdef"}`,
		`{"access_token":["TOKEN_one-61-abcdef"]}`, `{"access_token":"TOKEN_one-61-abcdef","expires_in":"7200"}`, "\ufeff", "{\"errcode\":1,\"errmsg\":\"a\\u0000b\\n\xff\"}",
		`{"errcode":1,"errmsg":"see https://a/b?access_token=TOKEN_one-61-abcdef"}`, `{"quota":{"daily_limit":1,"used":2}}`,
	} {
		f.Add([]byte(body), "TOKEN_one-61-abcdef")
	}
	f.Fuzz(func(t *testing.T, body []byte, token string) {
		secret := len(token) >= 16 && plausibleToken(token) && !strings.Contains(token, ".")
		_, asAnswer := parseAnswer("getuserread", bytes.Clone(body), redactor{token})
		_, asQuota := parseQuota(bytes.Clone(body), redactor{token})
		_, asToken := parseTokenJSON(bytes.Clone(body), redactor{token})
		text, asText := parseTokenText(bytes.Clone(body), nil)
		if asText == nil && !plausibleToken(text.value()) {
			t.Errorf("token %q", text.value())
		}
		for i, err := range []error{asAnswer, asQuota, asToken, asText} {
			if err == nil {
				continue
			}
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error %v is a %T", err, err)
			}
			if _, err := strconv.ParseInt(e.Code, 10, 64); e.Code != codeInvalid && err != nil || e.Code == "0" {
				t.Errorf("code = %q", e.Code)
			}
			said := e.Error() + e.Advice
			if !utf8.ValidString(said) || textfile.Spaced(said) != said || utf8.RuneCountInString(e.Message) > maxMessageRunes+3 {
				t.Errorf("error = %q", said)
			}
			// The text parser is told no secret: it must not quote at all.
			if secret && strings.Contains(said, token) && (i < 3 || e.Code == codeInvalid) {
				t.Errorf("error shows the token %q: %q", token, said)
			}
		}
	})
}

// plainNames tells whether no name in a JSON text is one that encoding/json
// might take for another: all is lower case and ASCII but for values.
func plainNames(raw []byte) bool {
	return !bytes.ContainsFunc(raw, func(r rune) bool { return r == '\\' || r >= 'A' && r <= 'Z' || r == 'ſ' || r == 'K' }) &&
		bytes.Count(raw, []byte(`"list"`)) <= 1
}
