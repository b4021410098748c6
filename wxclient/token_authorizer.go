package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/wxexporter/wx_exporter/textfile"
)

// AuthorizerToken fetches the token of an account that has authorized a
// third-party platform, from /cgi-bin/component/api_authorizer_token.
//
// WeChat may answer with a new refresh token and then rejects the old one. So an
// exchange that has begun is not cut short when the context ends; the Timeout
// applies.
type AuthorizerToken struct {
	Endpoint
	ComponentAppID   string      // of the platform
	Component        TokenSource // of the platform's own token; asked for every fetch
	AppID            string      // of the account
	RefreshTokenFile string      // holds the first refresh token; when it changes, the stored one is dropped
	Stored           func() (RefreshToken, error)
	Store            func(RefreshToken)
}

// RefreshToken is a refresh token that WeChat sent in place of another. Printing
// shows neither of them; encoding as JSON does, so that it can be stored.
type RefreshToken struct {
	Replaces string `json:"replaces"` // what the file held
	Value    string `json:"value"`
}

// String returns a placeholder.
func (RefreshToken) String() string { return hidden }

// Format writes a placeholder, whatever the verb.
func (RefreshToken) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// Fetch implements TokenSource.
func (s AuthorizerToken) Fetch(ctx context.Context) (Token, error) {
	component, err := s.Component.Fetch(ctx)
	if err != nil {
		return Token{}, componentError(err)
	}
	inFile, refresh, err := s.refreshToken()
	if err != nil {
		return Token{}, err
	}
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	// If the exchange were cut short, a new refresh token might be lost, and the
	// account would have to authorize the platform again.
	answer, err := s.fetchAnswer(context.WithoutCancel(ctx), exchange{
		url: s.path("/cgi-bin/component/api_authorizer_token",
			url.Values{"component_access_token": {component.Value}}),
		body: map[string]string{
			"component_appid": s.ComponentAppID, "authorizer_appid": s.AppID, "authorizer_refresh_token": refresh,
		},
		redact: redactor{refresh, component.Value},
	})
	// Also an answer that holds no access token may hold a new refresh token.
	if answer.RefreshToken != refresh && plausibleToken(answer.RefreshToken) {
		s.Store(RefreshToken{Replaces: inFile, Value: answer.RefreshToken})
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Code == "40001" {
		// At the other token endpoints this is a wrong secret.
		e.Advice = fixPlatform
	}
	if err != nil {
		return Token{}, err
	}
	return answer.token(s.now()), nil
}

func (s AuthorizerToken) secrets() redactor {
	secrets := secretsOf(s.Component)
	if inFile, refresh, err := s.refreshToken(); err == nil {
		secrets = append(secrets, inFile, refresh)
	}
	return secrets
}

// refreshToken returns the token in the file and the one to use: the stored one if
// it replaced that of the file, else the same.
func (s AuthorizerToken) refreshToken() (inFile, current string, err error) {
	const advice = "Check the configured refresh token file."
	file, err := textfile.Read(s.RefreshTokenFile)
	if err != nil {
		return "", "", misconfigured("read the refresh token: "+s.RefreshTokenFile+" "+err.Error(), advice)
	}
	inFile, err = textfile.Line(string(file.Text))
	if err != nil || !plausibleToken(inFile) {
		return "", "", misconfigured("read the refresh token: "+s.RefreshTokenFile+": "+notBare(file.Text, "this is no bare token"), advice)
	}
	stored, err := s.Stored()
	if err != nil {
		return "", "", misconfigured("read the stored refresh token: "+redactor{inFile}.clean(err.Error()), "See what the log says of the store.")
	}
	if stored.Replaces == inFile && stored.Value != "" {
		return inFile, stored.Value, nil
	}
	return inFile, inFile, nil
}

// componentError marks an error as that of the platform's own token.
func componentError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		own := *e
		own.Message = "component access token: " + own.Message
		return &own
	}
	return err
}
