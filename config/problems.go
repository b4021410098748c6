package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// file is one file of the configuration while it is read.
type file struct {
	name     string              // as messages show it
	dir      string              // that relative paths start in
	root     string              // the key of everything in it
	at       map[string]position // of its keys
	values   int                 // that were decoded
	secrets  []string            // values that no message may repeat
	problems []problem
}

// position is a key, such as accounts[1].app_id, and its line.
type position struct {
	key   string
	shown string // the key as messages show it
	name  string // its last part in a mapping, as it is
	line  int
	alias bool // what is inside it was written elsewhere, so that it has its line
}

// in is the position of a key of the mapping at p, as messages may show it.
func (p position) in(key, shown string, line int) position {
	return p.inside(join(p.key, key), join(p.shown, shown), line)
}

// item is the position of an item of the list at p.
func (p position) item(i, line int) position {
	return p.inside(index(p.key, i), index(p.shown, i), line)
}

func (p position) inside(key, shown string, line int) position {
	if p.alias {
		line = p.line
	}
	return position{key: key, shown: shown, line: line, alias: p.alias}
}

func join(key, part string) string {
	if key == "" || part == "" {
		return key + part
	}
	return key + "." + part
}

func index(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

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
			return position{key: key, shown: at.shown + key[len(k):], line: at.line}
		}
	}
	return position{key: key, shown: key, line: max(1, f.at[""].line)}
}

// clean reports whether there is no problem with a key, the keys inside it, or
// the file as a whole.
func (f *file) clean(key string) bool {
	return !slices.ContainsFunc(f.problems, func(p problem) bool {
		rest, ok := strings.CutPrefix(p.key, key)
		return p.key == "" || ok && (rest == "" || strings.ContainsAny(rest[:1], ".["))
	})
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
func (f *file) words(err error) string {
	text := oneLine(err)
	for _, secret := range f.secrets {
		if len(secret) >= minSecret {
			text = strings.ReplaceAll(text, secret, "...")
		}
	}
	return listed.ReplaceAllString(text, "[...]")
}
