package config

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// read reads the only document of a text into a value. What cannot be read
// keeps its default.
func (f *file) read(text []byte, into any) {
	f.at = map[string]position{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var root, next yaml.Node
	err := d.Decode(&root)
	switch {
	case errors.Is(err, io.EOF), err == nil && isEmpty(root.Content[0]):
		f.fail(position{line: 1}, "the file is empty")
		return
	case err == nil:
		at := position{key: f.root, shown: f.root, line: root.Content[0].Line}
		f.at[f.root] = at
		f.decode(at, root.Content[0], reflect.ValueOf(into).Elem(), rule{})
		if err = d.Decode(&next); err == nil {
			f.fail(position{line: next.Line}, "a second YAML document: there can be only one")
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		line, why := syntaxError(text, err)
		f.fail(position{line: line}, "is not valid YAML: %s", why)
	}
}

var parseError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// syntaxError returns the line where the parser gave up, and why. The parser
// names no line when it is the first, nor for unknown anchors and bytes that are
// no text: those are searched for. The name of an unknown anchor is not shown, as
// it may be a secret that begins with an asterisk.
func syntaxError(text []byte, err error) (line int, why string) {
	m := parseError.FindStringSubmatch(err.Error())
	if m == nil {
		return 1, "it cannot be parsed"
	}
	if line, _ = strconv.Atoi(m[1]); line > 0 {
		return line, m[2]
	}
	at := bytes.IndexFunc(text, func(r rune) bool {
		return r == utf8.RuneError || r < ' ' && !strings.ContainsRune("\t\r\n", r)
	})
	if anchor, ok := strings.CutPrefix(m[2], "unknown anchor '"); ok {
		name, _, _ := strings.Cut(anchor, "'")
		at, m[2] = bytes.Index(text, []byte("*"+name)), "unknown anchor (a value that begins with * needs quotes)"
	}
	return 1 + bytes.Count(text[:max(at, 0)], []byte("\n")), m[2]
}
