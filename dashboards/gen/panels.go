package main

import (
	"fmt"
	"slices"
)

// prom is the data source that the viewer chooses.
var prom = datasource{Type: "prometheus", UID: "${datasource}"}

// Colours have a meaning: what grows, what is lost or fails, what needs a
// look, and everything else.
const (
	green  = "green"
	red    = "red"
	orange = "orange"
	blue   = "blue"
	purple = "purple"
)

// matrixName is the name that groupingToMatrix gives to its column of rows.
func matrixName(row, column string) string { return row + `\` + column }

// drawer is a panel that can be drawn in any language.
type drawer interface {
	draw(l lang) *panel
}

// box is what all panels have: the key of their words, their size in the grid
// of 24 columns, and a unit.
type box struct {
	key  string
	w, h int
	unit string
}

// query is an expression and the key of the name of its values.
type query struct {
	expr  string
	name  string
	color string
}

func (b box) panel(l lang, kind string, d fieldDefaults, options any) *panel {
	d.Unit = b.unit
	d.Mappings = []any{}
	t := panelText(b.key)
	return &panel{
		Datasource:  &prom,
		Description: l.of(t.help),
		FieldConfig: &fieldConfig{Defaults: d, Overrides: []override{}},
		GridPos:     gridPos{W: b.w, H: b.h},
		Options:     options,
		Title:       l.of(t.title),
		Type:        kind,
	}
}

// instant makes targets of queries that are evaluated once, at the end of the
// time range, into tables.
func instant(queries ...query) []target {
	var targets []target
	for i, q := range queries {
		targets = append(targets, target{
			Datasource: prom, EditorMode: "code", Expr: q.expr, Format: "table", Instant: true, LegendFormat: "__auto", RefID: refID(i),
		})
	}
	return targets
}

func refID(i int) string { return string(rune('A' + i)) }

// valueField is the name of the i-th of n queries' values.
func valueField(i, n int) string {
	if n == 1 {
		return "Value"
	}
	return "Value #" + refID(i)
}

func sortBy(field string, desc bool) transformation {
	return transformation{"sortBy", sortByOptions{Sort: []sortField{{field, desc}}}}
}

// organize drops the times of the queries, and renames.
func organize(names map[string]string, drop ...string) transformation {
	o := organizeOptions{ExcludeByName: map[string]bool{"Time": true}, IndexByName: map[string]int{}, RenameByName: names}
	for i := range 8 {
		o.ExcludeByName[fmt.Sprintf("Time %d", i+1)] = true
	}
	for _, d := range drop {
		o.ExcludeByName[d] = true
	}
	return transformation{"organize", o}
}

func matrix(column, row string) transformation {
	return transformation{"groupingToMatrix", matrixOptions{ColumnField: column, RowField: row, ValueField: "Value", EmptyValue: "null"}}
}

// asTime reads dates in the viewer's zone, which is the dashboards' own.
func asTime(field string) transformation {
	return transformation{"convertFieldType", convertOptions{Conversions: []conversion{{field, "time", "YYYY-MM-DD"}}}}
}

// joined puts the queries' values of a day side by side, oldest day first.
func joined(l lang, queries []query) []transformation {
	names := map[string]string{}
	for i, q := range queries {
		names[valueField(i, len(queries))] = l.of(name(q.name))
	}
	var t []transformation
	if len(queries) > 1 {
		t = append(t, transformation{"joinByField", joinOptions{"date", "outer"}})
	}
	return append(t, sortBy("date", false), organize(names))
}

func byName(name string, properties ...property) override {
	return override{matcher{"byName", name}, properties}
}

func fixed(c string) property { return property{"color", color{"fixed", c}} }

// colours gives the queries' values their colours.
func colours(l lang, queries []query) []override {
	o := []override{}
	for _, q := range queries {
		if q.color != "" {
			o = append(o, byName(l.of(name(q.name)), fixed(q.color)))
		}
	}
	return o
}

// codeNames shows codes, which are names of fields, as names for people.
func codeNames(l lang, kind string) []override {
	o := []override{}
	for _, c := range codesOf(kind) {
		o = append(o, byName(c.code, property{"displayName", l.of(c.name)}))
	}
	return o
}

func legend() legendOptions {
	return legendOptions{Calcs: []string{}, DisplayMode: "list", Placement: "bottom", ShowLegend: true}
}

func barOptions(x string, stacking string) barChartOptions {
	return barChartOptions{
		BarWidth: 0.9, GroupWidth: 0.8, Legend: legend(), Orientation: "auto", ShowValue: "never", Stacking: stacking,
		Tooltip: tooltipOptions{"multi", "desc"}, XField: x, XTickLabelSpacing: 100,
	}
}

func barDefaults() fieldDefaults {
	return fieldDefaults{
		Color:  &color{Mode: "palette-classic"},
		Custom: map[string]any{"fillOpacity": 80, "lineWidth": 0, "axisPlacement": "auto", "axisLabel": ""},
	}
}

// bars shows measures of each day side by side.
type bars struct {
	box
	queries []query
}

func (b bars) draw(l lang) *panel {
	p := b.panel(l, "barchart", barDefaults(), barOptions("date", "none"))
	p.Targets = instant(b.queries...)
	p.Transformations = joined(l, b.queries)
	p.FieldConfig.Overrides = colours(l, b.queries)
	return p
}

// stacked shows a measure of each day by the value of a label. codes is the
// kind of codes that the label has, "" for none.
type stacked struct {
	box
	expr  string
	by    string
	codes string
	mode  string // of stacking; "" = normal
}

func (s stacked) draw(l lang) *panel {
	mode := s.mode
	if mode == "" {
		mode = "normal"
	}
	x := l.of(name("date"))
	p := s.panel(l, "barchart", barDefaults(), barOptions(x, mode))
	p.Targets = instant(query{expr: s.expr})
	key := matrixName("date", s.by)
	p.Transformations = []transformation{sortBy(s.by, false), matrix(s.by, "date"), sortBy(key, false), organize(map[string]string{key: x})}
	p.FieldConfig.Overrides = codeNames(l, s.codes)
	return p
}

// window is the exporter's window of days as it is by default.
const window = "30d"

// lines shows measures of each day on a real axis of time.
type lines struct {
	box
	queries []query
	span    string // of the axis; "" = the exporter's window
}

func (s lines) draw(l lang) *panel {
	p := s.panel(l, "timeseries", lineDefaults(), timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.Targets = instant(s.queries...)
	p.Transformations = append(joined(l, s.queries), asTime("date"))
	p.FieldConfig.Overrides = colours(l, s.queries)
	p.TimeFrom, p.HideTimeOverride = s.span, true
	if s.span == "" {
		p.TimeFrom = window
	}
	return p
}

func lineDefaults() fieldDefaults {
	return fieldDefaults{
		Color:  &color{Mode: "palette-classic"},
		Custom: map[string]any{"drawStyle": "line", "fillOpacity": 10, "lineWidth": 2, "pointSize": 6, "showPoints": "auto", "spanNulls": true, "axisPlacement": "auto", "axisLabel": ""},
	}
}

// linesBy shows a measure of each day on a real axis of time, a line for each
// value of a label.
type linesBy struct {
	box
	expr string
	by   string
}

func (s linesBy) draw(l lang) *panel {
	p := s.panel(l, "timeseries", lineDefaults(), timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.Targets = instant(query{expr: s.expr})
	key := matrixName("date", s.by)
	p.Transformations = []transformation{sortBy(s.by, false), matrix(s.by, "date"), sortBy(key, false), asTime(key)}
	p.TimeFrom, p.HideTimeOverride = window, true
	return p
}

// stat shows the newest day of a measure and, small, the days before.
type stat struct {
	box
	expr  string // by (date)
	color string
	steps []step // instead of color
}

func (s stat) draw(l lang) *panel {
	p := s.panel(l, "stat", s.defaults(l), statPanel("area"))
	p.Targets = instant(query{expr: s.expr})
	p.Transformations = []transformation{organize(map[string]string{}), sortBy("date", false), asTime("date")}
	return p
}

// defaults: an empty stat takes the base threshold's colour, so it says that it
// is empty.
func (s stat) defaults(l lang) fieldDefaults {
	d := fieldDefaults{Color: &color{Mode: "thresholds"}, NoValue: l.of(name("none"))}
	steps := s.steps
	if steps == nil {
		steps = []step{{Color: s.color}}
	}
	d.Thresholds = &thresholds{"absolute", steps}
	return d
}

func statPanel(graph string) statOptions {
	return statOptions{ColorMode: "value", GraphMode: graph, JustifyMode: "auto", Orientation: "auto",
		ReduceOptions: reduceOptions{Calcs: []string{"lastNotNull"}}, TextMode: "value"}
}

// figure shows one number of the moment.
type figure struct {
	stat
	mapping map[string]mapResult // words for values
}

func (s figure) draw(l lang) *panel {
	p := s.panel(l, "stat", s.defaults(l), statPanel("none"))
	p.Targets = instant(query{expr: s.expr})
	p.Transformations = []transformation{organize(map[string]string{})}
	if s.mapping != nil {
		p.FieldConfig.Defaults.Mappings = []any{valueMap{"value", translated(l, s.mapping)}}
	}
	return p
}

// translated replaces the keys of names in a mapping by the names.
func translated(l lang, mapping map[string]mapResult) map[string]mapResult {
	out := map[string]mapResult{}
	for value, r := range mapping {
		r.Text = l.of(name(r.Text))
		out[value] = r
	}
	return out
}

// above makes thresholds: the first colour, and others from given values on.
func above(first string, more ...any) []step {
	steps := []step{{Color: first}}
	for i := 0; i < len(more); i += 2 {
		steps = append(steps, step{more[i+1].(string), ptr(more[i].(float64))})
	}
	return steps
}

// pie shows the parts of a sum over the whole window.
type pie struct {
	box
	expr  string // by (by)
	by    string
	codes string
}

func (s pie) draw(l lang) *panel {
	o := pieChartOptions{
		DisplayLabels: []string{"percent"}, PieType: "donut", ReduceOptions: reduceOptions{Calcs: []string{"lastNotNull"}},
		Legend:  legendOptions{Calcs: []string{}, DisplayMode: "table", Placement: "right", ShowLegend: true},
		Tooltip: tooltipOptions{"single", "none"},
	}
	p := s.panel(l, "piechart", fieldDefaults{Color: &color{Mode: "palette-classic"}}, o)
	p.Targets = instant(query{expr: s.expr})
	// One row, as all values have the same time, with a field for each part.
	p.Transformations = []transformation{matrix(s.by, "Time"), organize(map[string]string{}, matrixName("Time", s.by))}
	p.FieldConfig.Overrides = codeNames(l, s.codes)
	return p
}

func codeMappings(l lang, kind string) []any {
	m := map[string]mapResult{}
	for i, c := range codesOf(kind) {
		m[c.code] = mapResult{Index: i, Text: l.of(c.name)}
	}
	if len(m) == 0 {
		return []any{}
	}
	return []any{valueMap{"value", m}}
}

// ranking shows a bar for each value of a label, in the expression's order.
type ranking struct {
	box
	expr  string
	by    string
	steps []step
	max   *float64
}

func (s ranking) draw(l lang) *panel {
	o := barGaugeOptions{DisplayMode: "basic", MinVizHeight: 10, Orientation: "horizontal", ShowUnfilled: true,
		ReduceOptions: reduceOptions{Calcs: []string{"lastNotNull"}, Values: true}}
	d := fieldDefaults{Color: &color{Mode: "thresholds"}, Thresholds: &thresholds{"absolute", s.steps}, Min: ptr(0.0), Max: s.max}
	p := s.panel(l, "bargauge", d, o)
	p.Targets = instant(query{expr: s.expr})
	p.Transformations = []transformation{organize(map[string]string{})}
	return p
}

// hours shows a measure as a table of coloured cells: days down, hours across.
type hours struct {
	box
	expr  string // by (date, hour)
	steps []step
	color string // of the scheme when there are no steps
}

func (s hours) draw(l lang) *panel {
	d := fieldDefaults{Custom: map[string]any{"align": "center", "displayMode": "color-background", "filterable": false, "minWidth": 44}}
	if s.steps != nil {
		d.Color, d.Thresholds = &color{Mode: "thresholds"}, &thresholds{"absolute", s.steps}
	} else {
		d.Color, d.Min = &color{Mode: s.color}, ptr(0.0)
	}
	p := s.panel(l, "table", d, tableOptions{ShowHeader: true})
	p.Targets = instant(query{expr: s.expr})
	key, day := matrixName("date", "hour"), l.of(name("date"))
	p.Transformations = []transformation{sortBy("hour", false), matrix("hour", "date"), sortBy(key, true), organize(map[string]string{key: day})}
	p.FieldConfig.Overrides = []override{byName(day, property{"custom.displayMode", "auto"}, property{"custom.width", 110}, property{"custom.align", "left"})}
	return p
}

// column is a column of a table: a label, or the values of a query.
type column struct {
	label string // or
	expr  string
	name  string // key
	unit  string // of values
	codes string // kind of the codes of a label
	width int
	steps []step               // colours of values
	words map[string]mapResult // words for values, keys of names
	link  string               // the key of the column that holds the cell's link
	hide  bool
}

// table shows the queries' values side by side for equal labels.
type table struct {
	box
	columns []column
	sort    string // the key of the column's name, largest first
}

func (t table) draw(l lang) *panel {
	p := t.panel(l, "table", fieldDefaults{Custom: map[string]any{"align": "auto", "displayMode": "auto", "filterable": true}}, tableOptions{ShowHeader: true})
	var queries []query
	for _, c := range t.columns {
		if c.expr != "" {
			queries = append(queries, query{expr: c.expr})
		}
	}
	p.Targets = instant(queries...)
	names, order, n := map[string]string{}, map[string]int{}, 0
	for i, c := range t.columns {
		field := c.label
		if c.expr != "" {
			field = valueField(n, len(queries))
			n++
		}
		names[field], order[field] = l.of(name(c.name)), i
		if o := c.override(l); len(o.Properties) > 0 {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, o)
		}
	}
	o := organize(names)
	options := o.Options.(organizeOptions)
	options.IndexByName = order
	o.Options = options
	p.Transformations = []transformation{{"merge", struct{}{}}, o, sortBy(l.of(name(t.sort)), true)}
	return p
}

func (c column) override(l lang) override {
	o := byName(l.of(name(c.name)))
	add := func(id string, value any) { o.Properties = append(o.Properties, property{id, value}) }
	if c.unit != "" {
		add("unit", c.unit)
	}
	if c.codes != "" {
		add("mappings", codeMappings(l, c.codes))
	}
	if c.words != nil {
		add("mappings", []any{valueMap{"value", translated(l, c.words)}})
		add("custom.displayMode", "color-text")
	}
	if c.width > 0 {
		add("custom.width", c.width)
	}
	if c.steps != nil {
		add("thresholds", thresholds{"absolute", c.steps})
		add("color", color{Mode: "thresholds"})
		add("custom.displayMode", "color-text")
	}
	if c.link != "" {
		add("links", []map[string]any{{"title": l.of(name("open")), "url": "${__data.fields[\"" + l.of(name(c.link)) + "\"]}", "targetBlank": true}})
	}
	if c.hide {
		add("custom.hidden", true)
	}
	return o
}

// graph shows series over the time of the scrapes, as the exporter's own.
type graph struct {
	box
	expr   string
	legend string
	stack  bool
}

func (g graph) draw(l lang) *panel {
	d := lineDefaults()
	d.Custom["lineWidth"], d.Custom["showPoints"], d.Custom["spanNulls"] = 1, "never", false
	if g.stack {
		d.Custom["fillOpacity"], d.Custom["stacking"] = 40, map[string]any{"mode": "normal", "group": "A"}
	}
	d.Min = ptr(0.0)
	p := g.panel(l, "timeseries", d, timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.Targets = []target{{Datasource: prom, EditorMode: "code", Expr: g.expr, Format: "time_series", Range: true, LegendFormat: g.legend, RefID: "A"}}
	return p
}

// section is a row of the dashboard and its panels.
type section struct {
	key       string
	collapsed bool
	panels    []drawer
}

// layout numbers the panels and places them, from left to right and from top
// to bottom.
func layout(l lang, sections []section) []*panel {
	var all []*panel
	id, y := 0, 0
	for _, s := range sections {
		id++
		head := &panel{ID: id, Type: "row", Title: l.of(panelText(s.key).title), Collapsed: ptr(s.collapsed), Panels: &[]*panel{}, GridPos: gridPos{W: 24, H: 1, Y: y}}
		all = append(all, head)
		y++
		x, high := 0, 0
		var inside []*panel
		for _, d := range s.panels {
			p := d.draw(l)
			id++
			p.ID = id
			if x+p.GridPos.W > 24 {
				x, y, high = 0, y+high, 0
			}
			p.GridPos.X, p.GridPos.Y = x, y
			x, high = x+p.GridPos.W, max(high, p.GridPos.H)
			inside = append(inside, p)
		}
		if s.collapsed {
			head.Panels = &inside
			y = head.GridPos.Y + 1
			continue
		}
		all = append(all, inside...)
		y += high
	}
	return slices.Clip(all)
}
