package main

import "fmt"

// cell is how a table draws a cell.
func cell(kind string) []property {
	options := map[string]any{"type": kind}
	if kind == "color-background" || kind == "gauge" {
		options["mode"] = "basic"
	}
	return []property{{"custom.cellOptions", options}}
}

// grid shows values as coloured cells, by one label down and another across.
type grid struct {
	box
	expr   string // by (row, column)
	row    string
	column string
	down   string               // the key of the rows' name
	codes  string               // the kind of the rows' codes
	years  bool                 // columns keep the year of their dates
	words  map[string]mapResult // for rows, keys of names
	last   bool                 // the last row first
	wide   int                  // of the rows' names; 0 = 110
	steps  []step
	color  string // of the scheme when there are no steps
	zeros  bool   // what is not there is 0
}

func (s grid) draw(l lang) *panel {
	custom := map[string]any{"align": "center", "filterable": false, "minWidth": 40}
	for _, c := range cell("color-background") {
		custom[c.ID[len("custom."):]] = c.Value
	}
	d := fieldDefaults{Custom: custom}
	if s.steps != nil {
		d.Color, d.Thresholds = &color{Mode: "thresholds"}, &thresholds{"absolute", s.steps}
	} else {
		d.Color, d.Min = &color{Mode: s.color}, new(0.0)
	}
	p := s.panel(l, "table", d, tableOptions{ShowHeader: true})
	p.instant(query{expr: s.expr})
	key, head := matrixName(s.row, s.column), l.of(name(s.down))
	p.Transformations = []transformation{sortBy(s.column, false), matrix(s.column, s.row), sortBy(key, s.last), organize(map[string]string{key: head})}
	if s.zeros {
		o := p.Transformations[1].Options.(matrixOptions)
		o.EmptyValue = "zero"
		p.Transformations[1].Options = o
	}
	if (s.column == "date" || s.column == "week") && !s.years { // sorted with their years, shown without
		p.Transformations = append(p.Transformations, transformation{ID: "renameByRegex", Options: renameOptions{`^\d{4}-(\d\d-\d\d)$`, "$1"}})
	}
	p.FieldConfig.Defaults.Mappings = []any{special("nan", mapResult{Text: absent})}
	wide := s.wide
	if wide == 0 {
		wide = 110
	}
	properties := append(cell("auto"), property{"custom.width", wide}, property{"custom.align", "left"}, property{"unit", "string"}) // 2026 is no quantity
	if s.words != nil {
		properties = append(properties, property{"mappings", []any{valueMap{"value", translated(l, s.words)}}})
	}
	if s.codes != "" {
		properties = append(properties, property{"mappings", codeMappings(l, s.codes)})
	}
	p.FieldConfig.Overrides = []override{byName(head, properties...)}
	return p
}

// hours shows a count by day and hour, newest day first: where nothing was counted
// it is 0.
func hours(b box, expr string, scheme string) grid {
	return grid{box: b, expr: dayHours(expr, "0"), row: "date", column: "hour", down: "date", last: true, color: scheme, zeros: true}
}

// times shows by day and hour how long something took: nothing where nothing was asked.
func times(b box, expr string, steps []step, scheme string) grid {
	return grid{box: b, expr: dayHours(expr, "NaN"), row: "date", column: "hour", down: "date", last: true, steps: steps, color: scheme}
}

// column is a column of a table: a label, or the values of a query.
type column struct {
	label  string // or
	expr   string
	name   string               // key
	unit   string               // of values
	codes  string               // kind of the codes of a label
	width  int                  // 0: what the others leave
	least  int                  // of a column without a width; 0 = 60
	steps  []step               // colours of values
	words  map[string]mapResult // words for values, keys of names
	link   string               // the key of the column that holds the cell's link
	url    string               // the cell's link itself
	boards []string             // the boards of the cell's account that it leads to, by their keys
	gauge  string               // colour of the bar that a value has
	hide   bool
	search bool // its head has a funnel, which takes a part of the width
	gaps   bool // -1 stands for a value that is not there
	never  bool // times since the epoch stand for what has never been
	quiet  bool // the table has a row without values
}

// table shows the queries' values side by side for equal labels.
type table struct {
	box
	columns []column
	sort    string // the key of the name of a column without gaps, largest first
	quiet   *quiet
}

// quiet is a row that stands alone in a table when there is nothing to show: what is
// known to be well, or that nothing is known. A field's "no value" would also stand
// in each empty cell, and take silence for health.
type quiet struct {
	label string // the column that has the words
	words string // their key
	color string // of the words
	known string // a vector that is there when what is not shown is known not to be
}

// absent is the text of a value that is not there.
const absent = "–"

// unknown is a value that labels have in rows of what nobody tells of, and the key
// of its words.
const unknown = "unknown"

