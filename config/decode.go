package config

import (
	"cmp"
	"errors"
	"iter"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"

	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/textfile"
)

const (
	// maxKeys is the most keys of a mapping.
	maxKeys = 1000
	// maxValues bounds what aliases of aliases make of a small file.
	maxValues = 250_000
)

// unmarshaler is what types have that know more than their fields: defaults, another
// form, or a rule of their own.
type unmarshaler interface {
	UnmarshalYAML(unmarshal func(any) error) error
}

var errTold = errors.New("the problem is told already")

// decode reads a node into a value, strictly. It does as yaml.v3 does, whose errors
// know a line and no key, name types of this program, and quote values that may be
// secrets; and it leaves the items of a list where they are, whatever is wrong with
// them.
func (f *file) decode(at position, n *yaml.Node, out reflect.Value, r rule) {
	if n.Kind == yaml.AliasNode {
		n, at.alias = n.Alias, true
	}
	if f.values++; f.values > maxValues {
		if f.values == maxValues+1 {
			f.fail(at, "has too many values: does an alias hold aliases?")
		}
		return
	}
	if out.Kind() == reflect.Pointer {
		out.Set(reflect.New(out.Type().Elem()))
		out = out.Elem()
	}
	if rule, ok := typeRules[out.Type()]; ok {
		r = rule
	}
	r.secret = r.secret || out.Type() == reflect.TypeFor[commoncfg.Secret]()
	if u, ok := reflect.TypeAssert[unmarshaler](out.Addr()); ok {
		f.unmarshal(at, n, u, r)
		return
	}
	switch out.Kind() {
	case reflect.Struct:
		f.section(at, n, out)
	case reflect.Map:
		f.mapping(at, n, out, r)
	case reflect.Slice:
		f.list(at, n, out, r)
	default:
		f.scalar(at, n, out, r)
	}
}

// unmarshal has a value read itself, under its own rule.
func (f *file) unmarshal(at position, n *yaml.Node, u unmarshaler, r rule) {
	before := len(f.problems)
	err := u.UnmarshalYAML(func(v any) error {
		if f.decode(at, n, reflect.ValueOf(v).Elem(), r); len(f.problems) > before {
			return errTold
		}
		return nil
	})
	if err != nil && len(f.problems) == before {
		f.fail(at, "%s", f.words(err))
	}
}

// section reads a mapping whose keys are known.
func (f *file) section(at position, n *yaml.Node, out reflect.Value) {
	known := map[string]field{}
	rest := fields(out, known)
	if rest.IsValid() {
		f.mapping(at, n, rest, rule{})
		return
	}
	for at, value := range f.pairs(at, n, keyLike) {
		field, ok := known[at.name]
		switch {
		case !ok && textfile.Visible(at.name) != nil:
			f.fail(at, "unknown key (it %s)", textfile.Visible(at.name))
		case !ok && strings.Contains(at.name, ":"):
			f.fail(at, "unknown key (is a space missing after the colon?)")
		case !ok:
			f.fail(at, "unknown key")
		case !isEmpty(value):
			f.decode(at, value, field.Value, field.rule)
		case !field.mayBeEmpty():
			f.fail(at, "has no value")
		}
	}
}

// mapping reads a mapping whose keys people choose.
func (f *file) mapping(at position, n *yaml.Node, out reflect.Value, r rule) {
	like := headerLike
	if kind := out.Type().Elem().Kind(); kind == reflect.String || kind == reflect.Interface {
		like = nameLike
	}
	out.Set(reflect.MakeMap(out.Type()))
	for at, value := range f.pairs(at, n, like) {
		if isEmpty(value) {
			f.fail(at, "has no value")
			continue
		}
		v := reflect.New(out.Type().Elem()).Elem()
		f.decode(at, value, v, r)
		out.SetMapIndex(reflect.ValueOf(at.name).Convert(out.Type().Key()), v)
	}
}

