package wxclient

import (
	"context"
	"errors"
	"time"

	"github.com/wxexporter/wx_exporter/textfile"
)

// fileLife is after what time a token file without an expiry is read again. Reading
// costs nothing, so it is short.
const fileLife = time.Minute

const adviseTokenFile = "Check the configured token file, and the program that writes it."

// FileToken reads a token that another program keeps in a file: the bare token, or
// JSON with access_token and, counted from the file's modification, expires_in. The
// file is read again when the token nears its expiry or WeChat rejects it, and
// every minute without an expiry that lies ahead.
type FileToken struct {
	Path string
	Now  func() time.Time // nil: time.Now
}

// Fetch implements TokenSource.
func (s FileToken) Fetch(context.Context) (Token, error) {
	file, err := textfile.Read(s.Path)
	if err != nil {
		return Token{}, misconfigured("token file "+s.Path+": "+err.Error(), adviseTokenFile)
	}
	answer, err := parseTokenText(file.Text, nil)
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Code == codeInvalid {
			return Token{}, misconfigured("token file "+s.Path+": "+notBare(file.Text, e.Message), adviseTokenFile)
		}
		return Token{}, e // WeChat's error, as the other program wrote it
	}
	now := Endpoint{Now: s.Now}.now()
	expiry := file.Modified.Add(answer.life(0))
	if !expiry.After(now) || expiry.After(now.Add(maxTokenLife)) { // or the clocks differ
		expiry = now.Add(fileLife)
	}
	return Token{Value: answer.value(), Expiry: expiry}, nil
}

// notBare says why a text is no bare token, where a character tells it, and else
// what was said.
func notBare(text []byte, said string) string {
	if line, err := textfile.Line(string(text)); err == nil && textfile.ASCII(line) != nil {
		return "it " + textfile.ASCII(line).Error()
	}
	return said
}
