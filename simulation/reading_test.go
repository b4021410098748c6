package simulation

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

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
