package wxclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// maxMessageBytes is the longest errmsg that is looked at.
const maxMessageBytes = 64 << 10

// envelope is the part that all answers of WeChat share. The fields are raw
// because their types vary: errcode, for one, may be a string.
type envelope struct {
	ErrCode json.RawMessage `json:"errcode"`
	ErrMsg  json.RawMessage `json:"errmsg"`

	// BaseResp is where /publisher/ has ret and err_msg, which mean the same.
	BaseResp json.RawMessage `json:"base_resp"`
}

// answered is what base_resp holds.
type answered struct {
	Ret    json.RawMessage `json:"ret"`
	ErrMsg json.RawMessage `json:"err_msg"`
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
	if err := a.check(QuotaAPI, shape, redact); err != nil {
		return Quota{}, err
	}
	if a.Quota.Limit == nil || a.Quota.Used == nil {
		return Quota{}, invalid(QuotaAPI, "the answer holds no quota")
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
		return classify(api, code, messageOf(e.ErrMsg), redact)
	}
	var base answered
	if len(e.BaseResp) > 0 && json.Unmarshal(e.BaseResp, &base) != nil {
		return invalid(api, "base_resp is not an object")
	}
	ret, ok := parseInteger(base.Ret)
	switch {
	case !ok:
		return invalid(api, "base_resp.ret is not an integer")
	case ret != 0:
		return classifyRet(api, ret, messageOf(base.ErrMsg), redact)
	case shape != nil:
		return invalid(api, shape.Error())
	}
	return nil
}

// messageOf reads an errmsg. If it is none, the code says enough.
func messageOf(raw json.RawMessage) (message string) {
	if len(raw) > maxMessageBytes || json.Unmarshal(raw, &message) != nil {
		return ""
	}
	return message
}

// parseObject reads a body that must be one JSON object. If a field has another
// type than in v, the other fields are still filled. Errors do not quote the body,
// which may hold a token.
func parseObject(body []byte, v any) error {
	body = bytes.TrimSpace(scrubJSON(body))
	if len(body) == 0 {
		return errEmpty
	}
	err := json.Unmarshal(body, v)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errJSON
	}
	if body[0] != '{' {
		return errObject
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
