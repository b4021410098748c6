// Package figures makes of stored days what the page /figures shows: numbers, changes
// and charts, as the families' tables say. It knows nothing of HTTP and storage.
package figures

import (
	"slices"
	"strings"

	"github.com/wxexporter/wx_exporter/collector"
)

// part is the figure of one of the values that a metric's labels have.
type part struct {
	labels []string // values, without the one by which the reader groups
	value  float64
}

// figure is what a metric says of a day, or of an hour or article of it.
type figure struct {
	metric *collector.Metric
	parts  []part
}

// total returns the figure as one number: the one without labels, else the one that
// stands for all, else the sum, if the tables say that it means something.
func (f figure) total() (sum float64, ok bool) {
	for _, p := range f.parts {
		if len(p.labels) == 0 || slices.ContainsFunc(p.labels, collector.IsTotal) {
			return p.value, true
		}
		sum += p.value
	}
	return sum, len(f.parts) > 0 && f.metric.Adds.Labels()
}

// reading is a stored day by a group, such as the hour, and the metric's name.
type reading map[string]map[string]figure

// read reads a stored day. by names the labels of the group, whose values are joined
// by a zero byte.
func read(api collector.API, rows []byte, by ...string) reading {
	samples, err := api.Samples(rows, 0)
	if err != nil {
		return nil // the log has told of it
	}
	all := reading{}
	for _, s := range samples {
		var group, rest []string
		for i, name := range s.Metric.Labels {
			if slices.Contains(by, name) {
				group = append(group, s.Labels[i])
			} else {
				rest = append(rest, s.Labels[i])
			}
		}
		g := strings.Join(group, "\x00")
		if all[g] == nil {
			all[g] = map[string]figure{}
		}
		f := all[g][s.Metric.Name]
		f.metric = s.Metric
		f.parts = append(f.parts, part{rest, s.Value})
		all[g][s.Metric.Name] = f
	}
	for _, n := range netsOf(api) {
		for _, figures := range all {
			more, ok := figures[n.more].total()
			if less, has := figures[n.less].total(); ok && has {
				figures[n.metric.Name] = figure{&n.metric, []part{{nil, more - less}}}
			}
		}
	}
	return all
}

// label returns what people call the value of a metric's parts.
func label(m *collector.Metric, values []string, by ...string) collector.Words {
	var english, chinese []string
	i := 0
	for n, name := range m.Labels {
		if slices.Contains(by, name) || i >= len(values) {
			continue
		}
		w := collector.NameOf(m.Codes[n], values[i])
		english, chinese = append(english, w.English), append(chinese, w.Chinese)
		i++
	}
	return collector.Words{English: strings.Join(english, " · "), Chinese: strings.Join(chinese, " · ")}
}
