package figures

import (
	"slices"
	"strconv"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// retention fills the group of an API that tells how many came again later: a table for
// each metric, of days in rows and of how much later in columns, with the share of
// those who were there on the day.
func (g *Group) retention(l texts.Language, api collector.API, stored []Day) {
	for _, m := range metricsOf(api) {
		t := Table{Caption: title(l, m) + " · " + l.Say("who came again"), Heads: []string{l.Say("Day"), l.Say("on the day")}}
		if api.Period != calendar.Daily {
			t.Heads = []string{l.Say("Begins"), l.Say("at first")}
		}
		for _, after := range api.Later {
			t.Heads = append(t.Heads, "+"+strconv.Itoa(after))
		}
		for _, d := range slices.Backward(stored) {
			later := map[string]float64{}
			for _, p := range read(api, d.Rows)[""][m.Name].parts {
				later[p.labels[0]] = p.value
			}
			if len(later) == 0 {
				continue
			}
			first, known := later["0"]
			row := []Cell{{Text: day(l, d.Date)}, cell(m.Unit)(first, known)}
			for _, after := range api.Later {
				v, ok := later[strconv.Itoa(after)]
				c := cell(m.Unit)(v, ok)
				if ok && known && first > 0 {
					c.Below = number(ratioUnit, v/first)
				}
				row = append(row, c)
			}
			t.Rows = append(t.Rows, row)
		}
		if len(t.Rows) > 0 {
			t.Folded = len(g.Tables) > 0
			g.Tables = append(g.Tables, t)
		}
	}
}
