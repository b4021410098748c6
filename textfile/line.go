package textfile

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns the only line of a text, without the white space around it.
func Line(text string) (string, error) {
	line := strings.Trim(text, " \t\r\n\v\f")
	switch {
	case line == "":
		return "", errors.New("is empty")
	case strings.ContainsAny(line, "\r\n"):
		return "", errors.New("holds more than one line")
	}
	return line, nil
}

// Visible returns an error that names the first character of a text that people do
// not see, or cannot tell from a space. Such characters come with copying and with
// other encodings.
func Visible(text string) error {
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return fmt.Errorf("holds %s (%U)", named(r), r)
		}
	}
	return nil
}

// ASCII returns an error that names the first character of a text that is no
// visible one of ASCII, nor a space. Letters and digits are not told: they may be
// a part of a secret.
func ASCII(text string) error {
	if err := Visible(text); err != nil {
		return err
	}
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
		case unicode.IsLetter(r), unicode.IsNumber(r):
			return errors.New("holds a letter or digit that is not ASCII")
		default:
			return fmt.Errorf("holds %s (%U)", named(r), r)
		}
	}
	return nil
}

// Spaced makes a text from elsewhere fit for a log line or a label: control characters
// become spaces, invalid bytes U+FFFD.
func Spaced(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// named describes a character. Its number stands beside it.
func named(r rune) string {
	switch r {
	case 0:
		return "a NUL"
	case '\t':
		return "a tab"
	case '\n', '\r':
		return "a line break"
	case '\u00a0', '\u202f':
		return "a no-break space"
	case '\u200b':
		return "a zero-width space"
	case '\u200c', '\u200d':
		return "a zero-width joiner"
	case '\u3000':
		return "a full-width space"
	case '\ufeff':
		return "a byte order mark"
	case utf8.RuneError:
		return "bytes that are not UTF-8"
	}
	switch {
	case unicode.IsSpace(r):
		return "a space that is not ASCII"
	case unicode.IsControl(r):
		return "a control character"
	case unicode.IsPrint(r):
		return "the character " + string(r)
	}
	return "a character that cannot be seen"
}
