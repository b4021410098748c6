package figures

import (
	"html/template"
	"slices"

	"github.com/go-analyze/charts"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// Day is a stored day of an API.
type Day struct {
	Date calendar.Day
	Rows []byte
	Open bool // WeChat has not computed it, or not all
}

// Spans are how many days the charts show; 0 is all there are.
var Spans = []int{30, 365, 0}

const (
	hourDays    = 30 // of which hours are shown
	articleDays = 60 // in which articles appeared
	maxArticles = 20
	maxParts    = 20 // of a label with many values, such as pages
	week        = 7
)

// Since returns from which day on the page has an API: of days those of the span, of weeks,
// months and half-months also some before, or there would be hardly any, and of retention
// a week more, or nobody would see who came again after 30 days.
func Since(api collector.API, span int, today calendar.Day) calendar.Day {
	switch {
	case api.Kind == collector.Hourly:
		return today - hourDays
	case api.Kind == collector.Article:
		return today - articleDays
	case span == 0:
		return 0
	case api.Newest > 0 && api.Period != calendar.Daily: // all that are exported
		return min(api.Period.Step(today, -api.Newest), today-calendar.Day(span))
	case api.Period != calendar.Daily:
		return today - calendar.Day(max(span, 92)) - week
	case len(api.Later) > 0:
		return today - calendar.Day(span) - week
	}
	return today - calendar.Day(span)
}

// Shown reports whether the page shows anything of the API: of articles only what
// they came to in total.
func Shown(api collector.API) bool {
	return api.Kind != collector.Article || api.Stats != "" || ranked(api)
}

// ranked reports whether the rows are things of which the largest are shown, such as
// pages of a mini program. There are more than WeChat tells of, so they have no total.
func ranked(api collector.API) bool {
	return api.Kind == collector.Article && api.Limit == collector.PagesPerDay
}

// Group is what the page shows of an API.
type Group struct {
	API, Title string
	Newest     string // the day of the tiles
	Views      []View
	Open       []string // days that WeChat has not computed, newest first
	Tiles      []Tile
	Charts     []Chart
	Tables     []Table
}

// View is a table to download.
type View struct{ Name, Title string }

// Tile is a figure of the newest day.
type Tile struct{ Title, Value, Change, Percent string }

// Chart is a drawing of what the table of days has.
type Chart struct {
	Lines []string // what its lines are, in the order of their colours
	SVG   template.HTML
}

// Table is a table with heads.
type Table struct {
	Caption string
	Note    string
	Heads   []string
	Rows    [][]Cell
	Folded  bool // it has what a chart shows
}

// Cell is a cell of a table. The first one of a row is its head.
type Cell struct {
	Text  string
	Link  string // http or https; empty: none
	Mark  string // what is peculiar about it
	Below string // the change, smaller
}

// Account makes the groups of an account of its days by API, oldest first.
func Account(l texts.Language, apis []collector.API, days map[string][]Day) (groups []Group, err error) {
	for _, api := range apis {
		if len(days[api.Name]) == 0 || !Shown(api) {
			continue
		}
		g := Group{API: api.Name, Title: l.Pick(api.Title.English, api.Title.Chinese)}
		for _, v := range sheets.Views([]collector.Family{{APIs: []collector.API{api}}}) {
			g.Views = append(g.Views, View{v.Name, l.Pick(v.Title.English, v.Title.Chinese)})
		}
		for _, d := range slices.Backward(days[api.Name]) {
			if d.Open && len(g.Open) < 10 {
				g.Open = append(g.Open, day(l, d.Date))
			}
		}
		switch {
		case api.Kind == collector.Hourly:
			err = g.hours(l, api, days[api.Name])
		case len(api.Later) > 0:
			g.retention(l, api, days[api.Name])
		case api.Kind == collector.Article && !ranked(api):
			g.articles(l, api, days[api.Name])
		default:
			err = g.days(l, api, days[api.Name])
		}
		if err != nil {
			return nil, err
		}
		if len(g.Tables) > 0 || len(g.Tiles) > 0 || len(g.Open) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// daily is a stored day, read.
type daily struct {
	date    calendar.Day
	figures map[string]figure
}

// days fills the group of an API whose rows are of days, weeks or months.
func (g *Group) days(l texts.Language, api collector.API, stored []Day) error {
	var all []daily
	for _, d := range stored {
		if f := read(api, d.Rows)[""]; f != nil {
			all = append(all, daily{d.Date, f})
		}
	}
	if len(all) == 0 {
		return nil
	}
	newest := all[len(all)-1]
	g.Newest = day(l, newest.date)
	var totals []collector.Metric
	if !ranked(api) {
		totals = wholes(l, api, all)
	}
	for _, m := range totals {
		if v, ok := newest.figures[m.Name].total(); ok {
			g.Tiles = append(g.Tiles, tile(l, api, m, v, all))
		}
	}
	if api.Period == calendar.Daily && len(all) > 2 {
		if err := g.charts(l, totals, all); err != nil {
			return err
		}
	}
	g.Tables = append(g.Tables, partsTables(l, api, all)...)
	if len(totals) > 0 {
		g.Tables = append(g.Tables, daysTable(l, api.Period, totals, all))
	}
	return nil
}

// wholes are the metrics of which a day has one number. Some that are called alike are
// the same one, parted in several ways: another API has it.
func wholes(l texts.Language, api collector.API, all []daily) (metrics []collector.Metric) {
	times := map[string]int{}
	for _, m := range metricsOf(api) {
		times[title(l, m)]++
	}
	for _, m := range metricsOf(api) {
		if !m.Info && times[title(l, m)] == 1 && slices.ContainsFunc(all, func(d daily) bool { _, ok := d.figures[m.Name].total(); return ok }) {
			metrics = append(metrics, m)
		}
	}
	return metrics
}

// tile is a metric's figure of the newest day, against the same weekday a week before,
// and for months against the month before.
func tile(l texts.Language, api collector.API, m collector.Metric, v float64, all []daily) Tile {
	t := Tile{Title: title(l, m), Value: write(l, m, v)}
	earlier := all[len(all)-1].date - week
	if api.Period == calendar.Monthly || api.Period == calendar.HalfMonthly {
		earlier = api.Period.Step(all[len(all)-1].date, -1)
	}
	i := slices.IndexFunc(all, func(d daily) bool { return d.date == earlier })
	if i < 0 || m.Name == settlementStatus {
		return t
	}
	if before, ok := all[i].figures[m.Name].total(); ok {
		t.Change = difference(m.Unit, v-before)
		if m.Field != "" { // of a difference, a percentage says nothing
			t.Percent = percent(m.Unit, v, before)
		}
	}
	return t
}

// charts draws the metrics over days.
func (g *Group) charts(l texts.Language, metrics []collector.Metric, all []daily) error {
	first, last := all[0].date, all[len(all)-1].date
	var labels []string
	for d := first; d <= last; d++ {
		labels = append(labels, short(d, first))
	}
	var lines []line
	for _, m := range metrics {
		byDay := map[calendar.Day]float64{}
		for _, d := range all {
			if v, ok := d.figures[m.Name].total(); ok {
				byDay[d.date] = v
			}
		}
		one := line{name: title(l, m), unit: m.Unit}
		for d := first; d <= last; d++ {
			v, ok := byDay[d]
			if !ok {
				v = charts.GetNullValue()
			}
			one.values = append(one.values, v)
		}
		lines = append(lines, one)
	}
	return g.draw(labels, lines)
}

// short writes a day below a chart: with the year where a chart spans years.
func short(d, first calendar.Day) string {
	if d-first > 300 {
		return d.String()[:7]
	}
	return d.String()[5:]
}

// daysTable has what the charts show, newest first.
func daysTable(l texts.Language, p calendar.Period, metrics []collector.Metric, all []daily) Table {
	t := Table{Caption: l.Say("By day"), Heads: []string{l.Say("Day")}, Folded: true}
	if p != calendar.Daily { // there is no chart
		t = Table{Caption: l.Say("One by one"), Heads: []string{l.Say("Begins")}}
	}
	for _, m := range metrics {
		t.Heads = append(t.Heads, title(l, m))
	}
	for _, d := range slices.Backward(all) {
		row := []Cell{{Text: day(l, d.date)}}
		for _, m := range metrics {
			c := Cell{Text: "–"}
			if v, ok := d.figures[m.Name].total(); ok {
				c.Text = write(l, m, v)
			}
			row = append(row, c)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// cell writes a figure, or a dash where there is none.
func cell(unit string) func(float64, bool) Cell {
	return func(v float64, ok bool) Cell {
		if !ok {
			return Cell{Text: "–"}
		}
		return Cell{Text: number(unit, v)}
	}
}
