package main

import (
	"fmt"
	"slices"
	"strings"
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
	grey   = "#808080"
	plain  = "text"
)

// palette has a colour for each of a kind's codes, so that a code looks the same in
// every panel. All are seen on Grafana's dark and
// light grounds, and none looks like another.
var palette = []string{
	"#56A64B", "#0073E6", "#B27D00", "#8C1AFF", "#00B2A1", "#FF1A1A", "#C979D2", "#E26A36",
	"#1D95C9", "#FF1AA3", "#958E50", "#C6535E", "#00B200", "#FF4DFF", "#FF1A5E",
}

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

// ms is a unit that stays what it is: Grafana's own turns 1500 ms into 2 s beside
// 930 ms. A suffix gets a space before it.
const ms = "suffix:ms"

// yuan is locale with two decimals: the names of the figures say what they are of.
const yuan = "yuan"

// unitOf is a unit of Grafana's.
func unitOf(unit string) string {
	if unit == yuan {
		return "locale"
	}
	return unit
}

// seconds is a unit that has no words, such as minutes.
const seconds = "suffix:s"

// decimals are those of units, so that one figure looks the same everywhere.
var decimals = map[string]int{"locale": 0, ms: 0, "percentunit": 1, seconds: 1, yuan: 2}

// query is an expression and the key of the name of its values.
type query struct {
	expr  string
	name  string
	color string
}

