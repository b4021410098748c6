package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	commoncfg "github.com/prometheus/common/config"
)

// maxFile bounds what is read of a secret or account file, so that a wrong
// path (a device, a database) is an error and not a full memory.
const maxFile = 16 << 20

// readSecret returns a file's only line without the space around it.
func readSecret(path string) (string, error) {
	text, err := readFile(path)
	if err != nil {
		return "", err
	}
	s := strings.TrimSpace(string(text))
	switch {
	case s == "":
		return "", errors.New("is empty")
	case strings.ContainsAny(s, "\r\n"):
		return "", errors.New("holds more than one line")
	}
	return s, nil
}

// readFile returns the content of a regular file. Its errors do not repeat the
// path, so that the caller decides whether to show it.
func readFile(path string) ([]byte, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("is larger than %d MiB", maxFile>>20)
	}
	return text, nil
}

// open opens a regular file for reading. Anything else is refused before it is
// opened: opening a named pipe would wait for its writer.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, cause(err)
	case info.IsDir():
		return nil, errors.New("is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	return f, nil
}

// match returns the files that a pattern names, relative to dir. A pattern
// without wildcards names one file, which need not exist.
func match(dir, pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, `*?[`) {
		return []string{commoncfg.JoinDir(dir, pattern)}, nil
	}
	if filepath.Separator == '/' { // elsewhere \ does not escape
		dir = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
	}
	return filepath.Glob(commoncfg.JoinDir(dir, pattern))
}

// cause strips operation and path from an error of package os.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
