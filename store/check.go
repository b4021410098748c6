package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// timeFormat has a fixed width, so that times sort as texts.
const timeFormat = "2006-01-02T15:04:05.000Z"

// checkTexts refuses what PostgreSQL cannot keep in a text, and empty keys. What
// a database refuses would hold up everything that waits behind it.
func checkTexts(key string, others ...string) error {
	if key == "" {
		return errors.New("the account is empty")
	}
	for _, text := range append(others, key) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return errors.New("it is not valid UTF-8, or has a NUL")
		}
	}
	return nil
}

// checkDay returns the day as both databases keep it.
func checkDay(d Day) (Day, error) {
	if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
		return d, err
	}
	d.Fetched = d.Fetched.UTC().Truncate(time.Millisecond)
	d.Rows = cleanJSON(bytes.TrimSpace(d.Rows))
	if len(d.Rows) == 0 {
		d.Rows = []byte("[]")
	}
	if !json.Valid(d.Rows) || d.Rows[0] != '[' {
		return d, errors.New("rows are not a JSON array")
	}
	return d, nil
}

// cleanJSON replaces the characters that PostgreSQL cannot make a text of: bytes
// that are not UTF-8, NUL, and halves of surrogate pairs.
func cleanJSON(b []byte) []byte {
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	if !bytes.Contains(b, []byte(`\u`)) {
		return b
	}
	var out []byte
	for i := 0; i < len(b); {
		n := 1
		if b[i] == '\\' && i+1 < len(b) {
			n = 2
			if r, ok := unit(b[i:]); ok {
				n = 6
				second, _ := unit(b[i+6:])
				switch {
				case utf16.DecodeRune(r, second) != utf8.RuneError:
					n = 12
				case r == 0 || utf16.IsSurrogate(r):
					out = append(out, `\ufffd`...)
					i += n
					continue
				}
			}
		}
		out = append(out, b[i:i+n]...)
		i += n
	}
	return out
}

// unit reads an escape like \u4e2d.
func unit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
