package simulation

import (
	"maps"
	"slices"
	"strings"
)

// many are lines of a day of which so many are shown as pages_per_day says, the largest
// first.
type many struct {
	of   string // a label that they have, kind=city
	rank string // the metric by which they are ranked
	with string // what the names of the metrics that go with a line begin with
}

// bounded is what of a version may be shown, given what is shown.
func (d *document) bounded(v version, there map[string]map[string]float64, n int) version {
	if n == 0 || len(d.most) == 0 {
		return v
	}
	v = maps.Clone(v)
	for _, m := range d.most {
		m.bound(v, there, n)
	}
	return v
}

// bound takes out of a version the lines that are rightly not shown.
func (m many) bound(v version, there map[string]map[string]float64, n int) {
	var visible, hidden []string
	sure := true
	for _, key := range slices.Sorted(maps.Keys(v)) {
		c, ok := v[key][m.rank]
		if !ok && m.rank == m.with || !strings.Contains(key, m.of) {
			continue
		}
		sure = sure && ok && !c.optional && len(c.values) == 1
		shown := false // also without the metric that ranks it, which may be unreadable
		for metric := range there[key] {
			shown = shown || strings.HasPrefix(metric, m.with)
		}
		if shown {
			visible = append(visible, key)
		} else {
			hidden = append(hidden, key)
		}
	}
	if sure && len(visible) < n { // then one is missing, if there are so many
		return
	}
	hide := func(key string) {
		v[key] = maps.Clone(v[key])
		maps.DeleteFunc(v[key], func(metric string, _ cell) bool { return strings.HasPrefix(metric, m.with) })
	}
	if len(visible) > n {
		hide(visible[n]) // one too much
	}
	least := func(key string) float64 {
		if values := v[key][m.rank].values; len(values) > 0 {
			return slices.Min(values)
		}
		return 0
	}
	for _, key := range hidden {
		if sure && slices.ContainsFunc(visible, func(other string) bool { return least(other) < least(key) }) {
			continue // a larger one should be shown in its place
		}
		hide(key)
	}
}