func (b box) panel(l lang, kind string, d fieldDefaults, options any) *panel {
	d.Unit = unitOf(b.unit)
	if n, ok := decimals[b.unit]; ok && d.Decimals == nil {
		d.Decimals = &n
	}
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

// finest is as many points as Prometheus returns for a query.
const finest = 11000

// moment is the time range of panels that show the present whatever the picked
// range is. Grafana may evaluate an instant query at the end of the range rounded
// down to a step, which grows with the range: over five minutes it is the
// scrape interval.
const moment = "5m"

// instant has the panel evaluate queries once, at the end of the time range,
// into tables.
func (p *panel) instant(queries ...query) {
	for i, q := range queries {
		p.Targets = append(p.Targets, target{
			Datasource: prom, EditorMode: "code", Expr: q.expr, Format: "table", Instant: true, LegendFormat: "__auto", RefID: refID(i),
		})
	}
	p.MaxDataPoints, p.TimeFrom, p.HideTimeOverride = finest, moment, true
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
	return transformation{ID: "sortBy", Options: sortByOptions{Sort: []sortField{{field, desc}}}}
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
	return transformation{ID: "organize", Options: o}
}

func matrix(column, row string) transformation {
	return transformation{ID: "groupingToMatrix", Options: matrixOptions{ColumnField: column, RowField: row, ValueField: "Value", EmptyValue: "null"}}
}

// matrixOf is a matrix of one of several queries.
func matrixOf(query int, column, row string) transformation {
	t := matrix(column, row)
	o := t.Options.(matrixOptions)
	o.ValueField = "Value #" + refID(query)
	t.Options, t.Filter = o, &matcher{"byRefId", refID(query)}
	return t
}

// asTime reads dates in the viewer's zone, which is the dashboards' own.
func asTime(field string) transformation {
	return transformation{ID: "convertFieldType", Options: convertOptions{Conversions: []conversion{{field, "time", "YYYY-MM-DD"}}}}
}

// joined puts the queries' values of a day side by side, oldest day first.
func joined(l lang, queries []query) []transformation {
	names := map[string]string{}
	for i, q := range queries {
		names[valueField(i, len(queries))] = l.of(name(q.name))
	}
	var t []transformation
	if len(queries) > 1 {
		t = append(t, transformation{ID: "joinByField", Options: joinOptions{"date", "outer"}})
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

// codeNames shows codes, which are names of fields, as names for people, each
// in its colour. WeChat's codes are open sets: an unknown one says that it is a
// code.
func codeNames(l lang, kind string) []override {
	if kind == "" {
		return []override{}
	}
	o, at := []override{{matcher{"byRegexp", `^\d+$`}, []property{{"displayName", l.of(name("code.field"))}}}}, places(kind)
	for _, c := range codesOf(kind) {
		properties := []property{{"displayName", l.of(c.name)}}
		if len(at) <= len(palette) {
			properties = append(properties, fixed(palette[at[c.code]]))
		} // of more, two of those that are shown might have one colour: Grafana gives each its own
		o = append(o, byName(c.code, properties...))
	}
	return append(o, byName(others, property{"displayName", l.of(name("others"))}, fixed(grey)))
}

// kin are kinds that share names, such as Chat.
var kin = []string{"publish_scene", "read_source", "share_scene"}

// places gives the codes of a kind their places in the palette: what has one name has
// one colour, whatever kind it is of.
func places(kind string) (at map[string]int) {
	known := map[string]int{} // by name
	for _, k := range append(slices.Clone(kin), kind) {
		all, taken, next := codesOf(k), map[int]bool{}, 0
		at = map[string]int{}
		for _, c := range all {
			if place, ok := known[c.name.en]; ok {
				at[c.code], taken[place] = place, true
			}
		}
		for _, c := range all {
			if _, ok := at[c.code]; ok {
				continue
			}
			for taken[next] {
				next++
			}
			at[c.code], known[c.name.en], taken[next] = next, next, true
		}
		if k == kind {
			break
		}
	}
	return at
}

// shortDay shows the dates of an axis of text as the axes of time do.
func shortDay(field string) override {
	return byName(field, property{"custom.axisLabel", ""}, property{"mappings", []any{
		map[string]any{"type": "regex", "options": map[string]any{"pattern": `^\d{4}-(\d\d)-(\d\d)$`, "result": mapResult{Text: "$1/$2"}}},
	}})
}

// whenEmpty has a panel without data say so in the board's language. Of tables the text
// would also stand in every empty cell, so their fields have none.
func (p *panel) whenEmpty(l lang) {
	if p.FieldConfig == nil {
		return
	}
	if p.FieldConfig.Defaults.NoValue == "" {
		p.FieldConfig.Defaults.NoValue = l.of(name("none"))
	}
	if p.Type == "table" {
		p.FieldConfig.Overrides = append([]override{{matcher{"byRegexp", "/.*/"}, []property{{"noValue", ""}}}}, p.FieldConfig.Overrides...)
	}
}

// codeMappings shows codes, which are values, as names for people.
func codeMappings(l lang, kind string) []any {
	m := map[string]mapResult{}
	for i, c := range codesOf(kind) {
		m[c.code] = mapResult{Color: c.color, Index: i, Text: l.of(c.name)}
	}
	other := mapResult{Index: len(m), Text: l.of(name("code.value"))}
	if len(m) > 0 && codesOf(kind)[0].color != "" {
		other.Color = orange // nobody knows whether it needs somebody
	}
	return []any{valueMap{"value", m}, map[string]any{"type": "regex", "options": map[string]any{"pattern": `^(\d+)$`, "result": other}}}
}

// special shows values that are no figures.
func special(match string, r mapResult) any {
	return map[string]any{"type": "special", "options": map[string]any{"match": match, "result": r}}
}

// boardURL is where a board is, by the key of its words.
func boardURL(l lang, key string) string { return "/d/" + l.uid("wx-"+strings.ToLower(key)) }

// chosenURL is a board with the variables as they are chosen.
func chosenURL(l lang, key string) string {
	return boardURL(l, key) + "?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&${account:queryparam}"
}

// accountURL is a board of one account, of any exporter: with /sd its figures and
// its states have different jobs and instances.
func accountURL(l lang, key, account string) string {
	return boardURL(l, key) + "?${datasource:queryparam}&var-account=" + account
}
