package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/textfile"
)

// file is one file of the configuration while it is read.
type file struct {
	name      string              // as messages show it
	dir       string              // that relative paths start in
	root      string              // the key of everything in it
	positions []position          // of its nodes, by number; none before there is a document
	at        map[string]position // of its keys
	empty     []string            // its keys without a value
	secrets   []string            // values that no message may repeat
	problems  []problem
}

// position is a key, such as accounts[1].app_id, and its line.
type position struct {
	key   string
	shown string // the key as messages show it
	line  int
}

// problem is one thing that is wrong with a file.
type problem struct {
	file string
	position
	text string
}

// Error returns one line.
func (p problem) Error() string {
	key := p.shown
	if key != "" {
		key += ": "
	}
	return fmt.Sprintf("%s:%d: %s%s", p.file, p.line, key, p.text)
}

func (f *file) fail(at position, format string, args ...any) {
	f.problems = append(f.problems, problem{f.name, at, fmt.Sprintf(format, args...)})
}

// find returns the position of a key. Where the key is missing, it is that of
// the section that it belongs in.
func (f *file) find(key string) position {
	for k := key; k != ""; k = k[:max(0, strings.LastIndexAny(k, ".["))] {
		if at, ok := f.at[k]; ok {
			return position{key, at.shown + key[len(k):], at.line}
		}
	}
	return position{key, key, max(1, f.at[""].line)}
}

// clean reports whether there is no problem with a key, the keys inside it, or
// the file as a whole.
func (f *file) clean(key string) bool {
	return !slices.ContainsFunc(f.problems, func(p problem) bool {
		rest, ok := strings.CutPrefix(p.key, key)
		return p.key == "" || ok && (rest == "" || strings.ContainsAny(rest[:1], ".["))
	})
}

// decode reads the only document of a text into a value. What cannot be read
// keeps its default.
func (f *file) decode(text []byte, into any) {
	f.at = map[string]position{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(&document{f, into})
	if len(f.positions) > 0 {
		f.decoded(err)
		var next yaml.Node
		if err = d.Decode(&next); err == nil {
			f.fail(position{line: next.Line}, "a second YAML document: there can be only one")
		}
	} else if err == nil || errors.Is(err, io.EOF) {
		f.fail(position{line: 1}, "the file is empty")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		line, why := syntaxError(text, err)
		f.fail(position{line: line}, "is not valid YAML: %s", why)
	}
}

// document is decoded twice: into nodes, to number them, and into a value.
type document struct {
	nodes *file
	value any
}

// UnmarshalYAML has the signature that keeps the decoder strict.
func (d *document) UnmarshalYAML(unmarshal func(any) error) error {
	if err := unmarshal(d.nodes); err != nil {
		return err
	}
	return unmarshal(d.value)
}

// UnmarshalYAML numbers the nodes and puts the number where the line was. The
// decoder's errors name only a line, which may hold several keys; so they name
// the node.
func (f *file) UnmarshalYAML(root *yaml.Node) error {
	*root = *f.number(position{f.root, f.root, root.Line}, root, 0)
	return nil
}

const (
	// maxKeys is the most keys of a mapping: the decoder compares each with each.
	maxKeys = 1000
	// maxDepth is how deep mappings and lists may be nested. The names of keys grow
	// with it.
	maxDepth = 20
)

// number numbers the node of a key and all nodes inside it. Aliases of mappings
// and lists stay as they are: their content has the anchor's key.
func (f *file) number(at position, n *yaml.Node, depth int) *yaml.Node {
	number := len(f.positions)
	f.positions = append(f.positions, at)
	f.at[at.key] = at
	if n.Kind == yaml.AliasNode && n.Alias.Kind == yaml.ScalarNode {
		n = n.Alias
	}
	if depth == maxDepth && n.Kind != yaml.ScalarNode {
		f.fail(at, "is nested too deeply")
		n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		own := *n // a change of this value must not reach its aliases
		n = &own
		f.scalar(at.key, n)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			n.Content[i] = f.number(at.item(i, item.Line), item, depth+1)
		}
	case yaml.MappingNode:
		if keys := len(n.Content) / 2; keys > maxKeys {
			f.fail(at, "has %d keys, and there can be %d: those that follow are not read", keys, maxKeys)
			n.Content = n.Content[:2*maxKeys]
		}
		for i := 0; i < len(n.Content); i += 2 {
			k := n.Content[i]
			part := cmp.Or(k.Value, "?")
			value := f.number(at.in(part, k.Line), n.Content[i+1], depth+1)
			if k.Kind == yaml.ScalarNode {
				k.Tag = "!!str" // also << then, which merges otherwise
			}
			k.Line, n.Content[i+1] = value.Line, value
		}
	}
	n.Line = number
	return n
}

