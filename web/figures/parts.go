package figures

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// partsTable has where the figures come from: over the days of the span where days add
// up, else of the newest day.
func partsTable(l texts.Language, api collector.API, all []daily) (t Table, ok bool) {
	var metrics []collector.Metric
	names := map[string]string{} // of the parts, by their labels
	sums := map[string]map[string]float64{}
	for _, m := range api.Metrics() {
		if m.Info || len(m.Labels) == 0 {
			continue
		}
		metrics = append(metrics, m)
		sums[m.Name] = map[string]float64{}
		for i, d := range slices.Backward(all) {
			if !m.Adds.Days() && i < len(all)-1 {
				break
			}
			for _, p := range d.figures[m.Name].parts {
				words := label(&m, p.labels)
				name := l.Pick(words.English, words.Chinese)
				names[name] = name
				sums[m.Name][name] += p.value
			}
		}
	}
	if len(metrics) == 0 || len(names) == 0 {
		return t, false
	}
	var heads []string
	for _, h := range metrics[0].Heads {
		heads = append(heads, l.Pick(h.English, h.Chinese))
	}
	head := strings.Join(heads, " · ")
	t = Table{Caption: l.Say("In parts"), Heads: []string{head}}
	for _, m := range metrics {
		over := l.Say("%d days", len(all))
		if !m.Adds.Days() {
			over = all[len(all)-1].date.String()[5:]
		}
		t.Heads = append(t.Heads, title(l, m)+" ("+over+")")
	}
	keys := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		first := sums[metrics[0].Name]
		return cmp.Or(cmp.Compare(first[b], first[a]), cmp.Compare(a, b))
	})
	for _, k := range keys[:min(len(keys), maxParts)] {
		row := []Cell{{Text: k}}
		for _, m := range metrics {
			v, ok := sums[m.Name][k]
			row = append(row, cell(m.Unit)(v, ok))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, true
}
