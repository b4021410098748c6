package figures

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// partsTables have where the figures come from, a table for each kind of part.
func partsTables(l texts.Language, api collector.API, all []daily) (tables []Table) {
	var order []string
	alike := map[string][]collector.Metric{}
	for _, m := range metricsOf(api) {
		if m.Info || len(m.Labels) == 0 || slices.Contains(m.Labels, "index") { // what no document mentions has no words
			continue
		}
		kind := strings.Join(m.Labels, ",") + " " + strings.Join(m.Codes, ",")
		if alike[kind] == nil {
			order = append(order, kind)
		}
		alike[kind] = append(alike[kind], m)
	}
	for _, kind := range order {
		if p := partsOf(alike[kind], all); alike[kind][0].Labels[0] == "kind" {
			for _, of := range slices.Sorted(maps.Keys(p.kinds())) {
				tables = append(tables, p.only(of).table(l, l.Say(of), all))
			}
		} else if len(p.values) > 0 {
			tables = append(tables, p.table(l, l.Say(caption(alike[kind][0])), all))
		}
	}
	return tables
}

// caption says of what a metric's parts are.
func caption(m collector.Metric) string {
	switch m.Codes[0] {
	case "mini_source":
		return "Sources"
	case "mini_stay":
		return "Time of a session"
	case "mini_depth":
		return "Pages of a session"
	}
	return "In parts"
}

// parts are what each part came to, by the values of its labels: over the days of the
// span where days add up, else on the newest day.
type parts struct {
	metrics []collector.Metric
	values  map[string][]string           // the labels' values, by themselves joined
	sums    map[string]map[string]float64 // by metric
	names   map[string]string             // of things that have one, by the first label
}

func partsOf(metrics []collector.Metric, all []daily) parts {
	p := parts{metrics, map[string][]string{}, map[string]map[string]float64{}, map[string]string{}}
	for i, d := range slices.Backward(all) {
		for _, m := range metrics {
			if !m.Adds.Days() && i < len(all)-1 {
				continue
			}
			if p.sums[m.Name] == nil {
				p.sums[m.Name] = map[string]float64{}
			}
			for _, one := range d.figures[m.Name].parts {
				key := strings.Join(one.labels, "\x00")
				p.values[key] = one.labels
				p.sums[m.Name][key] += one.value
			}
		}
		for _, f := range d.figures {
			if !f.metric.Info || len(f.metric.Labels) != 2 || f.metric.Labels[1] != "name" {
				continue
			}
			for _, one := range f.parts {
				p.names[one.labels[0]] = cmp.Or(p.names[one.labels[0]], one.labels[1]) // the newest name
			}
		}
	}
	return p
}

// kinds are the values of the first label.
func (p parts) kinds() map[string]bool {
	all := map[string]bool{}
	for _, values := range p.values {
		all[values[0]] = true
	}
	return all
}

// only keeps the parts whose first label has a value, and calls them by the others.
func (p parts) only(first string) parts {
	kept := p
	kept.values = map[string][]string{}
	for key, values := range p.values {
		if values[0] == first {
			kept.values[key] = values
		}
	}
	return kept
}

// table has the parts, the largest first.
func (p parts) table(l texts.Language, caption string, all []daily) Table {
	first := p.metrics[0]
	var heads []string
	for i, h := range first.Heads {
		if i > 0 || first.Labels[0] != "kind" {
			heads = append(heads, l.Pick(h.English, h.Chinese))
		}
	}
	t := Table{Caption: caption, Heads: []string{strings.Join(heads, " · ")}}
	for _, m := range p.metrics {
		over := l.Say("%d days", len(all))
		if !m.Adds.Days() {
			over = all[len(all)-1].date.String()[5:]
		}
		t.Heads = append(t.Heads, title(l, m)+" ("+over+")")
	}
	keys := slices.SortedFunc(maps.Keys(p.values), func(a, b string) int {
		return cmp.Or(cmp.Compare(p.sums[first.Name][b], p.sums[first.Name][a]), cmp.Compare(a, b))
	})
	for _, key := range keys[:min(len(keys), maxParts)] {
		row := []Cell{{Text: p.name(l, p.values[key])}}
		for _, m := range p.metrics {
			v, ok := p.sums[m.Name][key]
			row = append(row, cell(m.Unit)(v, ok))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// name is what people call a part.
func (p parts) name(l texts.Language, values []string) string {
	if p.metrics[0].Labels[0] == "kind" {
		return values[1]
	}
	words := label(&p.metrics[0], values)
	name := l.Pick(words.English, words.Chinese)
	if p.metrics[0].Labels[0] == "phase" {
		name = l.Say(name)
	}
	if own := p.names[values[0]]; own != "" {
		name = own + " · " + name
	}
	return name
}
