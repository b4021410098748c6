package wxclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

const adviseRefreshFile = "Check the configured refresh token file."

// AuthorizerToken fetches the token of an account that has authorized a
// third-party platform, from /cgi-bin/component/api_authorizer_token.
//
// WeChat may answer with a new refresh token. It replaces the one in the file;
// when that fails, it is kept in memory and the next fetch tries again, unless
// the file has been changed in the meantime. Therefore a fetch that has begun
// this exchange ends it, within the Timeout, also when its context ends. It is
// not for concurrent use, which a Client does not make of it.
type AuthorizerToken struct {
	Endpoint
	ComponentAppID   string      // of the platform
	Component        TokenSource // of the platform's own token; asked for every fetch
	AppID            string      // of the account
	RefreshTokenFile string      // the bare refresh token
	OnUnsaved        func(error) // called when a new refresh token could not be written; may be nil

	unsaved *unsavedToken // nil when the file is up to date
}

// unsavedToken is a refresh token that waits to be written over the one it
// replaces. It is held by pointer so that printing its owner does not show it.
type unsavedToken struct{ replaces, value string }

// Fetch implements TokenSource.
func (s *AuthorizerToken) Fetch(ctx context.Context) (Token, error) {
	component, err := s.Component.Fetch(ctx)
	if err != nil {
		return Token{}, platformError(err)
	}
	inFile, refresh, err := s.refreshToken()
	if err != nil {
		return Token{}, misconfigured("read the refresh token: "+err.Error(), adviseRefreshFile)
	}
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	// Whoever hangs up now may never hear of the new refresh token that WeChat
	// has made, and have the account authorize the platform again.
	answer, err := s.fetchAnswer(context.WithoutCancel(ctx), exchange{
		method: http.MethodPost,
		url: s.path("/cgi-bin/component/api_authorizer_token",
			url.Values{"component_access_token": {component.Value}}),
		body: marshal(struct {
			ComponentAppID string `json:"component_appid"`
			AppID          string `json:"authorizer_appid"`
			Refresh        string `json:"authorizer_refresh_token"`
		}{s.ComponentAppID, s.AppID, refresh}),
		redact: redactor{refresh, component.Value},
	})
	// An answer that is of no use otherwise may still hold the only copy.
	if answer.RefreshToken != refresh && plausibleToken(answer.RefreshToken) {
		s.keep(unsavedToken{replaces: inFile, value: answer.RefreshToken})
	}
	if err != nil {
		return Token{}, componentRejected(err)
	}
	return Token{Value: answer.value(), Expiry: s.now().Add(answer.life(unknownLife))}, nil
}

// refreshToken returns what the file holds and the refresh token to use, which
// is the same unless a newer one could not be written there so far.
func (s *AuthorizerToken) refreshToken() (inFile, current string, err error) {
	body, _, err := readSmallFile(s.RefreshTokenFile)
	if err != nil {
		return "", "", err
	}
	inFile = strings.TrimSpace(string(body))
	if s.unsaved != nil && s.unsaved.replaces == inFile {
		current = s.unsaved.value
		if s.keep(*s.unsaved) {
			inFile = current
		}
		return inFile, current, nil
	}
	s.unsaved = nil
	if !plausibleToken(inFile) {
		return "", "", fmt.Errorf("%s does not hold a bare token", s.RefreshTokenFile)
	}
	return inFile, inFile, nil
}

// keep stores a new refresh token in the file or, failing that, in memory, and
// tells whether it is in the file.
func (s *AuthorizerToken) keep(t unsavedToken) bool {
	err := replaceFile(s.RefreshTokenFile, []byte(t.value+"\n"))
	if err == nil {
		s.unsaved = nil
		return true
	}
	s.unsaved = &t
	if s.OnUnsaved != nil {
		s.OnUnsaved(fmt.Errorf("keep the new refresh token: %w", err))
	}
	return false
}

// platformError says of an error of the component token whose it is.
func platformError(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	own := *e
	own.Message = "component access token: " + own.Message
	return &own
}

// componentRejected directs a person to the component token, which is what WeChat
// calls invalid here with the code that is a wrong secret at its other token
// endpoints.
func componentRejected(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != "40001" {
		return err
	}
	own := *e
	own.Advice = fixPlatform
	return &own
}

// replaceFile writes a file that only its owner may read, whole or not at all.
func replaceFile(path string, content []byte) error {
	// A symbolic link stays one; its target is replaced.
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // once it is renamed, there is nothing to remove
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
