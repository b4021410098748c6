package collector

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// identify tells the lists of rows by which fields their entries are told apart: those
// that labels of the entries are read off. Where figures of the same labels are added,
// no entry repeats another.
func (a *API) identify() {
	for _, g := range a.Groups {
		list := a.shape.at(g.Each)
		if g.Each == "" || g.Sums || list == nil {
			continue
		}
		fields := []string{g.Where.Field}
		for _, l := range g.Labels {
			fields = append(fields, l.Field)
		}
		for _, f := range fields {
			field, inside := strings.CutPrefix(f, g.Each+".")
			if inside && !slices.Contains(list.keys, field) {
				list.keys = append(list.keys, field)
			}
		}
	}
}

// at returns the shape of what a path leads to.
func (s *shape) at(path string) *shape {
	if path == "" {
		return s
	}
	for name := range strings.SplitSeq(path, ".") {
		if s.entry != nil {
			s = s.entry
		}
		s = s.fields[name]
	}
	return s
}

// distinct returns a value as it is stored without the entries of lists that a later one
// repeats, so that what is made of the store has each once, as the pages have.
func (s *shape) distinct(v jsontext.Value) jsontext.Value {
	switch {
	case s == nil:
	case s.fields != nil && v.Kind() == '{':
		out := jsontext.Value{'{'}
		for d := newDecoder(v); d.PeekKind() == '"'; {
			name := next(d, v)
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(append(out, name...), ':'), s.fields[unquoted(name)].distinct(next(d, v))...)
		}
		return append(out, '}')
	case s.entry != nil && v.Kind() == '[':
		return s.distinctList(v)
	}
	return v
}

func (s *shape) distinctList(v jsontext.Value) jsontext.Value {
	var entries []jsontext.Value
	place := map[string]int{}
	for d := newDecoder(v); d.PeekKind() != ']'; {
		entry := s.entry.distinct(next(d, v))
		id := s.id(entry)
		if i, again := place[id]; again && id != "" {
			entries[i] = entry
			continue
		}
		place[id] = len(entries)
		entries = append(entries, entry)
	}
	out := jsontext.Value{'['}
	for i, e := range entries {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, e...)
	}
	return append(out, ']')
}

// id is what tells an entry of a list apart from the others; "" if it lacks that.
func (s *shape) id(entry jsontext.Value) string {
	var fields map[string]jsontext.Value
	if len(s.keys) == 0 || decode(entry, &fields) != nil {
		return ""
	}
	var id strings.Builder
	for _, k := range s.keys {
		if fields[k] == nil {
			return ""
		}
		id.Write(fields[k])
		id.WriteString(Separator)
	}
	return id.String()
}
