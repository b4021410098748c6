package collector

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/textfile"
)

// Numbers and identifiers are read here, for all APIs alike. Servers write numbers as
// strings and as 12.0, and identifiers as numbers.

// reader reads a JSON value other than null, and writes it as it is stored. Otherwise
// it says what the value is instead.
type reader func(v jsontext.Value) (normal []byte, instead string)

// The least and the greatest size of a number with a fraction, other than 0. A double
// holds them with all digits, and their products and quotients with figures of this
// world.
const (
	leastReal    = 1e-300
	greatestReal = 1e300
)

// readInteger reads a whole number of 64 bits: counts, money and codes. A greater one
// is not read, for no column of a database and no double would hold it.
func readInteger(v jsontext.Value) ([]byte, string) {
	text, instead := numeral(v)
	if instead != "" {
		return nil, instead
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.AppendInt(nil, n, 10), ""
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.Abs(f) >= 1<<63:
		return nil, "a number that is too large"
	case f != math.Trunc(f) || f == 0 && !isZero(text):
		return nil, "a number with a fraction"
	}
	return strconv.AppendInt(nil, int64(f), 10), ""
}

// readReal reads a number that may have a fraction. Its digits stay as they are.
func readReal(v jsontext.Value) ([]byte, string) {
	text, instead := numeral(v)
	if instead != "" {
		return nil, instead
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.Abs(f) > greatestReal:
		return nil, "a number that is too large"
	case math.Abs(f) < leastReal && !isZero(text):
		return nil, "a number that is too small"
	case jsontext.Value(text).IsValid():
		return []byte(text), ""
	}
	return strconv.AppendFloat(nil, f, 'g', -1, 64), "" // such as 007.5
}

// numeral returns the text of a number, which may stand in a string.
func numeral(v jsontext.Value) (text, instead string) {
	switch v.Kind() {
	case '0':
		return string(v), ""
	case '"':
		text = strings.TrimSpace(unquoted(v))
		if strings.Trim(text, "0123456789.eE+-") == "" {
			if _, err := strconv.ParseFloat(text, 64); err == nil || isRange(err) {
				return text, ""
			}
		}
		if text == "" {
			return "", "an empty text"
		}
	}
	return "", nameOf(v)
}

func isRange(err error) bool {
	return errors.Is(err, strconv.ErrRange)
}

// isZero reports whether a numeral is 0, and not only too small for a double.
func isZero(numeral string) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(numeral), "e")
	return strings.Trim(mantissa, "+-0.") == ""
}

// readText reads an identifier, a title, a kind. A number keeps its digits, but for
// the fraction of 12.0.
func readText(v jsontext.Value) ([]byte, string) {
	switch v.Kind() {
	case '"':
		return quoted(textfile.Spaced(unquoted(v))), ""
	case '0':
		if whole, instead := readInteger(v); instead == "" {
			return quoted(string(whole)), ""
		}
		return quoted(string(v)), ""
	}
	return nil, nameOf(v)
}

// readDate reads a day, and writes it as YYYY-MM-DD.
func readDate(v jsontext.Value) ([]byte, string) {
	text := string(v)
	switch v.Kind() {
	case '"':
		text = strings.TrimSpace(unquoted(v))
	case '0':
	default:
		return nil, nameOf(v)
	}
	if day, err := calendar.Read(text); err == nil {
		return quoted(day.String()), ""
	}
	return nil, nameOf(v) + " that is no date"
}

// nameOf names the kind of a value, never the value itself.
func nameOf(v jsontext.Value) string {
	switch v.Kind() {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 'n':
		return "null"
	}
	return "true or false"
}

// unquoted returns the text of a string.
func unquoted(v jsontext.Value) string {
	text, _ := jsontext.AppendUnquote(nil, v) // what is no UTF-8 becomes U+FFFD
	return string(text)
}

func quoted(text string) []byte {
	b, _ := jsontext.AppendQuote(nil, text) // likewise
	return b
}
