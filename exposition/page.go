package exposition

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/wxexporter/wx_exporter/collector"
)

// page is the units of all accounts at one moment. It does not change.
type page struct {
	units []*unit // by account, then family
	all   [formats]func() member
}

// newPage returns a page that joins its units where they are first asked for:
// most servers ask for one format only.
func newPage(units []*unit) *page {
	p := &page{units: units}
	for f := range formats {
		p.all[f] = sync.OnceValue(func() member { return join(f, units) })
	}
	return p
}

// selection is the families that a scrape keeps; nil keeps all.
type selection []string

func (s selection) has(family string) bool {
	if family == collector.Own {
		family = collector.Exporter
	}
	return s == nil || slices.Contains(s, family)
}

func (s selection) of(units []*unit) []*unit {
	return slices.DeleteFunc(slices.Clone(units), func(u *unit) bool { return !s.has(u.family) })
}

// join begins a member with the metrics of units: by name, each under one head,
// then in the order of the units.
func join(f format, units []*unit) member {
	size := len(gzipHeader)
	lines := make(map[*head][]*chunk)
	for _, u := range units {
		for i := range u.metrics {
			m := &u.metrics[i]
			lines[m.head] = append(lines[m.head], &m.lines)
			size += len(m.lines.z)
		}
	}
	heads := slices.SortedFunc(maps.Keys(lines), func(x, y *head) int { return cmp.Compare(x.name, y.name) })
	for _, h := range heads {
		size += len(h.in[f].z)
	}
	m := member{b: append(make([]byte, 0, size), gzipHeader...)}
	for _, h := range heads {
		m.add(h.in[f])
		for _, c := range lines[h] {
			m.add(*c)
		}
	}
	return m
}
