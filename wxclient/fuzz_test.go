package wxclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
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
			if !jsontext.Value(row).IsValid(jsontext.AllowDuplicateNames(true)) || bytes.ContainsFunc(row, func(r rune) bool { return r < ' ' }) {
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
		if raw := generic["list"]; raw != nil && json.Unmarshal(raw, &list) != nil || len(list) != len(answer.Rows) {
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
			if !utf8.ValidString(said) || ScrubText(said) != said || utf8.RuneCountInString(e.Message) > maxMessageRunes+3 {
				t.Errorf("error = %q", said)
			}
			// The text parser is told no secret: it must not quote at all.
			if secret && strings.Contains(said, token) && (i < 3 || e.Code == codeInvalid) {
				t.Errorf("error shows the token %q: %q", token, said)
			}
		}
	})
}

// FuzzRow reads one element of a list as every row type, with both JSON
// packages, and holds what they read against a generic reading.
func FuzzRow(f *testing.F) {
	for _, c := range rowTypes {
		f.Add([]byte(c.row))
	}
	for _, row := range []string{
		`{"new_user":1e2}`, `{"new_user":-9223372036854775808,"cancel_user":9223372036854775808}`, `{"new_user":0.0}`, `{"ref_date":null,"new_user":null}`,
		`{"new_user":1,"new_user":2}`, `{"NEW_USER":1}`, `{"detail":null}`, `{"detail":{"read_user":1},"detail":{}}`, `{"details":[null,{"target_user":1}]}`,
		`{"msgid":1.50,"publish_type":-0}`, `{"detail_list":[{"read_finish_rate":1e400}]}`, `{"title":"\ud83d"}`, `null`, `[]`, `1`,
	} {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, element []byte) {
		answer, err := parseAnswer("getuserread", concat(`{"list":[`, element, `]}`), nil)
		if err != nil {
			return
		}
		for _, raw := range answer.Rows {
			for _, c := range rowTypes {
				lenient, strict, old := c.new(), c.new(), c.new()
				lenientErr := jsonv2.Unmarshal(raw, lenient, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
				strictErr := jsonv2.Unmarshal(raw, strict)
				oldErr := json.Unmarshal(raw, old)
				if lenientErr == nil && strictErr == nil {
					if !reflect.DeepEqual(lenient, strict) {
						t.Fatalf("%s: %s is read in two ways: %+v, %+v", c.apis, raw, lenient, strict)
					}
					wantFields(t, reflect.ValueOf(lenient).Elem(), raw)
				}
				// A repeated name, and one in another case, are matters on
				// which the packages differ by design.
				if !jsontext.Value(raw).IsValid() || !plainNames(raw) {
					continue
				}
				if (strictErr == nil) != (oldErr == nil) || strictErr == nil && !reflect.DeepEqual(strict, old) {
					t.Fatalf("%s: %s: %+v, %v; with encoding/json %+v, %v", c.apis, raw, strict, strictErr, old, oldErr)
				}
			}
		}
	})
}

func concat(before string, b []byte, after string) []byte {
	return append(append([]byte(before), b...), after...)
}

// plainNames tells whether no name in a JSON text is one that encoding/json
// might take for another: all is lower case and ASCII but for values.
func plainNames(raw []byte) bool {
	return !bytes.ContainsFunc(raw, func(r rune) bool { return r == '\\' || r >= 'A' && r <= 'Z' || r == 'ſ' || r == 'K' }) &&
		bytes.Count(raw, []byte(`"list"`)) <= 1
}

// wantFields asserts that a value holds what raw does under its JSON names:
// exactly that number, or nil where there is none.
func wantFields(t *testing.T, v reflect.Value, raw json.RawMessage) {
	absent := raw == nil || string(raw) == "null"
	switch field := v.Interface().(type) {
	case *int64:
		want, err := strconv.ParseInt(string(raw), 10, 64)
		if (field == nil) != absent || field != nil && (err != nil || *field != want) {
			t.Fatalf("%s is read as %v", raw, v)
		}
		return
	case *float64:
		want, err := strconv.ParseFloat(string(raw), 64)
		if (field == nil) != absent || field != nil && (err != nil || *field != want) {
			t.Fatalf("%s is read as %v", raw, v)
		}
		return
	case string, Text:
		want := string(raw)
		if absent {
			want = ""
		} else if raw[0] == '"' && json.Unmarshal(raw, &want) != nil {
			t.Fatalf("%s is not a string", raw)
		}
		if v.String() != want {
			t.Fatalf("%s is read as %q", raw, v.String())
		}
		return
	}
	switch {
	case absent:
		if !v.IsZero() {
			t.Fatalf("%+v was read of nothing", v)
		}
	case v.Kind() == reflect.Slice:
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) != nil || len(elements) != v.Len() {
			t.Fatalf("%s is read as %d elements", raw, v.Len())
		}
		for i, element := range elements {
			wantFields(t, v.Index(i), element)
		}
	default:
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			t.Fatalf("%s is read as an object", raw)
		}
		for _, field := range reflect.VisibleFields(v.Type()) {
			if !field.Anonymous {
				wantFields(t, v.FieldByIndex(field.Index), members[field.Tag.Get("json")])
			}
		}
	}
}