// or is a vector, or the row.
func (q *quiet) or(vector string) string {
	if q == nil {
		return vector
	}
	return fmt.Sprintf("sort_desc((%s) or on () %s or on () %s)",
		vector, labelled("group("+q.known+") * NaN", q.label, q.words), labelled("vector(NaN)", q.label, unknown))
}

// has tells whether the row's words stand in the column.
func (q *quiet) has(c column) bool { return q != nil && q.label == c.label }

func (t table) draw(l lang) *panel {
	d := fieldDefaults{Custom: map[string]any{"align": "auto", "filterable": false, "minWidth": 60}, FieldMinMax: true}
	for _, c := range cell("auto") {
		d.Custom[c.ID[len("custom."):]] = c.Value
	}
	p := t.panel(l, "table", d, tableOptions{ShowHeader: true})
	var queries []query
	key := t.pivot()
	for _, c := range t.columns {
		switch {
		case c.expr == "":
		case key == "":
			queries = append(queries, query{expr: t.quiet.or(c.expr)})
		default:
			part := labelled(c.expr, "column", c.name)
			if len(queries) == 0 {
				queries = []query{{expr: part}}
			} else {
				queries[0].expr += " or " + part
			}
		}
	}
	p.instant(queries...)
	names, order, n := map[string]string{}, map[string]int{}, 0
	for i, c := range t.columns {
		field := c.label
		switch {
		case c.expr != "" && key == "":
			field = valueField(n, len(queries))
			n++
		case c.expr != "":
			field = c.name
		case key != "":
			field = matrixName(key, "column")
		}
		c.quiet = t.quiet != nil
		if t.quiet.has(c) {
			c.words = map[string]mapResult{t.quiet.words: {t.quiet.color, 90, t.quiet.words}, unknown: {orange, 91, unknown}}
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
	together := transformation{ID: "merge", Options: struct{}{}}
	if key != "" {
		together = matrix("column", key)
	}
	p.Transformations = []transformation{together, o, sortBy(l.of(name(t.sort)), true)}
	return p
}

// pivot is the label of a table that has one and several figures by it: those come in
// one query, which tells them apart by the label column.
func (t table) pivot() (label string) {
	figures := 0
	for _, c := range t.columns {
		if c.expr != "" {
			figures++
			continue
		}
		if label != "" || t.quiet != nil {
			return ""
		}
		label = c.label
	}
	if figures < 2 {
		return ""
	}
	return label
}

func (c column) override(l lang) override {
	o := byName(l.of(name(c.name)))
	add := func(id string, value any) { o.Properties = append(o.Properties, property{id, value}) }
	if c.unit != "" {
		add("unit", unitOf(c.unit))
	}
	if n, ok := decimals[c.unit]; ok {
		add("decimals", n)
	}
	if c.search {
		add("custom.filterable", true)
	}
	var mappings []any
	if c.codes != "" {
		mappings = codeMappings(l, c.codes)
	}
	if c.words != nil {
		mappings = append(mappings, valueMap{"value", translated(l, c.words)})
	}
	if c.quiet && c.expr != "" {
		mappings = append(mappings, special("nan", mapResult{Text: absent}))
	}
	if c.gaps {
		mappings = append(mappings, valueMap{"value", map[string]mapResult{"-1": {Text: absent}}})
	}
	if c.never {
		mappings = append(mappings, map[string]any{"type": "range", "options": map[string]any{"from": 1e9, "to": 1e12, "result": mapResult{Text: l.of(name("never"))}}})
	}
	if mappings != nil {
		add("mappings", mappings)
	}
	if c.words != nil { // what has no words of its own is neither good nor bad
		add("thresholds", thresholds{"absolute", above(plain)})
		add("color", color{Mode: "thresholds"})
		o.Properties = append(o.Properties, cell("color-text")...)
	}
	if c.width > 0 {
		add("custom.width", c.width)
	}
	if c.least > 0 {
		add("custom.minWidth", c.least)
	}
	if c.steps != nil {
		add("thresholds", thresholds{"absolute", c.steps})
		add("color", color{Mode: "thresholds"})
		o.Properties = append(o.Properties, cell("color-text")...)
	}
	if c.gauge != "" {
		add("min", 0)
		if c.unit == "percentunit" || c.unit == "s" {
			add("max", 1)
		}
		add("color", color{"fixed", c.gauge})
		o.Properties = append(o.Properties, cell("gauge")...)
	}
	if c.link != "" {
		add("links", []dataLink{{Title: l.of(name("open")), URL: `${__data.fields["` + l.of(name(c.link)) + `"]}`, TargetBlank: true}})
	}
	if c.url != "" {
		add("links", []dataLink{{Title: l.of(name("follow")), URL: c.url}})
	}
	if c.boards != nil {
		var links []dataLink
		for _, key := range c.boards {
			links = append(links, dataLink{Title: l.of(panelText(key).title), URL: accountURL(l, key, "${__value.raw}")})
		}
		add("links", links)
	}
	if c.hide {
		add("custom.hidden", true)
	}
	return o
}
