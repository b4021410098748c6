package wxclient

import (
	"context"
	"errors"
	"net/url"
	"strconv"
)

// URLToken fetches a token from an operator's token server with GET. The
// answer is JSON with access_token and, in seconds from now, expires_in, or
// the bare token; without expires_in it is fetched again within five minutes.
// Credentials for that server belong in the Transport or the URL.
type URLToken struct {
	Endpoint // URL is the whole address
}

// Fetch implements TokenSource.
func (s URLToken) Fetch(ctx context.Context) (Token, error) {
	answer, err := s.exchangeToken(ctx, exchange{url: s.URL, redact: addressSecrets(s.URL)}, parseTokenText)
	if err != nil {
		return Token{}, adviseURL(err)
	}
	return answer.token(s.now()), nil
}

func (s URLToken) secrets() redactor { return addressSecrets(s.URL) }

// addressSecrets returns the parts of an address that may be credentials, which the
// server may repeat in an error: the query, its values, and the password, or the
// user without one.
func addressSecrets(address string) redactor {
	u, err := url.Parse(address)
	if err != nil {
		return nil // the request will fail
	}
	password, ok := u.User.Password()
	if !ok {
		password = u.User.Username()
	}
	secrets := redactor{u.RawQuery, password}
	for _, values := range u.Query() {
		secrets = append(secrets, values...)
	}
	return secrets
}

// adviseURL sets advice about the token server, unless the error is WeChat's own,
// passed on by the server.
func adviseURL(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	if _, err := strconv.Atoi(e.Code); err == nil {
		return e
	}
	own := *e
	own.Message = "token server: " + own.Message
	own.Advice = "Check the configured token URL, and the server behind it."
	return &own
}
