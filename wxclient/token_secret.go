package wxclient

import (
	"context"
	"errors"
	"net/url"
)

// StableToken fetches tokens from /cgi-bin/stable_token, which returns the
// same token to every caller until shortly before it expires, and which does
// not void those of /cgi-bin/token.
//
// It never sets force_refresh, which would void the token for everyone. When WeChat
// rejects a token that this endpoint still returns, the request fails.
type StableToken struct {
	Endpoint
	AppID  string
	Secret func() (string, error) // called for every fetch, so that a file is read again; its error must not quote the secret
}

// Fetch implements TokenSource.
func (s StableToken) Fetch(ctx context.Context) (Token, error) {
	secret, err := credential(s.Secret)
	if err != nil {
		return Token{}, err
	}
	return s.fetch(ctx, exchange{
		url: s.path("/cgi-bin/stable_token", nil),
		body: map[string]any{
			"grant_type": "client_credential", "appid": s.AppID, "secret": secret, "force_refresh": false,
		},
		redact: redactor{secret},
	})
}

func (s StableToken) secrets() redactor { return appSecret(s.Secret) }

// ClassicToken fetches tokens from /cgi-bin/token. Every fetch voids the account's
// previous token of that endpoint after five minutes, so two programs that do so
// disturb each other. StableToken does not have this problem.
type ClassicToken struct {
	Endpoint
	AppID  string
	Secret func() (string, error) // as StableToken's
}

// Fetch implements TokenSource.
func (s ClassicToken) Fetch(ctx context.Context) (Token, error) {
	secret, err := credential(s.Secret)
	if err != nil {
		return Token{}, err
	}
	return s.fetch(ctx, exchange{
		url: s.path("/cgi-bin/token", url.Values{
			"grant_type": {"client_credential"}, "appid": {s.AppID}, "secret": {secret},
		}),
		redact: redactor{secret},
	})
}

func (s ClassicToken) secrets() redactor { return appSecret(s.Secret) }

// appSecret is the secret of an account, if it can be read.
func appSecret(read func() (string, error)) redactor {
	secret, err := read()
	if err != nil {
		return nil
	}
	return redactor{secret}
}

// credential reads the secret of an account.
func credential(read func() (string, error)) (string, error) {
	secret, err := read()
	if err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", misconfigured("read the credentials: "+redactor{}.clean(err.Error()), fixSecret)
	}
	return secret, nil
}
