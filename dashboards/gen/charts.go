package main

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
	d.Min = new(0.0)
	p := g.panel(l, "timeseries", d, timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.Targets = []target{{Datasource: prom, EditorMode: "code", Expr: g.expr, Format: "time_series", Range: true, LegendFormat: g.legend, RefID: "A"}}
	return p
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

func lineDefaults() fieldDefaults {
	return fieldDefaults{
		Color:  &color{Mode: "palette-classic"},
		Custom: map[string]any{"drawStyle": "line", "fillOpacity": 10, "lineWidth": 2, "pointSize": 6, "showPoints": "auto", "spanNulls": true, "axisPlacement": "auto", "axisLabel": ""},
	}
}

func legend() legendOptions {
	return legendOptions{Calcs: []string{}, DisplayMode: "list", Placement: "bottom", ShowLegend: true}
}