// in is the position of a key of the mapping at p.
func (p position) in(key string, line int) position {
	return position{join(p.key, key), join(p.shown, shownKey(p.key, key)), line}
}

// item is the position of an item of the list at p.
func (p position) item(i, line int) position {
	return position{index(p.key, i), index(p.shown, i), line}
}

func join(key, part string) string {
	if key == "" || part == "" {
		return key + part
	}
	return key + "." + part
}

func index(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

// nodeNumber is the number of the node that it is decoded from.
type nodeNumber int

// UnmarshalYAML implements yaml.Unmarshaler.
func (n *nodeNumber) UnmarshalYAML(from *yaml.Node) error {
	*n = nodeNumber(from.Line)
	return nil
}

// decodeHTTP decodes a section with Prometheus' HTTP client keys. Errors of those
// types name no line, so they get the section's.
func decodeHTTP(unmarshal func(any) error, into any) error {
	err := unmarshal(into)
	if _, ok := errors.AsType[*yaml.TypeError](err); ok || err == nil {
		return err
	}
	var n nodeNumber
	if unmarshal(&n) != nil {
		return err
	}
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", n, oneLine(err))}}
}

// oneLine returns the text of an error of a library. Those of the YAML library
// may quote a value.
func oneLine(err error) string {
	if strings.HasPrefix(err.Error(), "yaml: ") {
		return "cannot be read (does an alias contain itself?)"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// listed is a list that a library made of what it read, such as the headings of a
// key file.
var listed = regexp.MustCompile(`\[[^\]]*\]`)

// minSecret is the least length of a value to hide: hiding shorter ones would garble
// the text.
const minSecret = 4

// words returns what a library says, without the values that may be secrets.
func (f *file) words(text string) string {
	for _, secret := range f.secrets {
		if len(secret) >= minSecret {
			text = strings.ReplaceAll(text, secret, "...")
		}
	}
	return listed.ReplaceAllString(text, "[...]")
}

// decoded reports what the decoder says.
func (f *file) decoded(err error) {
	if all, ok := errors.AsType[*yaml.TypeError](err); ok {
		for _, e := range all.Errors {
			f.reword(e)
		}
	} else if err != nil {
		f.fail(f.find(""), "%s", f.words(oneLine(err)))
	}
	if len(f.problems) == 0 { // else they may be unknown keys
		for _, key := range f.empty {
			f.fail(f.find(key), "has no value")
		}
	}
}

// kinds are plain words for the decoder's types.
var kinds = map[string]string{
	"bool": "true or false", "float64": "a number", "int": "a whole number",
	"string": "text", "time.Duration": "text",
}

// reword reports an error such as "line 7: field x not found in type y" in plain
// words and without its value. The "line" is the number of a node.
func (f *file) reword(e string) {
	n, what, _ := strings.Cut(strings.TrimPrefix(e, "line "), ": ")
	at, last := f.numbered(n), what[strings.LastIndex(what, " ")+1:]
	switch kind := kinds[last]; {
	case strings.HasPrefix(what, "field ") && textfile.Visible(at.key) != nil:
		f.fail(at, "unknown key (it %s)", textfile.Visible(at.key))
	case strings.HasPrefix(what, "field ") && strings.Contains(at.key, ":"):
		f.fail(at, "unknown key (is a space missing after the colon?)")
	case strings.HasPrefix(what, "field "):
		f.fail(at, "unknown key")
	case strings.HasPrefix(what, "mapping key "):
		f.fail(at, "duplicate key, first in line %d", f.numbered(last).line)
	case !strings.HasPrefix(what, "cannot unmarshal "):
		f.fail(at, "%s", f.words(what))
	case kind != "":
		f.fail(at, "must be %s", kind)
	case strings.HasPrefix(last, "[]"):
		f.fail(at, "must be a list")
	case last == "config.plain" && !strings.HasPrefix(what, "cannot unmarshal !!str"): // a secret, or a section, of Prometheus' types
		f.fail(at, "must not be a list or mapping")
	default:
		f.fail(at, "must be a mapping of keys to values")
	}
}

func (f *file) numbered(number string) position {
	n, _ := strconv.Atoi(number)
	return f.positions[min(n, len(f.positions)-1)]
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
