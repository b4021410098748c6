package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// The YAML library's own strict decoding reports Go type names, stops at the
// first unknown key of a nested custom type and quotes values, which may be
// secrets. So the library parses and resolves, and the types below walk its
// nodes: every problem gets a line and a key, and no value is ever quoted.

// source is a file that is being read.
type source struct {
	name     string // as messages show it
	dir      string // that relative paths start in
	problems []problem
}

// problem is one thing that is wrong with a file.
type problem struct {
	file string
	line int
	key  string // accounts[1].app_id; empty for the file as a whole
	text string
}

// Error returns one line without a line break.
func (p problem) Error() string {
	if p.key == "" {
		return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.file, p.line, p.key, p.text)
}

// value is a node of a file, and where it stands.
type value struct {
	*source
	node *yaml.Node
	line int    // of its key, or of itself in a list
	path string // the keys that lead to it
}

// reader takes a value apart, or reports what is wrong with it. A destination
// is written only when the value is good.
type reader func(value)

// fields are the keys that a mapping may have.
type fields map[string]reader

// fail reports a problem with the value.
func (v value) fail(format string, args ...any) {
	v.problems = append(v.problems, problem{v.name, v.line, v.path, fmt.Sprintf(format, args...)})
}

// missing reports that a mapping lacks a key.
func (v value) missing(key, otherwise string) {
	v.path += "." + key
	v.fail("missing%s", otherwise)
}

// at returns the value as if it stood in another line.
func (v value) at(line int) value {
	v.line = line
	return v
}

// child returns the value of node under v.
func (v value) child(step string, node *yaml.Node, line int) value {
	if v.path != "" && step[0] != '[' {
		step = "." + step
	}
	v.path += step
	v.line = line
	v.node = node
	if node.Kind == yaml.AliasNode {
		v.node = node.Alias
	}
	return v
}

// find returns the value that some keys lead to, or its nearest parent.
func (v value) find(keys ...string) value {
	for _, key := range keys {
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			if k := v.node.Content[i]; k.Value == key {
				v = v.child(key, v.node.Content[i+1], k.Line)
				break
			}
		}
	}
	return v
}

func (v value) null() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!null"
}

// entries calls each for every key of a mapping, with the key as it is
// written. A mapping without a value is one without keys: that is what is left
// when all its keys are comments.
func (v value) entries(each func(key string, v value)) bool {
	if v.null() {
		return true
	}
	if v.node.Kind != yaml.MappingNode {
		v.fail("must be a mapping of keys to values")
		return false
	}
	first := make(map[string]int, len(v.node.Content)/2)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k, n := v.node.Content[i], v.node.Content[i+1]
		line := k.Line
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode || k.Value == "" {
			v.at(line).fail("a key must be a word")
			continue
		}
		c := v.child(shownKey(k.Value), n, line)
		if l, ok := first[k.Value]; ok {
			c.fail("duplicate key, first in line %d", l)
			continue
		}
		first[k.Value] = line
		each(k.Value, c)
	}
	return true
}

// mapping reads a mapping whose keys are known. It returns those that are
// there, well-formed or not, and whether it is a mapping at all.
func (v value) mapping(f fields) (map[string]value, bool) {
	keys := make(map[string]value, len(f))
	ok := v.entries(func(key string, c value) {
		read, known := f[key]
		switch {
		case known:
			keys[key] = c
			read(c)
		case key == "<<":
			v.at(c.line).fail("merge keys (<<) are not supported")
		case shownKey(key) != key:
			// {app_secret:abc} is one key without a value: only its head is
			// shown, because the rest may be a secret.
			c.fail("unknown key (is a space missing after the colon?)")
		default:
			c.fail("unknown key%s", didYouMean(key, slices.Sorted(maps.Keys(f))))
		}
	})
	return keys, ok
}

// section reads a mapping that stands for itself.
func section(f fields) reader {
	return func(v value) { v.mapping(f) }
}

// list calls each for every item of a list; no value is an empty list.
func (v value) list(each reader) bool {
	if v.null() {
		return true
	}
	if v.node.Kind != yaml.SequenceNode {
		v.fail("must be a list")
		return false
	}
	for i, n := range v.node.Content {
		c := v.child("["+strconv.Itoa(i)+"]", n, n.Line)
		if c.null() {
			c.fail("has no value")
			continue
		}
		each(c)
	}
	return true
}

// scalar reports whether the value is a single value of one of the tags, and
// says what it must be if not.
func (v value) scalar(what string, tags ...string) bool {
	if v.null() {
		v.fail("has no value")
		return false
	}
	if v.node.Kind == yaml.ScalarNode && slices.Contains(tags, v.node.ShortTag()) {
		return true
	}
	v.fail("must be %s", what)
	return false
}

var plainKey = regexp.MustCompile(`^[a-zA-Z0-9_./<-]{0,64}`)

// shownKey returns the part of a key that is shown: all of it when it looks
// like a key, else its head and three dots.
func shownKey(key string) string {
	if head := plainKey.FindString(key); head != key {
		return head + "..."
	}
	return key
}
