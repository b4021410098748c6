package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// timeFormat has a fixed width, so that times sort as texts.
const timeFormat = "2006-01-02T15:04:05.000Z"

// checkTexts refuses texts that PostgreSQL cannot store, and an empty account. A line
// that the database refuses would block all writes behind it.
func checkTexts(account string, others ...string) error {
	if account == "" {
		return errors.New("the account is empty")
	}
	for _, text := range append(others, account) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return errors.New("it is not valid UTF-8, or has a NUL")
		}
	}
	return nil
}

// checkDay returns the day as both databases store it.
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

// escapes matches the pairs of surrogates, the halves of pairs and the NULs of a
// JSON text, and else the beginnings of escapes.
var escapes = regexp.MustCompile(`\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F]..|\\u0000|\\.`)

// cleanJSON replaces what PostgreSQL cannot make a text of: bytes that are not
// UTF-8, NUL, and halves of surrogate pairs.
func cleanJSON(b []byte) []byte {
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	if !bytes.Contains(b, []byte(`\u`)) {
		return b
	}
	return escapes.ReplaceAllFunc(b, func(escape []byte) []byte {
		if len(escape) == len(`\u0000`) {
			return []byte(`\ufffd`)
		}
		return escape
	})
}
