package textfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, content, want string
		marked              bool
		err                 string
	}{
		{name: "UTF-8", content: "账号 a\r\n", want: "账号 a\r\n"},
		{name: "empty"},
		{name: "UTF-8 with a mark", content: "\xef\xbb\xbf账", want: "账", marked: true},
		{name: "UTF-16, little end first", content: "\xff\xfea\x00\x26\x8d\n\x00", want: "a账\n", marked: true},
		{name: "UTF-16, big end first", content: "\xfe\xff\x00a\x8d\x26", want: "a账", marked: true},
		{name: "half a character of UTF-16", content: "\xff\xfea\x00b", want: "a\ufffd", marked: true},
		{name: "a mark alone", content: "\xff\xfe", marked: true},
		{name: "as large as may be", content: strings.Repeat("x", MaxBytes), want: strings.Repeat("x", MaxBytes)},
		{name: "too large", content: strings.Repeat("x", MaxBytes+1), err: "is larger than 16 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, "file")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Read(path)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("error %v, want %s", err, c.err)
				}
				return
			}
			if err != nil || string(got.Text) != c.want || got.Marked != c.marked || got.Modified.IsZero() {
				t.Errorf("read %.40q, marked %v, %v; want %.40q, %v", got.Text, got.Marked, err, c.want, c.marked)
			}
		})
	}
	for path, want := range map[string]string{
		dir:                          "is not a regular file",
		"/dev/zero":                  "is not a regular file",
		filepath.Join(dir, "SECRET"): "no such file or directory",
	} {
		if _, err := Read(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"sesame\n":           "sesame <nil>",
		" \t sesame\r\n\r\n": "sesame <nil>",
		"open sesame":        "open sesame <nil>",
		"\n \n":              " is empty",
		"open\nsesame":       " holds more than one line",
		"open\rsesame":       " holds more than one line",
	} {
		line, err := Line(text)
		if got := fmt.Sprint(line, " ", err); got != want {
			t.Errorf("Line(%q) = %s, want %s", text, got, want)
		}
	}
}

// What is wrong with a text is said by the character's name, and letters and
// digits, which may belong to a secret, are not shown.
func TestCharacters(t *testing.T) {
	for _, c := range []struct{ text, visible, ascii string }{
		{"0aZ ~!\"'", "<nil>", "<nil>"},
		{"pässwörd", "<nil>", "holds a letter or digit that is not ASCII"},
		{"品牌１", "<nil>", "holds a letter or digit that is not ASCII"},
		{"“a”", "<nil>", "holds the character “ (U+201C)"},
		{"a\x00", "holds a NUL (U+0000)", "holds a NUL (U+0000)"},
		{"a\tb", "holds a tab (U+0009)", "holds a tab (U+0009)"},
		{"a\n", "holds a line break (U+000A)", "holds a line break (U+000A)"},
		{"a\x1b[0m", "holds a control character (U+001B)", "holds a control character (U+001B)"},
		{"a\u00a0", "holds a no-break space (U+00A0)", "holds a no-break space (U+00A0)"},
		{"\u200ba", "holds a zero-width space (U+200B)", "holds a zero-width space (U+200B)"},
		{"a\u200db", "holds a zero-width joiner (U+200D)", "holds a zero-width joiner (U+200D)"},
		{"a\u2003b", "holds a space that is not ASCII (U+2003)", "holds a space that is not ASCII (U+2003)"},
		{"a\u3000", "holds a full-width space (U+3000)", "holds a full-width space (U+3000)"},
		{"\ufeffa", "holds a byte order mark (U+FEFF)", "holds a byte order mark (U+FEFF)"},
		{"\u202ea", "holds a character that cannot be seen (U+202E)", "holds a character that cannot be seen (U+202E)"},
		{"a\xff", "holds bytes that are not UTF-8 (U+FFFD)", "holds bytes that are not UTF-8 (U+FFFD)"},
	} {
		if got := fmt.Sprint(Visible(c.text)); got != c.visible {
			t.Errorf("Visible(%q) = %s, want %s", c.text, got, c.visible)
		}
		if got := fmt.Sprint(ASCII(c.text)); got != c.ascii {
			t.Errorf("ASCII(%q) = %s, want %s", c.text, got, c.ascii)
		}
	}
}

func TestSpaced(t *testing.T) {
	for in, want := range map[string]string{
		"题目 title":                "题目 title",
		"a\r\nb\x00c\x7fd\u0090e": "a  b c d e",
		"cut \xe5\x95":            "cut \ufffd\ufffd",
		"family 👩‍👩‍👧 stays":      "family 👩‍👩‍👧 stays",
		"":                        "",
	} {
		if got := Spaced(in); got != want {
			t.Errorf("Spaced(%q) = %q, want %q", in, got, want)
		}
	}
}
