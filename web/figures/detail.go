package figures

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// hours fills the group of an API whose rows are of hours: what happened in each hour
// of the day, on the average day. Only counts have one.
func (g *Group) hours(l texts.Language, api collector.API, stored []Day) error {
	var metrics []collector.Metric
	sums := map[string]map[string]float64{}
	for _, m := range api.Metrics() {
		if m.Adds.Days() && !strings.HasSuffix(m.Name, "_ms") {
			metrics = append(metrics, m)
			sums[m.Name] = map[string]float64{}
		}
	}
	days := 0.0
	for _, d := range stored {
		hours := read(api, d.Rows, "hour")
		if len(hours) == 0 && d.Open {
			continue
		}
		days++ // a day on which nothing happened is one
		for hour, figures := range hours {
			for _, m := range metrics {
				if v, ok := figures[m.Name].total(); ok {
					sums[m.Name][hour] += v
				}
			}
		}
	}
	if days == 0 || len(metrics) == 0 {
		return nil
	}
	t := Table{Caption: l.Say("On the average of %s, by hour", l.Count(int(days), "day")), Heads: []string{l.Say("Hour")}, Folded: true}
	lines := make([]line, len(metrics))
	for i, m := range metrics {
		lines[i] = line{name: title(l, m), unit: m.Unit}
		t.Heads = append(t.Heads, lines[i].name)
	}
	var labels []string
	for hour := range 24 {
		name := fmt.Sprintf("%02d", hour)
		labels = append(labels, name+":00")
		row := []Cell{{Text: name + ":00"}}
		for i, m := range metrics {
			v := sums[m.Name][name] / days
			lines[i].values = append(lines[i].values, v)
			row = append(row, Cell{Text: fixed(v, 1)})
		}
		t.Rows = append(t.Rows, row)
	}
	g.Tables = append(g.Tables, t)
	return g.draw(labels, lines)
}

// article is an article on the last day up to which it was counted.
type article struct {
	date        calendar.Day
	upTo        string
	title, link string
	figures     map[string]figure
}

// articles fills the group of an API whose rows are articles: the best of them, in
// total.
func (g *Group) articles(l texts.Language, api collector.API, stored []Day) {
	var all []article
	for _, d := range stored {
		all = append(all, articlesOf(api, d)...)
	}
	metrics := slices.DeleteFunc(slices.Clone(api.Metrics()), func(m collector.Metric) bool {
		return m.Info || !slices.ContainsFunc(all, func(a article) bool { _, ok := a.figures[m.Name].total(); return ok })
	})
	if len(all) == 0 || len(metrics) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b article) int {
		x, _ := a.figures[metrics[0].Name].total()
		y, _ := b.figures[metrics[0].Name].total()
		return cmp.Compare(y, x)
	})
	t := Table{Caption: l.Say("The most read of the last %d days", articleDays), Heads: []string{l.Say("Title"), l.Say("Day"), l.Say("Up to")}}
	for _, m := range metrics {
		t.Heads = append(t.Heads, title(l, m))
	}
	for _, a := range all[:min(len(all), maxArticles)] {
		row := []Cell{{Text: cmp.Or(a.title, l.Say("untitled")), Link: a.link}, {Text: a.date.String()}, {Text: a.upTo}}
		for _, m := range metrics {
			row = append(row, cell(m.Unit)(a.figures[m.Name].total()))
		}
		t.Rows = append(t.Rows, row)
	}
	g.Tables = append(g.Tables, t)
}

// articlesOf returns the articles of a day, each up to its last stat_date.
func articlesOf(api collector.API, d Day) (all []article) {
	latest := map[string]article{}
	for group, figures := range read(api, d.Rows, "msgid", "stat_date") {
		id, upTo, ok := strings.Cut(group, "\x00")
		if a := latest[id]; ok && upTo > a.upTo {
			a.date, a.upTo, a.figures = d.Date, upTo, figures
			latest[id] = a
		}
	}
	samples, _ := api.Samples(d.Rows, 0)
	for _, s := range samples {
		if i := slices.Index(s.Metric.Labels, "title"); s.Metric.Info && i > 0 {
			a, ok := latest[s.Labels[0]]
			if !ok {
				continue
			}
			a.title = s.Labels[i]
			if u := slices.Index(s.Metric.Labels, "url"); u > 0 {
				a.link = webLink(s.Labels[u])
			}
			latest[s.Labels[0]] = a
		}
	}
	for _, a := range latest {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b article) int { return cmp.Compare(a.title+a.link, b.title+b.link) })
	return all
}

// webLink returns an address if it is one of the web, else none.
func webLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return address
}
