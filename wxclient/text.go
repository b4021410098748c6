package wxclient

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const maxMessageRunes = 300

// ScrubText returns text that WeChat sent, such as a title, fit for a label or
// a log line: every control character becomes a space, every invalid byte
// U+FFFD.
func ScrubText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// minSecret is the least length of what is hidden in texts. Something shorter,
// such as v=1 in the address of a token server, stands in every other message:
// to hide it spoils what a person needs, such as the digits of an IP address,
// and what is missing tells it all the same. WeChat makes no secret that short.
const minSecret = 4

// redactor holds the secrets that text must not show.
type redactor []string

// clean makes a foreign message one bounded line without the secrets, whether
// they stand there as they are or as in a query, and without addresses that
// have a query. It redacts before it cuts, lest a part of a secret stay at the
// end.
func (r redactor) clean(s string) string {
	for _, form := range r.forms() {
		s = strings.ReplaceAll(s, form, hidden)
	}
	s = strings.Join(strings.Fields(ScrubText(s)), " ")
	s = query.ReplaceAllString(s, "...")
	if runes := []rune(s); len(runes) > maxMessageRunes {
		s = string(runes[:maxMessageRunes]) + "..."
	}
	return s
}

// forms returns what the secrets look like in texts, the longest first, lest a
// secret that is part of another leave the rest of that one.
func (r redactor) forms() []string {
	var forms []string
	for _, secret := range r {
		if len(secret) >= minSecret {
			forms = append(forms, secret, url.QueryEscape(secret))
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	return forms
}

var (
	quoted  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)
	address = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://\S*`)
	query   = regexp.MustCompile(address.String() + `\?\S*`)
)

// faultText describes a fault of net/http without the address of the request,
// which holds secrets, and without anything that the server sent.
func faultText(err error) string {
	for {
		e, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = e.Err
	}
	text := err.Error()
	// net/http and net/textproto quote the server's bytes in these.
	if before, _, found := strings.Cut(text, "malformed "); found {
		return before + "malformed HTTP answer"
	}
	text = quoted.ReplaceAllString(text, `"..."`)
	return address.ReplaceAllString(text, "...")
}

// Text is a field that identifies or names a kind, and that WeChat writes as a
// string here and as a number there. A number keeps its digits.
type Text string

// UnmarshalJSON implements json.Unmarshaler for strings, numbers and null.
func (t *Text) UnmarshalJSON(raw []byte) error {
	switch {
	case string(raw) == "null":
		return nil
	case len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'):
		*t = Text(raw)
		return nil
	}
	return json.Unmarshal(raw, (*string)(t))
}
