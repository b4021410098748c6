package exposition

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// encoding is a content encoding.
type encoding string

const (
	encIdentity encoding = "identity"
	encGzip     encoding = "gzip"
	encZstd     encoding = "zstd"
)

// answer is what a client gets for its Accept and Accept-Encoding headers. It
// does not change.
type answer struct {
	format   format
	cached   bool // format is one that is served from the cache
	escaped  bool // names outside the legacy charset are to be escaped
	encoding encoding

	contentType, contentEncoding, vary []string // values of the headers
}

// serves reports whether the cache has what the answer needs, given whether all
// names are the same under every escaping scheme.
func (a *answer) serves(legacy bool) bool { return a.cached && (legacy || !a.escaped) }

// negotiate chooses among the formats and encodings of promhttp in its way.
func negotiate(accept string, acceptEncoding []string) *answer {
	f := expfmt.NegotiateAccept(http.Header{"Accept": {accept}}, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	a := &answer{
		encoding:    negotiateEncoding(acceptEncoding),
		escaped:     f.ToEscapingScheme() != model.NoEscaping,
		contentType: []string{string(f)},
		vary:        []string{"Accept", "Accept-Encoding"},
	}
	if a.encoding != encIdentity {
		a.contentEncoding = []string{string(a.encoding)}
	}
	switch f.FormatType() {
	case expfmt.TypeTextPlain:
		a.format, a.cached = text, true
	case expfmt.TypeOpenMetrics:
		a.format, a.cached = openMetrics, true
	}
	return a
}

// negotiateEncoding returns the encoding with the highest quality above 0, of
// equals the first of identity, gzip and zstd, and identity when there is none.
func negotiateEncoding(header []string) encoding {
	best, bestQ := encIdentity, 0.0
	preferences := parseEncodings(header)
	for _, offer := range [...]encoding{encIdentity, encGzip, encZstd} {
		for _, p := range preferences {
			if (p.name == "*" || p.name == string(offer)) && p.q > bestQ {
				best, bestQ = offer, p.q
			}
		}
	}
	return best
}

// preference is an element of Accept-Encoding.
type preference struct {
	name string
	q    float64
}

// parseEncodings reads the elements of every value up to the first that is
// malformed.
func parseEncodings(header []string) []preference {
	var all []preference
	for _, s := range header {
		for {
			p, rest, ok := cutPreference(s)
			if !ok {
				break
			}
			all = append(all, p)
			if s, ok = strings.CutPrefix(trimSpace(rest), ","); !ok {
				break
			}
			s = trimSpace(s)
		}
	}
	return all
}

// cutPreference reads one element from the beginning of s.
func cutPreference(s string) (p preference, rest string, ok bool) {
	n := len(s) - len(strings.TrimLeftFunc(s, isToken))
	p, rest = preference{name: s[:n], q: 1}, trimSpace(s[n:])
	if n == 0 {
		return p, rest, false
	}
	parameter, ok := strings.CutPrefix(rest, ";")
	if !ok {
		return p, rest, true
	}
	q, ok := strings.CutPrefix(trimSpace(parameter), "q=")
	if !ok || q == "" || q[0] != '0' && q[0] != '1' {
		return p, q, false
	}
	n = 1
	if fraction, found := strings.CutPrefix(q[1:], "."); found {
		n = len(q) - len(strings.TrimLeft(fraction, "0123456789"))
	}
	// Digits and a point are always a number.
	p.q, _ = strconv.ParseFloat(q[:n], 64)
	return p, q[n:], true
}

func trimSpace(s string) string { return strings.TrimLeft(s, " \t\r\n") }

// isToken reports whether r may be in a token of RFC 9110, or is a slash.
func isToken(r rune) bool {
	return r > ' ' && r < 0x7f && !strings.ContainsRune("\"(),:;<=>?@[]\\{}", r)
}

// negotiations remembers the answers to headers that were met: they are few,
// and parsing them costs more than sending a page.
type negotiations struct {
	known atomic.Pointer[map[headers]*answer]
}

type headers struct{ accept, encoding string }

// Limits to what clients can make negotiations remember.
const (
	maxNegotiations = 64
	maxHeaders      = 1024 // bytes
)

func (n *negotiations) of(h http.Header) *answer {
	encodings := h["Accept-Encoding"]
	if len(encodings) > 1 {
		return negotiate(h.Get("Accept"), encodings)
	}
	key := headers{accept: h.Get("Accept")}
	if len(encodings) == 1 {
		key.encoding = encodings[0]
	}
	known := n.known.Load()
	if known != nil {
		if a := (*known)[key]; a != nil {
			return a
		}
	}
	a := negotiate(key.accept, encodings)
	more := make(map[headers]*answer)
	if known != nil {
		maps.Copy(more, *known)
	}
	if len(more) < maxNegotiations && len(key.accept)+len(key.encoding) <= maxHeaders {
		// The headers are slices of a larger buffer.
		more[headers{strings.Clone(key.accept), strings.Clone(key.encoding)}] = a
		n.known.CompareAndSwap(known, &more) // or another time
	}
	return a
}
