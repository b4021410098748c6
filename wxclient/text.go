package wxclient

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/wxexporter/wx_exporter/textfile"
)

const maxMessageRunes = 300

// minSecret is the least length of a secret to hide. Hiding shorter texts, such as
// the 1 of v=1 in the address of a token server, would garble messages, for example
// IP addresses. Real secrets are longer.
const minSecret = 4

// redactor holds the secrets that text must not show.
type redactor []string

// clean makes a message one short line without the secrets, plain or query-escaped,
// and without addresses that have a query. It redacts before it cuts, so that no
// part of a secret remains.
func (r redactor) clean(s string) string {
	for _, form := range r.forms() {
		s = strings.ReplaceAll(s, form, hidden)
	}
	s = strings.Join(strings.Fields(textfile.Spaced(s)), " ")
	s = query.ReplaceAllString(s, "...")
	if runes := []rune(s); len(runes) > maxMessageRunes {
		s = string(runes[:maxMessageRunes]) + "..."
	}
	return s
}

// forms returns what the secrets look like in texts. The longest comes first, as
// a secret may be a part of another.
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

// faultText describes an error of net/http without the address of the request,
// which holds secrets, and without anything that the server sent.
func faultText(err error) string {
	for e, ok := errors.AsType[*url.Error](err); ok; e, ok = errors.AsType[*url.Error](err) {
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
