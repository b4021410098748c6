// Package textfile reads the text files that people and other programs write:
// configurations, lists of accounts, secrets and tokens.
package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// MaxBytes is the most that a file may hold. A wrong path is then an error and
// does not fill the memory.
const MaxBytes = 16 << 20

// File is a text file.
type File struct {
	Text     []byte // in UTF-8, without a byte order mark
	Marked   bool   // the file begins with a byte order mark, which other readers may take for text
	Modified time.Time
}

// Read reads a regular file in UTF-8, or in UTF-16 with a byte order mark. Anything
// else is refused unopened: a named pipe would block until somebody writes, and a
// device may never end. Errors do not repeat the path, which may be a secret that
// was put in its place by mistake.
func Read(path string) (File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return File{}, cause(err)
	case !info.Mode().IsRegular():
		return File{}, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return File{}, cause(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	switch {
	case err != nil:
		return File{}, cause(err)
	case len(raw) > MaxBytes:
		return File{}, fmt.Errorf("is larger than %d MiB", MaxBytes>>20)
	}
	text, err := Decode(raw)
	return File{Text: text, Marked: len(text) != len(raw), Modified: info.ModTime()}, err
}

// Decode returns a text in UTF-8 and without a byte order mark.
func Decode(raw []byte) ([]byte, error) {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), raw)
	return text, err
}

// cause strips operation and path from an error of package os.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
