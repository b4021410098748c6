package wxclient

import (
	"context"
	"net/http"
	"net/url"
)

// ClassicToken fetches tokens from /cgi-bin/token. Every fetch voids the
// account's previous token of that endpoint after five minutes, so it fights
// with any other program that does the same; StableToken does not.
type ClassicToken struct {
	Endpoint
	AppID  string
	Secret func() (string, error) // called for every fetch, so that a file is read again; its error must not quote the secret
}

// Fetch implements TokenSource.
func (s ClassicToken) Fetch(ctx context.Context) (Token, error) {
	secret, err := credential(s.Secret, fixSecret)
	if err != nil {
		return Token{}, err
	}
	return s.fetch(ctx, exchange{
		method: http.MethodGet,
		url: s.path("/cgi-bin/token", url.Values{
			"grant_type": {"client_credential"},
			"appid":      {s.AppID},
			"secret":     {secret},
		}),
		redact: redactor{secret},
	})
}
