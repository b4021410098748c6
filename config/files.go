package config

import (
	"bytes"
	"errors"

	"github.com/wxexporter/wx_exporter/textfile"
)

// readSecret returns the app secret that a file holds.
func readSecret(path string) (string, error) {
	f, err := textfile.Read(path)
	if err != nil {
		return "", err
	}
	return appSecret(string(f.Text))
}

// The checks of files that a key names. What is in them is read when it is needed,
// by the exporter itself or by a library.

// isSecretFile checks a file with an app secret.
func isSecretFile(path string) error {
	_, err := readSecret(path)
	return err
}

// isLineFile checks a file that holds a token and nothing else.
func isLineFile(path string) error {
	f, err := textfile.Read(path)
	if err == nil {
		_, err = token(string(f.Text))
	}
	return err
}

// isTokenFile checks a file that another program keeps a token in, bare or as
// JSON. That program may still have to write it.
func isTokenFile(path string) error {
	f, err := textfile.Read(path)
	text := bytes.TrimSpace(f.Text)
	if err != nil || len(text) == 0 || text[0] == '{' {
		return err
	}
	_, err = token(string(f.Text))
	return err
}

// isCredentialFile checks a file that the HTTP client reads, and sends without the
// white space around it.
func isCredentialFile(path string) error {
	f, err := textfile.Read(path)
	switch {
	case err != nil:
		return err
	case f.Marked:
		return errors.New("begins with a byte order mark, which would be sent, too: save it as UTF-8 without one")
	}
	s, err := textfile.Line(string(f.Text))
	if err == nil {
		err = textfile.Visible(s)
	}
	if err != nil {
		return err
	}
	return replaced(s)
}

// isFile checks a file whose content a library checks.
func isFile(path string) error {
	f, err := textfile.Read(path)
	if err == nil && f.Marked {
		err = errors.New("begins with a byte order mark: save it as UTF-8 without one")
	}
	return err
}
