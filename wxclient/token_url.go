package wxclient

import (
	"context"
	"errors"
	"net/http"
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
	body, err := s.do(ctx, exchange{api: apiToken, method: http.MethodGet, url: s.URL, max: maxTokenBytes})
	if err != nil {
		return Token{}, adviseURL(err)
	}
	answer, err := parseTokenText(body)
	if err != nil {
		return Token{}, adviseURL(err)
	}
	return Token{Value: answer.value(), Expiry: s.now().Add(answer.life(unknownLife))}, nil
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
