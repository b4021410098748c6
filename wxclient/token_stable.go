package wxclient

import (
	"context"
	"net/http"
)

// StableToken fetches tokens from /cgi-bin/stable_token, which returns the
// same token to every caller until shortly before it expires, and which does
// not void those of /cgi-bin/token.
//
// It never asks for force_refresh, which would void the token for everyone.
// When WeChat rejects a token that this endpoint still returns, the request
// fails and says so.
type StableToken struct {
	Endpoint
	AppID  string
	Secret func() (string, error) // called for every fetch, so that a file is read again; its error must not quote the secret
}

// Fetch implements TokenSource.
func (s StableToken) Fetch(ctx context.Context) (Token, error) {
	secret, err := credential(s.Secret, fixSecret)
	if err != nil {
		return Token{}, err
	}
	return s.fetch(ctx, exchange{
		method: http.MethodPost,
		url:    s.path("/cgi-bin/stable_token", nil),
		body: marshal(struct {
			GrantType string `json:"grant_type"`
			AppID     string `json:"appid"`
			Secret    string `json:"secret"`
			Force     bool   `json:"force_refresh"`
		}{"client_credential", s.AppID, secret, false}),
		redact: redactor{secret},
	})
}

// fetch makes an exchange with one of WeChat's token endpoints.
func (e Endpoint) fetch(ctx context.Context, x exchange) (Token, error) {
	answer, err := e.fetchAnswer(ctx, x)
	if err != nil {
		return Token{}, err
	}
	return Token{Value: answer.value(), Expiry: e.now().Add(answer.life(unknownLife))}, nil
}

// fetchAnswer is fetch for who needs more of the answer than the token.
func (e Endpoint) fetchAnswer(ctx context.Context, x exchange) (tokenAnswer, error) {
	x.api, x.max = apiToken, maxTokenBytes
	body, err := e.do(ctx, x)
	if err != nil {
		return tokenAnswer{}, err
	}
	return parseTokenJSON(body, x.redact)
}
