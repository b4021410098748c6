package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// maxFile bounds what is read of a secret or account file, so that a wrong
// path is an error and not a full memory.
const maxFile = 16 << 20

// readFile returns the content of a regular file; opening a named pipe would
// wait for its writer. The errors do not repeat the path, which may be a secret
// that stands in the wrong place.
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
