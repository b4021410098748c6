package simulation

import (
	"encoding/json"
	"fmt"
	"maps"
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

// cell is what may stand for a field of a line.
type cell struct {
	values   []float64
	optional bool // it may be missing
}

// version is what may be there of a day, by key and metric.
type version map[string]map[string]cell

// reading is what an answer says of each day.
type reading struct {
	days    map[string]version
	garbled map[string]bool // days of which something could not be read, "" for rows of no day
	delayed bool
	lost    map[string]bool // days of which a row could not be read, "" for rows of no day
	nothing bool            // there are rows, and none could be read
}

// isGarbled reports whether something of a day, or that may be of it, could not be read.
func (r reading) isGarbled(date string) bool { return r.garbled[date] || r.garbled[""] }

// lacks reports whether rows of a day, or that may be of it, could not be read.
func (r reading) lacks(date string) bool { return r.lost[date] || r.lost[""] }

// read reads an answer, of one or several bodies, as the documents say that it is read:
// rows outside of the dates do not count, of a repeated key the last row does.
func (d *document) read(bodies [][]byte, begin, end string) (r reading, ok bool) {
	r.days, r.lost, r.garbled = map[string]version{}, map[string]bool{}, map[string]bool{}
	var all []map[string]any
	for _, text := range bodies {
		var body map[string]any
		rows, ok := []map[string]any(nil), json.Unmarshal(text, &body) == nil
		if ok {
			rows, ok = d.rowsOf(body)
		}
		if !ok {
			return r, false
		}
		r.delayed = r.delayed || body["is_delay"] == true || body["is_delay"] == "true" || len(bodies) > 1 && d.form == seconds && len(rows) == 0
		all = append(all, rows...)
	}
	seen := map[string]map[string]bool{}
	for _, row := range slices.Backward(all) { // the last row first
		date := d.dateOf(row, end)
		if date == "" {
			r.garbled[""] = true
			if lines, whole := d.linesOf(row); !whole || !d.isEmpty(lines) {
				r.lost[""] = true
			}
			continue
		}
		if date < begin || date > end {
			continue
		}
		id, ok := d.rowKey(row)
		if !ok {
			r.garbled[date], r.lost[date] = true, true
			continue
		}
		lines, whole := d.linesOf(row)
		if d.form != plain && len(lines) == 0 && !whole {
			r.lost[date] = true
		}
		if !whole {
			r.garbled[date] = true
		}
		if d.isEmpty(lines) {
			continue
		}
		if seen[date] == nil {
			seen[date], r.days[date] = map[string]bool{}, version{}
		}
		if !seen[date][id] { // else another row comes after this one
			maps.Copy(r.days[date], r.days[date].with(lines))
		}
		seen[date][id] = true
	}
	r.nothing = len(r.days) == 0 && len(r.lost) > 0
	return r, true
}

// isEmpty reports whether a row is what others write as an empty list.
func (d *document) isEmpty(lines version) bool { return d.form != plain && len(lines) == 0 }

// isEmpty reports whether a version has no figure: none was said, or none could be read.
func (v version) isEmpty() bool {
	for _, cells := range v {
		if len(cells) > 0 {
			return false
		}
	}
	return true
}

// with adds lines of which the keys may be there.
func (v version) with(lines version) version {
	all := version{}
	for key, cells := range lines {
		all[key] = union(v[key], cells)
	}
	return all
}

// linesOf reads the lines of a row; whole reports whether all can be read.
func (d *document) linesOf(row map[string]any) (all version, whole bool) {
	all, whole = version{}, true
	summed := map[string]bool{}
	for _, l := range d.lines(row) {
		key, ok := d.key(l)
		cells, good := l.cells()
		whole = whole && ok && good
		if !ok || len(cells) == 0 && d.form != plain {
			continue
		}
		for metric := range cells {
			if had := all[key][metric]; l.sums && len(had.values) > 0 && summed[key+metric] {
				cells[metric] = cell{values: []float64{had.values[0] + cells[metric].values[0]}}
			}
			summed[key+metric] = true
		}
		if len(d.parts) > 1 {
			cells = union(all[key], cells)
		}
		all[key] = cells
	}
	return all, whole
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

// rowKey is the key of a row, without those of its entries.
func (d *document) rowKey(row map[string]any) (string, bool) {
	switch {
	case d.form != plain:
		id := ""
		for _, field := range d.id {
			v := at(row, field)
			if list, name, ok := strings.Cut(field, "."); ok && v == nil {
				for _, one := range objects(row[list]) {
					v = one[name]
				}
			}
			text, ok := word(v)
			if !ok {
				return "", false
			}
			id += text + ","
		}
		return id, true
	case d.each == "":
		return d.key(line{row, row, &part{keys: d.keys}})
	}
	return word(row["msgid"])
}

// softly merges a version that was not read whole into what was there before:
// nothing of that may get lost, but a row of which other fields, or entries, can be read
// now, or a row that is gone where no row is lost. sure tells whether it was there for sure,
// and lacks whether rows are lost.
func (d *document) softly(old, now version, sure, lacks bool) version {
	merged := version{}
	for key := range union(old, now) {
		cells := map[string]cell{}
		for field := range union(old[key], now[key]) {
			was, had := old[key][field]
			is, has := now[key][field]
			_, again := now[key]
			gone := !sure || d.form != plain || again && (d.each != "" || !within(now[key], old[key])) || !again && !lacks
			cells[field] = cell{
				values:   append(slices.Clone(was.values), is.values...),
				optional: had && (was.optional || !has && gone) || !had && len(old) > 0,
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
