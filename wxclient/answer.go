package wxclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// envelope is what every answer of WeChat may carry. The fields are raw because
// types vary: is_delay has been seen as a string.
type envelope struct {
	ErrCode json.RawMessage `json:"errcode"`
	ErrMsg  json.RawMessage `json:"errmsg"`
	List    json.RawMessage `json:"list"`
	IsDelay json.RawMessage `json:"is_delay"`
	Quota   json.RawMessage `json:"quota"`
}

// parseAnswer reads the body of a data API. No list, null and [] are all an
// answer without rows. What the elements are is for the reader of the rows.
func parseAnswer(api string, body []byte, redact redactor) (Answer, error) {
	e, err := parseEnvelope(api, scrubJSON(body), redact)
	if err != nil {
		return Answer{}, err
	}
	var rows []json.RawMessage
	if e.List != nil {
		if err := json.Unmarshal(e.List, &rows); err != nil {
			return Answer{}, invalid(api, "list is not an array")
		}
	}
	return Answer{Rows: rows, Delayed: isTrue(e.IsDelay)}, nil
}

// parseQuota reads the body of /cgi-bin/openapi/quota/get.
func parseQuota(body []byte, redact redactor) (Quota, error) {
	e, err := parseEnvelope(apiQuota, scrubJSON(body), redact)
	if err != nil {
		return Quota{}, err
	}
	var q struct {
		Limit *int64 `json:"daily_limit"`
		Used  *int64 `json:"used"`
	}
	if e.Quota == nil || json.Unmarshal(e.Quota, &q) != nil || q.Limit == nil || q.Used == nil {
		return Quota{}, invalid(apiQuota, "the answer holds no quota")
	}
	return Quota{Limit: *q.Limit, Used: *q.Used}, nil
}

// parseEnvelope reads the outer object of an answer; an errcode other than 0
// is an error. Messages say what is wrong with a body but never quote it: it
// may hold a token.
func parseEnvelope(api string, body []byte, redact redactor) (envelope, error) {
	var e envelope
	if err := unmarshalObject(body, &e); err != nil {
		return e, invalid(api, err.Error())
	}
	code, ok := parseInteger(e.ErrCode)
	if !ok {
		return e, invalid(api, "errcode is not an integer")
	}
	if code != 0 {
		var message string
		if json.Unmarshal(e.ErrMsg, &message) != nil {
			message = "" // the code says enough
		}
		return e, classify(api, code, message, redact)
	}
	return e, nil
}

// unmarshalObject reads a body that must be one JSON object, which null is not.
// The error does not quote the body.
func unmarshalObject(body []byte, v any) error {
	body = bytes.TrimSpace(body)
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

// scrubJSON replaces in place what keeps a JSON parser from reading a body:
// raw control characters by spaces, escapes of half a surrogate pair (titles
// are cut off in the middle of an emoji) by that of U+FFFD, and returns the
// result with invalid UTF-8 replaced too.
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

// scrubEscape mends the escape at the start of b if it is half a surrogate
// pair, and returns its length, at least 1.
func scrubEscape(b []byte) int {
	r, ok := escaped(b)
	switch {
	case !ok && len(b) > 1 && b[1] >= ' ':
		return 2 // \n, \\ and the like
	case !ok:
		return 1
	case r < 0xd800 || r > 0xdfff:
		return 6
	}
	if low, ok := escaped(b[6:]); ok && r < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
		return 12
	}
	copy(b[2:6], "fffd")
	return 6
}

// escaped returns the value of the \uXXXX that b starts with.
func escaped(b []byte) (uint64, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return r, err == nil
}
