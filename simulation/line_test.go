package simulation

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// line is a row or an entry of a list in it, which stands for some samples.
type line struct {
	row, entry map[string]any
	*part
}

// lines returns the lines of a row.
func (d *document) lines(row map[string]any) (all []line) {
	for i := range d.parts {
		p := &d.parts[i]
		if !p.in(row) {
			continue
		}
		for _, entry := range objects(at(row, p.each)) {
			all = append(all, line{row, entry, p})
		}
	}
	return all
}

// in reports whether a row has lines of a kind.
func (p *part) in(row map[string]any) bool {
	if p.index == other {
		text, ok := row["index"].(string)
		return ok && !slices.ContainsFunc(distributions, func(one [3]string) bool { return one[0] == text })
	}
	return p.index == "" || row["index"] == p.index
}

// at is what is at a path of objects; "" is the row itself.
func at(row map[string]any, path string) any {
	if path == "" {
		return row
	}
	outer, inner, nested := strings.Cut(path, ".")
	if !nested {
		return row[path]
	}
	in, _ := row[outer].(map[string]any)
	return at(in, inner)
}

// objects are those of a list, or the one in its place.
func objects(v any) (all []map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		return []map[string]any{v}
	case []any:
		for _, e := range v {
			if entry, ok := e.(map[string]any); ok {
				all = append(all, entry)
			}
		}
	}
	return all
}

// holder finds the object that has a field, which may be a path.
func (l line) holder(field string) (in map[string]any, name string) {
	in = l.entry
	for {
		outer, inner, nested := strings.Cut(field, ".")
		if !nested {
			return in, field
		}
		in, _ = in[outer].(map[string]any)
		field = inner
	}
}

// key writes the labels of a line, sorted by name; false if one cannot be read.
func (d *document) key(l line) (string, bool) {
	var parts []string
	if l.word != "" {
		parts = append(parts, l.word)
	}
	for field, name := range l.keys {
		v, there := l.entry[field]
		if !there {
			v, there = l.row[field]
		}
		text, ok := word(v)
		if !there && strings.HasPrefix(d.name, "getuserread") && field == "user_source" {
			text, ok = "", true // old rows have none: they are the total
		}
		if !ok {
			return "", false
		}
		parts = append(parts, name+"="+label(field, text))
	}
	slices.Sort(parts)
	return strings.Join(parts, ","), true
}

// word reads an identifier.
func word(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// number reads a number, which may be written as a string.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

// cells are the fields of a line; whole reports whether all can be read.
func (l line) cells() (cells map[string]cell, whole bool) {
	cells, whole = map[string]cell{}, true
	for field, metric := range l.metrics {
		holder, name := l.holder(field)
		v, there := holder[name]
		if n, ok := number(v); ok {
			cells[metric] = cell{values: []float64{l.value(n)}}
		} else if there {
			whole = false
		}
	}
	return cells, whole
}

// value is what a metric shows of a number.
func (p *part) value(n float64) float64 {
	if p.per != 0 {
		return n / p.per
	}
	return n
}
