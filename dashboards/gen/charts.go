package main

// bars shows one or two measures of each day side by side; more would be
// hairlines. Or one of them up, and one that is lost down.
type bars struct {
	box
	queries []query
	down    bool
	span    string // that the queries look back; "" = the present
}

func (b bars) draw(l lang) *panel {
	stacking := "none"
	if b.down {
		stacking = "normal"
	}
	p := b.panel(l, "barchart", barDefaults(), barOptions("date", stacking))
	p.instant(b.queries...)
	p.Transformations = joined(l, b.queries)
	p.FieldConfig.Overrides = append(colours(l, b.queries), shortDay("date"))
	if b.span != "" {
		p.TimeFrom = b.span
	}
	return p
}

// stacked shows a measure of each day by the value of a label. codes is the
// kind of codes that the label has, "" for none.
type stacked struct {
	box
	expr  string
	by    string
	codes string
	parts bool   // of the whole, where it is none of the figures
	axis  string // the key of what is counted, where the legend does not say it
}

func (s stacked) draw(l lang) *panel {
	x := l.of(name("date"))
	stacking := "normal"
	if s.parts {
		stacking = "percent"
	}
	d := barDefaults()
	if s.axis != "" {
		d.Custom["axisLabel"] = l.of(name(s.axis))
	}
	p := s.panel(l, "barchart", d, barOptions(x, stacking))
	p.instant(query{expr: s.expr})
	key := matrixName("date", s.by)
	p.Transformations = []transformation{sortBy(s.by, false), matrix(s.by, "date"), sortBy(key, false), organize(map[string]string{key: x})}
	p.FieldConfig.Overrides = append(codeNames(l, s.codes), shortDay(x))
	return p
}

// window is the exporter's window of days as it is by default, and year is how
// far the panels of history reach.
const (
	window = "31d" // to the begin of the thirtieth day
	year   = "1y"
)

// curve shows measures of each day on a real axis of time. Its queries look
// near the end of the range.
type curve struct {
	box
	queries []query
	span    string // of the axis
	levels  []step // drawn in
	style   string // line or bars; "" = line
	least   *float64
	most    *float64 // at least so far up goes the axis
}

func (s curve) draw(l lang) *panel {
	d := lineDefaults()
	d.Min = s.least
	if s.levels != nil {
		d.Thresholds = &thresholds{"absolute", s.levels}
		d.Custom["thresholdsStyle"] = map[string]any{"mode": "line"}
	}
	if s.most != nil {
		d.Custom["axisSoftMax"] = *s.most
	}
	if s.style == "bars" {
		d.Custom["drawStyle"], d.Custom["barAlignment"], d.Custom["fillOpacity"], d.Custom["lineWidth"] = "bars", 1, 80, 0
	}
	p := s.panel(l, "timeseries", d, timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.instant(s.queries...)
	p.Transformations = append(joined(l, s.queries), asTime("date"))
	p.FieldConfig.Overrides = colours(l, s.queries)
	p.TimeFrom = s.span
	return p
}

// curvesBy shows a measure of each day on a real axis of time, a line for each
// value of a label.
type curvesBy struct {
	box
	expr  string
	by    string
	day   string // the label that has the day
	span  string
	least *float64
}

func (s curvesBy) draw(l lang) *panel {
	d := lineDefaults()
	d.Min = s.least
	d.Custom["fillOpacity"] = 0 // lines lie over each other
	p := s.panel(l, "timeseries", d, timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.instant(query{expr: s.expr})
	key := matrixName(s.day, s.by)
	p.Transformations = []transformation{sortBy(s.by, false), matrix(s.by, s.day), sortBy(key, false), asTime(key)}
	for _, c := range codesOf(map[string]string{"phase": "phase"}[s.by]) {
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, byName(c.code, property{"displayName", l.of(c.name)}))
	}
	p.TimeFrom = s.span
	return p
}

// graph shows series over the time of the scrapes, as the exporter's own.
type graph struct {
	box
	expr   string
	legend string
	stack  bool
	codes  string // the kind of the codes that the legend shows
}

func (g graph) draw(l lang) *panel {
	d := lineDefaults()
	d.Custom["lineWidth"], d.Custom["spanNulls"] = 1, false
	if g.stack {
		d.Custom["fillOpacity"], d.Custom["stacking"] = 40, map[string]any{"mode": "normal", "group": "A"}
	}
	d.Min = new(0.0)
	if g.codes != "" { // counts, which are often 0
		d.Custom["drawStyle"], d.Custom["fillOpacity"], d.Custom["axisSoftMax"] = "bars", 80, 10
	}
	p := g.panel(l, "timeseries", d, timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.Targets = []target{{Datasource: prom, EditorMode: "code", Expr: g.expr, Format: "time_series", Range: true, LegendFormat: g.legend, RefID: "A"}}
	for _, c := range codesOf(g.codes) {
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, byName(c.code, property{"displayName", l.of(c.name)}))
	}
	// With steps of an hour a Prometheus that is minutes old would look empty
	// over 30 days; these are steps of five minutes.
	p.MaxDataPoints = 8640
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
	return legendOptions{Calcs: []string{"lastNotNull"}, DisplayMode: "list", Placement: "bottom", ShowLegend: true}
}
