package wxclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const (
	maxTokenBytes = 1 << 20 // of a token endpoint's answer or a token file
	// maxTokenLife limits expires_in. WeChat's tokens live for two hours; a much
	// larger figure is in another unit, or a timestamp.
	maxTokenLife = 24 * time.Hour
	// minTokenLife limits it, too, so that tokens are not fetched all the time. One
	// that ends earlier is replaced when WeChat rejects it.
	minTokenLife = time.Minute
	// unknownLife is when a token whose expiry is not known is fetched again.
	unknownLife = 5 * time.Minute
)

// tokenAnswer is the answer of a token endpoint, of a token server, or the
// content of a token file. WeChat names the same thing in three ways.
type tokenAnswer struct {
	envelope
	AccessToken           string          `json:"access_token"`
	ComponentAccessToken  string          `json:"component_access_token"`
	AuthorizerAccessToken string          `json:"authorizer_access_token"`
	RefreshToken          string          `json:"authorizer_refresh_token"`
	ExpiresIn             json.RawMessage `json:"expires_in"` // seconds, sometimes as a string
}

func (a tokenAnswer) value() string {
	return cmp.Or(a.AccessToken, a.ComponentAccessToken, a.AuthorizerAccessToken)
}

// life returns expires_in, or otherwise if the answer has none.
func (a tokenAnswer) life(otherwise time.Duration) time.Duration {
	seconds, ok := parseInteger(a.ExpiresIn)
	if !ok || seconds <= 0 {
		return otherwise
	}
	return max(time.Duration(min(seconds, int64(maxTokenLife/time.Second)))*time.Second, minTokenLife)
}

// token returns the token of an answer that came at now.
func (a tokenAnswer) token(now time.Time) Token {
	return Token{Value: a.value(), Expiry: now.Add(a.life(unknownLife))}
}

// fetch makes an exchange with one of WeChat's token endpoints.
func (e Endpoint) fetch(ctx context.Context, x exchange) (Token, error) {
	answer, err := e.fetchAnswer(ctx, x)
	if err != nil {
		return Token{}, err
	}
	return answer.token(e.now()), nil
}

// fetchAnswer is fetch for callers that need the whole answer, even with an error.
func (e Endpoint) fetchAnswer(ctx context.Context, x exchange) (tokenAnswer, error) {
	return e.exchangeToken(ctx, x, parseTokenJSON)
}

// exchangeToken makes an exchange for a token, which parse reads, and reports it.
func (e Endpoint) exchangeToken(ctx context.Context, x exchange, parse func([]byte, redactor) (tokenAnswer, error)) (answer tokenAnswer, err error) {
	x.api, x.max = TokenAPI, maxTokenBytes
	start := e.now()
	body, err := e.do(ctx, x)
	duration := e.now().Sub(start)
	if err == nil {
		answer, err = parse(body, x.redact)
	}
	observerOf(ctx).report(TokenAPI, 0, duration, err)
	return answer, err
}

// parseTokenJSON reads a token endpoint's answer. With an error it returns what it
// could read.
func parseTokenJSON(body []byte, redact redactor) (tokenAnswer, error) {
	var a tokenAnswer
	shape := parseObject(body, &a)
	// A token server may repeat the token in the message of an error.
	redact = append(slices.Clip(redact), a.AccessToken, a.ComponentAccessToken, a.AuthorizerAccessToken, a.RefreshToken)
	if err := a.check(TokenAPI, shape, redact); err != nil {
		return a, err
	}
	if !plausibleToken(a.value()) {
		return a, invalid(TokenAPI, "the answer holds no token")
	}
	return a, nil
}

// parseTokenText reads the JSON of a token endpoint, or a bare token.
func parseTokenText(body []byte, redact redactor) (tokenAnswer, error) {
	body = bytes.Trim(bytes.TrimPrefix(body, []byte("\ufeff")), " \t\r\n")
	if bytes.HasPrefix(body, []byte("{")) {
		return parseTokenJSON(body, redact)
	}
	if !plausibleToken(string(body)) {
		return tokenAnswer{}, invalid(TokenAPI, "this is neither a token nor JSON with access_token")
	}
	return tokenAnswer{AccessToken: string(body)}, nil
}

// plausibleToken reports whether a text may be a token, and not an error page.
func plausibleToken(s string) bool {
	if s == "" || len(s) > 2048 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("<>[]{}\"'`\\", r) })
}
