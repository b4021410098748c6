package wxclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

const (
	maxTokenBytes = 1 << 20 // of a token endpoint's answer or a token file
	// maxTokenLife bounds expires_in. WeChat's tokens live for two hours; a
	// larger figure is another unit, or a moment instead of a duration.
	maxTokenLife = 24 * time.Hour
)

// tokenAnswer is the answer of a token endpoint, of a token server, or the
// content of a token file. WeChat names the same thing in three ways.
type tokenAnswer struct {
	AccessToken           string          `json:"access_token"`
	ComponentAccessToken  string          `json:"component_access_token"`
	AuthorizerAccessToken string          `json:"authorizer_access_token"`
	RefreshToken          string          `json:"authorizer_refresh_token"`
	ExpiresIn             json.RawMessage `json:"expires_in"` // seconds, sometimes as a string
}

func (a tokenAnswer) value() string {
	for _, v := range []string{a.AccessToken, a.ComponentAccessToken, a.AuthorizerAccessToken} {
		if v != "" {
			return v
		}
	}
	return ""
}

// life returns expires_in, or otherwise when the answer does not tell.
func (a tokenAnswer) life(otherwise time.Duration) time.Duration {
	seconds, ok := parseInteger(a.ExpiresIn)
	if !ok || seconds <= 0 {
		return otherwise
	}
	return time.Duration(min(seconds, int64(maxTokenLife/time.Second))) * time.Second
}

// parseTokenJSON reads a token endpoint's answer. What could be read of it is
// returned beside an error too.
func parseTokenJSON(body []byte, redact redactor) (tokenAnswer, error) {
	body = scrubJSON(body)
	var a tokenAnswer
	shape := unmarshalObject(body, &a)
	// A token server may answer with an error beside a token.
	redact = append(slices.Clip(redact), a.AccessToken, a.ComponentAccessToken, a.AuthorizerAccessToken, a.RefreshToken)
	if _, err := parseEnvelope(apiToken, body, redact); err != nil {
		return a, err
	}
	if shape != nil {
		return a, invalid(apiToken, shape.Error())
	}
	if !plausibleToken(a.value()) {
		return a, invalid(apiToken, "the answer holds no token")
	}
	return a, nil
}

// parseTokenText reads what operators keep tokens in: the JSON of a token
// endpoint, or the bare token.
func parseTokenText(body []byte, redact redactor) (tokenAnswer, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) > 0 && body[0] == '{' {
		return parseTokenJSON(body, redact)
	}
	if !plausibleToken(string(body)) {
		return tokenAnswer{}, invalid(apiToken, "this is neither a token nor JSON with access_token")
	}
	return tokenAnswer{AccessToken: string(body)}, nil
}

// plausibleToken keeps an error page or a document from being sent as a token.
func plausibleToken(s string) bool {
	if s == "" || len(s) > 2048 {
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte("<>[]{}\"'`\\"), c) >= 0 {
			return false
		}
	}
	return true
}

// credential reads a secret for a request to a token endpoint.
func credential(read func() (string, error), advice string) (string, error) {
	secret, err := read()
	if err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", misconfigured("read the credentials: "+redactor{}.clean(err.Error()), advice)
	}
	return secret, nil
}
