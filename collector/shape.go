package collector

import (
	"bytes"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep what the tables do not know may be nested. Deeper, SQLite does
// not take a day for JSON, and it would vanish from the views.
const maxDepth = 64

// shape is what a row type says of a JSON value: a number or text, which has a reader,
// or an object, or a list of objects.
type shape struct {
	read   reader
	fields map[string]*shape
	only   bool // other fields are left out
	entry  *shape
	keys   []string // of a list: the fields that tell its entries apart; none: all may stand in it
}

// shapeOf returns the shape of values of a type. dates are the paths of fields that
// are days.
func shapeOf(t reflect.Type, at string, dates ...string) *shape {
	switch {
	case t.Kind() == reflect.Slice:
		return &shape{entry: shapeOf(t.Elem(), at, dates...)}
	case t.Kind() == reflect.Struct:
		s := &shape{fields: map[string]*shape{}}
		for _, f := range reflect.VisibleFields(t) {
			if name := f.Tag.Get("json"); name != "" {
				s.fields[name] = shapeOf(f.Type, below(at, name), dates...)
			}
		}
		return s
	}
	if slices.Contains(dates, at) {
		return &shape{read: readDate}
	}
	switch kind(t) {
	case "integer":
		return &shape{read: readInteger}
	case "real":
		return &shape{read: readReal}
	}
	return &shape{read: readText}
}

func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// normal returns a value as it is stored: of known fields what was understood, of a
// field that comes twice the last one, and other fields as they are. It tells of what
// it leaves out; false means that nothing is left. at is the path of the value.
func (s *shape) normal(v jsontext.Value, at string, misfit func(Misfit)) (jsontext.Value, bool) {
	is := v.Kind()
	var out jsontext.Value
	var instead string
	switch {
	case s == nil && depth(v) > maxDepth:
		misfit(Misfit{"an unknown field", "nested too deeply"})
		return nil, false
	case s == nil || is == 'n':
		out = bytes.Clone(v)
		return out, out.Compact() == nil
	case s.read != nil:
		out, instead = s.read(v)
	case s.fields != nil && is == '{':
		out = s.object(v, at, misfit)
	case s.entry != nil && is == '[':
		out = s.list(v, at, misfit)
	case s.fields != nil && isEmpty(v, '['):
		out = jsontext.Value("{}") // PHP writes an empty object as a list
	case s.entry != nil && isEmpty(v, '{'):
		out = jsontext.Value("[]") // and the other way round
	default:
		instead = nameOf(v)
	}
	if instead != "" {
		misfit(Misfit{at, instead})
	}
	return out, instead == ""
}

// object returns an object as it is stored, its fields in the order in which they
// first appear.
func (s *shape) object(v jsontext.Value, at string, misfit func(Misfit)) jsontext.Value {
	type field struct {
		name  string
		value jsontext.Value
	}
	var fields []field
	place := map[string]int{}
	for d := newDecoder(v); d.PeekKind() == '"'; {
		name := unquoted(next(d, v))
		value := next(d, v)
		i, again := place[name]
		if !again {
			i, place[name] = len(fields), len(fields)
			fields = append(fields, field{name: name})
		}
		fields[i].value = value
	}
	out := jsontext.Value{'{'}
	for _, f := range fields {
		if s.only && s.fields[f.name] == nil {
			continue
		}
		normal, ok := s.fields[f.name].normal(f.value, below(at, f.name), misfit)
		if !ok {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted(f.name)...), ':'), normal...)
	}
	return append(out, '}')
}

// list returns a list as it is stored. What is no entry is left out.
func (s *shape) list(v jsontext.Value, at string, misfit func(Misfit)) jsontext.Value {
	out := jsontext.Value{'['}
	for d := newDecoder(v); d.PeekKind() != ']'; {
		entry := next(d, v)
		if entry.Kind() == 'n' {
			misfit(Misfit{at, "null in a list"})
			continue
		}
		normal, ok := s.entry.normal(entry, at, misfit)
		if !ok {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, normal...)
	}
	return append(out, ']')
}

// newDecoder returns a decoder inside an object or list.
func newDecoder(v jsontext.Value) *jsontext.Decoder {
	d := jsontext.NewDecoder(bytes.NewBuffer(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	_, _ = d.ReadToken() // v was found to be JSON
	return d
}

// next returns the next value of a decoder of v, which is a part of v. v was found to
// be JSON.
func next(d *jsontext.Decoder, v jsontext.Value) jsontext.Value {
	raw, _ := d.ReadValue()
	end := d.InputOffset()
	return v[end-int64(len(raw)) : end : end]
}

// isEmpty reports whether a value is {} or [], which open says.
func isEmpty(v jsontext.Value, open byte) bool {
	return len(v) > 1 && v[0] == open && len(bytes.TrimSpace(v[1:len(v)-1])) == 0
}

// depth returns how deep objects and lists are nested in a value.
func depth(v jsontext.Value) (deepest int) {
	now, inText := 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			inText = !inText
		case inText && c == '\\':
			i++
		case inText:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}
