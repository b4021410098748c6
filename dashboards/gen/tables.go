package main

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
		d.Color, d.Min = &color{Mode: s.color}, new(0.0)
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
