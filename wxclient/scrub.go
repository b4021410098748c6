package wxclient

import (
	"bytes"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// scrubJSON is a scrubber for what was read already.
func scrubJSON(body []byte) []byte {
	clean, _ := io.ReadAll(&scrubber{from: bytes.NewReader(body)}) // a bytes.Reader has no errors
	return clean
}

const (
	scrubbed  = 32 << 10 // bytes at a time
	lookahead = 12       // bytes of two escapes, which may be the halves of a pair
)

// scrubber reads JSON and replaces what parsers or databases refuse: control
// characters, raw or escaped, by spaces; invalid UTF-8 and escapes of half a
// surrogate pair by U+FFFD. WeChat cuts titles in the middle of a character. A byte
// order mark at the beginning is left out.
type scrubber struct {
	from   io.Reader
	err    error  // of from
	begun  bool   // the byte order mark was looked for
	bad    bool   // the last character was invalid; a run of such becomes one
	buffer []byte // what in is a part of
	in     []byte // not yet scrubbed
	space  []byte // what out is a part of
	out    []byte // not yet handed out
}

// Read implements io.Reader.
func (s *scrubber) Read(p []byte) (int, error) {
	for len(s.out) == 0 {
		if s.err != nil && len(s.in) == 0 {
			return 0, s.err
		}
		if s.err == nil {
			s.fill()
		}
		s.out = s.scrub(s.space[:0])
		s.space = s.out
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// fill reads more behind what is left, which is shorter than lookahead.
func (s *scrubber) fill() {
	if s.buffer == nil {
		s.buffer = make([]byte, scrubbed)
	}
	left := copy(s.buffer, s.in)
	n, err := s.from.Read(s.buffer[left:])
	s.in, s.err = s.buffer[:left+n], err
}

// scrub appends what can be scrubbed without looking further ahead.
func (s *scrubber) scrub(out []byte) []byte {
	b, last := s.in, s.err != nil
	if !s.begun && (last || len(b) >= lookahead) {
		b, s.begun = bytes.TrimPrefix(b, []byte("\ufeff")), true
	}
	for s.begun && len(b) > 0 && (last || len(b) >= lookahead) {
		n := 1
		switch c := b[0]; {
		case c < ' ':
			b[0] = ' '
		case c == '\\':
			n = scrubEscape(b)
		case c >= utf8.RuneSelf:
			var r rune
			if r, n = utf8.DecodeRune(b); r == utf8.RuneError && n == 1 {
				if !s.bad {
					out = utf8.AppendRune(out, utf8.RuneError)
				}
				s.bad, b = true, b[1:]
				continue
			}
		}
		out, b, s.bad = append(out, b[:n]...), b[n:], false
	}
	s.in = b
	return out
}

// scrubEscape mends the escape at the start of b and returns its length, at
// least 1.
func scrubEscape(b []byte) int {
	r, ok := escaped(b)
	switch {
	case !ok && len(b) > 1 && b[1] >= ' ':
		return 2 // \n, \\ and the like
	case !ok:
		return 1
	case unicode.IsControl(r):
		copy(b[2:6], "0020") // PostgreSQL's json cannot hold \u0000
	case r >= 0xd800 && r <= 0xdfff:
		if low, ok := escaped(b[6:]); ok && r < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
			return 12
		}
		copy(b[2:6], "fffd")
	}
	return 6
}

// escaped returns the value of the \uXXXX that b starts with.
func escaped(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(r), err == nil
}
