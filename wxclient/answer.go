package wxclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// envelope is the part that all answers of WeChat share. The fields are raw
// because their types vary: errcode, for one, may be a string.
type envelope struct {
	ErrCode json.RawMessage `json:"errcode"`
	ErrMsg  json.RawMessage `json:"errmsg"`
}

// parseAnswer reads the body of a data API. No list, null and [] all mean that
// there are no rows. The rows stay raw; the caller decodes them.
func parseAnswer(api string, body []byte, redact redactor) (Answer, error) {
	var a struct {
		envelope
		List    []json.RawMessage `json:"list"`
		IsDelay json.RawMessage   `json:"is_delay"`
	}
	shape := parseObject(body, &a)
	if err := a.check(api, shape, redact); err != nil {
		return Answer{}, err
	}
	return Answer{Rows: a.List, Delayed: isTrue(a.IsDelay)}, nil
}

// parseQuota reads the body of /cgi-bin/openapi/quota/get.
func parseQuota(body []byte, redact redactor) (Quota, error) {
	var a struct {
		envelope
		Quota struct {
			Limit *int64 `json:"daily_limit"`
			Used  *int64 `json:"used"`
		} `json:"quota"`
	}
	shape := parseObject(body, &a)
	if err := a.check(apiQuota, shape, redact); err != nil {
		return Quota{}, err
	}
	if a.Quota.Limit == nil || a.Quota.Used == nil {
		return Quota{}, invalid(apiQuota, "the answer holds no quota")
	}
	return Quota{Limit: *a.Quota.Limit, Used: *a.Quota.Used}, nil
}

// check returns WeChat's own error if the answer is one, else what parseObject
// found wrong with the body.
func (e envelope) check(api string, shape error, redact redactor) error {
	code, ok := parseInteger(e.ErrCode)
	switch {
	case !ok:
		return invalid(api, "errcode is not an integer")
	case code != 0:
		var message string
		if json.Unmarshal(e.ErrMsg, &message) != nil {
			message = "" // the code says enough
		}
		return classify(api, code, message, redact)
	case shape != nil:
		return invalid(api, shape.Error())
	}
	return nil
}

// parseObject reads a body that must be one JSON object. If a field has another
// type than in v, the other fields are still filled. Errors do not quote the body,
// which may hold a token.
func parseObject(body []byte, v any) error {
	body = bytes.TrimSpace(scrubJSON(body))
	if len(body) == 0 {
		return errors.New("the answer is empty")
	}
	err := json.Unmarshal(body, v)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errors.New("the answer is not JSON, or cut off")
	}
	if body[0] != '{' {
		return errors.New("the answer is not a JSON object")
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field == "list" {
		return errors.New("list is not an array")
	}
	if err != nil {
		return errors.New("the answer is JSON of another shape than documented")
	}
	return nil
}

// parseInteger reads an integer that may be written as a string. Missing, null
// and "" are 0.
func parseInteger(raw json.RawMessage) (int64, bool) {
	text := strings.Trim(string(raw), `"`)
	if text == "" || text == "null" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// isTrue reads a bool that may be written as a string or a number.
func isTrue(raw json.RawMessage) bool {
	b, err := strconv.ParseBool(strings.Trim(string(raw), `"`))
	return err == nil && b
}

// scrubJSON replaces, in place, what JSON parsers or databases refuse: control
// characters, raw or escaped, by spaces; invalid UTF-8 and escapes of half a
// surrogate pair by U+FFFD. WeChat cuts titles in the middle of a character.
func scrubJSON(body []byte) []byte {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c < ' ':
			body[i] = ' '
		case c == '\\':
			i += scrubEscape(body[i:]) - 1
		}
	}
	if utf8.Valid(body) {
		return body // the usual case, without a copy
	}
	return bytes.ToValidUTF8(body, []byte("\ufffd"))
}

// scrubEscape mends the escape at the start of b and returns its length, at
// least 1.
func scrubEscape(b []byte) int {
	r, ok := escaped(b)
	switch {
	case !ok && len(b) > 1 && b[1] >= ' ':
		return 2 // \n, \\ and the like
	case !ok:
		return 1
	case unicode.IsControl(r):
		copy(b[2:6], "0020") // PostgreSQL's json cannot hold \u0000
	case r >= 0xd800 && r <= 0xdfff:
		if low, ok := escaped(b[6:]); ok && r < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
			return 12
		}
		copy(b[2:6], "fffd")
	}
	return 6
}

// escaped returns the value of the \uXXXX that b starts with.
func escaped(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(r), err == nil
}