// pairs are the keys and values of a mapping. Those that come twice come once.
func (f *file) pairs(at position, n *yaml.Node, like *regexp.Regexp) iter.Seq2[position, *yaml.Node] {
	return func(yield func(position, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			f.fail(at, "must be a mapping of keys to values")
			return
		}
		content := n.Content
		if keys := len(content) / 2; keys > maxKeys {
			f.fail(at, "has %d keys, and there can be %d: those that follow are not read", keys, maxKeys)
			content = content[:2*maxKeys]
		}
		first := map[string]int{}
		for i := 0; i < len(content); i += 2 {
			k := content[i]
			part := cmp.Or(k.Value, "?")
			key := at.in(part, shownKey(like, part), k.Line)
			key.name = k.Value
			line, twice := first[k.Value]
			switch {
			case k.Kind != yaml.ScalarNode:
				f.fail(key, "must be text")
				continue
			case twice:
				f.fail(key, "duplicate key, first in line %d", line)
				continue
			}
			first[k.Value], f.at[key.key] = key.line, key
			if !yield(key, content[i+1]) {
				return
			}
		}
	}
}

func (f *file) list(at position, n *yaml.Node, out reflect.Value, r rule) {
	if n.Kind != yaml.SequenceNode {
		f.fail(at, "must be a list")
		return
	}
	out.Set(reflect.MakeSlice(out.Type(), len(n.Content), len(n.Content)))
	for i, value := range n.Content {
		at := at.item(i, value.Line)
		f.at[at.key] = at
		if isEmpty(value) {
			f.fail(at, "has no value")
			continue
		}
		f.decode(at, value, out.Index(i), r)
	}
}

// scalar reads a value in one piece. What is empty was told before.
func (f *file) scalar(at position, n *yaml.Node, out reflect.Value, r rule) {
	fail := func(why string) { f.fail(at, "%s", why) }
	if out.Kind() == reflect.Interface && n.Kind != yaml.ScalarNode {
		if err := n.Decode(out.Addr().Interface()); err != nil {
			fail(f.words(err))
		}
		return
	}
	if n.Kind != yaml.ScalarNode {
		fail("must be " + kinds[out.Kind()])
		return
	}
	if r.secret {
		f.secrets = append(f.secrets, strings.TrimSpace(n.Value))
	}
	if err := f.accepts(n, r); err != nil {
		fail(err.Error())
		return
	}
	if out.Type() == reflect.TypeFor[time.Duration]() {
		d, err := duration(n.Value)
		if err != nil {
			fail(err.Error())
			return
		}
		out.SetInt(int64(d))
		return
	}
	if out.Kind() == reflect.String { // also what looks like a number
		out.SetString(n.Value)
		return
	}
	// The library would make 2 of 2.5, and 1000 of 1e3.
	half := out.Kind() == reflect.Int && strings.ContainsAny(n.Value, ".eE")
	if half || n.Decode(out.Addr().Interface()) != nil {
		fail("must be " + kinds[out.Kind()])
	}
}

// accepts checks what is written.
func (f *file) accepts(n *yaml.Node, r rule) error {
	if n.Style&yaml.TaggedStyle != 0 {
		return errors.New("tags are not supported (a value that begins with ! needs quotes)")
	}
	text := strings.TrimSpace(n.Value)
	switch {
	case r.lines:
	case r.free:
		if strings.ContainsFunc(n.Value, unicode.IsControl) {
			return textfile.Visible(n.Value)
		}
	default:
		if err := textfile.Visible(strings.Trim(n.Value, " \t\r\n")); err != nil {
			return err
		}
		if err := replaced(text); err != nil {
			return err
		}
	}
	switch {
	case r.file != nil:
		return readable(f.dir, n.Value, r.file)
	case r.check != nil:
		return r.check(n.Value)
	}
	return nil
}

// kinds are plain words for what a value must be.
var kinds = map[reflect.Kind]string{
	reflect.Bool: "true or false", reflect.Float64: "a number", reflect.Int: "a whole number",
	reflect.Int64: "text", reflect.String: "text",
}

// isEmpty reports whether a key has no value, as when everything below it is
// commented out.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (strings.TrimSpace(n.Value) == "" || n.ShortTag() == "!!null")
}

func duration(s string) (time.Duration, error) {
	d, err := model.ParseDuration(s)
	switch {
	case err != nil:
		return 0, errors.New("must be a duration such as 15s, 30m or 1d")
	case d <= 0:
		return 0, errors.New("must be longer than 0s")
	}
	return time.Duration(d), nil
}
