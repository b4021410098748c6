package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// maxFile limits the size of secret and account files, so that a wrong path is an
// error and does not fill the memory.
const maxFile = 16 << 20

// readFile returns the content of a regular file; a named pipe would block until
// somebody writes. Errors do not repeat the path: it may be a secret that was put
// there by mistake.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, cause(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Size() > maxFile:
		return nil, fmt.Errorf("is larger than %d MiB", maxFile>>20)
	}
	text, err := os.ReadFile(path)
	return text, cause(err)
}

// readSecret returns a file's only line without the space around it.
func readSecret(path string) (string, error) {
	text, err := readFile(path)
	s := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		return "", err
	case s == "":
		return "", errors.New("is empty")
	case strings.ContainsAny(s, "\r\n"):
		return "", errors.New("holds more than one line")
	}
	return s, nil
}

// cause strips operation and path from an error of package os.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
