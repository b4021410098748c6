package simulation

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// line is a row or an entry of the list in it, which stands for some samples.
type line struct{ row, entry map[string]any }

// lines returns the lines of a row.
func (d *document) lines(row map[string]any) (all []line) {
	if d.each == "" {
		return []line{{row, row}}
	}
	entries, _ := row[d.each].([]any)
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok {
			all = append(all, line{row, entry})
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
	for field, name := range d.keys {
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

// cell is what may stand for a field of a line.
type cell struct {
	values   []float64
	optional bool // it may be missing
}

// version is what may be there of a day, by key and field.
type version map[string]map[string]cell

// reading is what an answer says of each day.
type reading struct {
	days    map[string]version
	garbled bool // something in it could not be read
	delayed bool
	lost    map[string]bool // days of which a row could not be read, "" for rows of no day
	nothing bool            // there are rows, and none could be read
}

// lacks reports whether rows of a day, or that may be of it, could not be read.
func (r reading) lacks(date string) bool { return r.lost[date] || r.lost[""] }

// read reads an answer as the documents say that it is read: rows outside of the
// dates do not count, of a repeated key the last row does.
func (d *document) read(body []byte, begin, end string) (r reading, ok bool) {
	var rows rowsAnswer
	if json.Unmarshal(body, &rows) != nil {
		return r, false
	}
	r.days, r.lost = map[string]version{}, map[string]bool{}
	r.delayed = rows.Delay == true || rows.Delay == "true"
	seen := map[string]map[string]bool{}
	for i := len(rows.List) - 1; i >= 0; i-- { // the last row first
		row := rows.List[i]
		date, _ := row["ref_date"].(string)
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			r.garbled, r.lost[""] = true, true
			continue
		}
		if date < begin || date > end {
			continue
		}
		id, ok := d.rowKey(row)
		if !ok {
			r.garbled, r.lost[date] = true, true
			continue
		}
		if seen[date] == nil {
			seen[date], r.days[date] = map[string]bool{}, version{}
		}
		again := seen[date][id] // another row comes after this one
		seen[date][id] = true
		for _, l := range d.lines(row) {
			key, ok := d.key(l)
			cells, whole := d.cells(l)
			r.garbled = r.garbled || !ok || !whole
			if ok && !again {
				r.days[date][key] = cells
			}
		}
	}
	r.nothing = len(r.days) == 0 && len(r.lost) > 0
	return r, true
}

// cells are the fields of a line; whole reports whether all can be read.
func (d *document) cells(l line) (cells map[string]cell, whole bool) {
	cells, whole = map[string]cell{}, true
	for field := range d.metrics {
		holder, name := l.holder(field)
		v, there := holder[name]
		if n, ok := number(v); ok {
			cells[field] = cell{values: []float64{n}}
		} else if there {
			whole = false
		}
	}
	return cells, whole
}

// rowKey is the key of a row, without those of its entries.
func (d *document) rowKey(row map[string]any) (string, bool) {
	if d.each == "" {
		return d.key(line{row, row})
	}
	return word(row["msgid"])
}

// softly merges a version that was not read whole into what was there before:
// nothing of that may get lost, but a row of which other fields, or entries, can be read
// now. sure tells whether it was there for sure.
func (d *document) softly(old, now version, sure bool) version {
	merged := version{}
	for key := range union(old, now) {
		cells := map[string]cell{}
		for field := range union(old[key], now[key]) {
			was, had := old[key][field]
			is, has := now[key][field]
			_, again := now[key]
			cells[field] = cell{
				values:   append(slices.Clone(was.values), is.values...),
				optional: had && (was.optional || !has && (!sure || again && (d.each != "" || !within(now[key], old[key])))) || !had && len(old) > 0,
			}
		}
		merged[key] = cells
	}
	return merged
}

// within reports whether a line has only fields that another has, too.
func within(now, old map[string]cell) bool {
	for field := range now {
		if _, ok := old[field]; !ok {
			return false
		}
	}
	return true
}

func union[V any](a, b map[string]V) map[string]V {
	u := maps.Clone(a)
	if u == nil {
		u = map[string]V{}
	}
	maps.Copy(u, b)
	return u
}

// differs says how what is there differs from a version; "" if it does not.
func (v version) differs(there map[string]map[string]float64) string {
	for _, key := range slices.Sorted(maps.Keys(v)) {
		for _, field := range slices.Sorted(maps.Keys(v[key])) {
			c := v[key][field]
			n, ok := there[key][field]
			switch {
			case !ok && !c.optional:
				return fmt.Sprintf("%s of {%s} is missing, want %v", field, key, c.values)
			case ok && !slices.Contains(c.values, n):
				return fmt.Sprintf("%s of {%s} is %v, want %v", field, key, n, c.values)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(there)) {
		for _, field := range slices.Sorted(maps.Keys(there[key])) {
			if _, ok := v[key][field]; !ok {
				return fmt.Sprintf("%s of {%s} is %v, which was not said", field, key, there[key][field])
			}
		}
	}
	return ""
}
