package simulation

import (
	"fmt"
	"maps"
	"slices"
)

// cell is what may stand for a field of a line.
type cell struct {
	values   []float64
	optional bool // it may be missing
}

// version is what may be there of a day, by key and metric.
type version map[string]map[string]cell

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
