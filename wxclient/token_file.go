package wxclient

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
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
	body, modified, err := readSmallFile(s.Path)
	if err != nil {
		return Token{}, misconfigured("read the token file: "+err.Error(), adviseTokenFile)
	}
	answer, err := parseTokenText(body, nil)
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Code == codeInvalid {
			return Token{}, misconfigured("token file "+s.Path+": "+e.Message, adviseTokenFile)
		}
		return Token{}, e // WeChat's error, as the other program wrote it
	}
	now := Endpoint{Now: s.Now}.now()
	expiry := modified.Add(answer.life(0))
	if !expiry.After(now) {
		expiry = now.Add(fileLife)
	}
	return Token{Value: answer.value(), Expiry: expiry}, nil
}

// readSmallFile reads a file that holds a token, and when it was modified.
func readSmallFile(path string) ([]byte, time.Time, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	body, err := io.ReadAll(io.LimitReader(f, maxTokenBytes+1))
	if err == nil && len(body) > maxTokenBytes {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("the file is too large for a token")}
	}
	return body, info.ModTime(), err
}
