package wxclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// unknownLife is when a token whose expiry is not told is fetched again.
const unknownLife = 5 * time.Minute

// URLToken fetches a token from an operator's token server with GET. The
// answer is JSON with access_token and, in seconds from now, expires_in, or
// the bare token; without expires_in it is fetched again within five minutes.
// Credentials for that server belong into the Transport or the URL.
type URLToken struct {
	Endpoint // URL is the whole address
}

// Fetch implements TokenSource.
func (s URLToken) Fetch(ctx context.Context) (Token, error) {
	redact := addressSecrets(s.URL)
	body, err := s.do(ctx, exchange{api: apiToken, method: http.MethodGet, url: s.URL, max: maxTokenBytes, redact: redact})
	if err != nil {
		return Token{}, adviseURL(err)
	}
	answer, err := parseTokenText(body, redact)
	if err != nil {
		return Token{}, adviseURL(err)
	}
	return Token{Value: answer.value(), Expiry: s.now().Add(answer.life(unknownLife))}, nil
}

// addressSecrets returns what may be a credential in an address: the whole
// query, its values, and the password or a user without one. The server may
// repeat any of them when it refuses.
func addressSecrets(address string) redactor {
	u, err := url.Parse(address)
	if err != nil {
		return nil // nor can it be asked
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

// adviseURL directs a person to the token server, unless the error is one of
// WeChat's that the server handed on.
func adviseURL(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	if _, notErrCode := strconv.Atoi(e.Code); notErrCode == nil {
		return err
	}
	own := *e
	own.Message = "token server: " + own.Message
	own.Advice = "Check the configured token URL, and the server behind it."
	return &own
}
