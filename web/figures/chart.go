package figures

import (
	"fmt"
	"html/template"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/go-analyze/charts"
)

// Colours of a chart are markers, which become variables of the page's style: light
// and dark have colours of their own. Lines have a stroke of their own each, for those
// who do not tell colours apart.
var (
	markers = strings.NewReplacer(
		"rgb(1,1,1)", "var(--quiet)", "rgb(1,1,2)", "var(--line)", "rgb(1,1,3)", "var(--quiet)",
		"rgb(2,1,1)", "var(--c1)", "rgb(2,1,2)", "var(--c2);stroke-dasharray:9 3", "rgb(2,1,3)", "var(--c3);stroke-dasharray:4 2", "rgb(2,1,4)", "var(--c4);stroke-dasharray:2 2",
		"fill:rgb(255,255,255)", "fill:none", ";font-family:'Roboto Medium',sans-serif", "",
	)
	opening = regexp.MustCompile(`^<svg [^>]*>`)
)

const (
	chartWidth  = 420 // as wide as a phone, so that its text can be read there
	chartHeight = 190
	maxLines    = 4  // more cannot be told apart
	maxScale    = 20 // between lines of a chart
)

// line is a metric over the days or hours of a chart.
type line struct {
	name   string
	unit   string
	values []float64 // charts.GetNullValue() where there is none
}

// draw adds charts of the lines, those of a unit and a scale together.
func (g *Group) draw(labels []string, lines []line) error {
	var drawn [][]line
	for _, one := range lines {
		i := slices.IndexFunc(drawn, func(some []line) bool { return len(some) < maxLines && some[0].fits(one) })
		if i < 0 {
			drawn, i = append(drawn, nil), len(drawn)
		}
		drawn[i] = append(drawn[i], one)
	}
	for _, some := range drawn {
		svg, err := draw(labels, some, func(v float64) string { return number(some[0].unit, v) })
		if err != nil {
			return err
		}
		c := Chart{SVG: svg}
		for _, one := range some {
			c.Lines = append(c.Lines, one.name)
		}
		g.Charts = append(g.Charts, c)
	}
	return nil
}

// fits reports whether both lines can be read in one chart.
func (one line) fits(other line) bool {
	a, b := one.highest(), other.highest()
	return one.unit == other.unit && (a == 0 || b == 0 || max(a, b) <= maxScale*min(a, b))
}

// highest is the largest value, whichever its sign.
func (one line) highest() (v float64) {
	for _, x := range one.values {
		if x != charts.GetNullValue() {
			v = max(v, math.Abs(x))
		}
	}
	return v
}

// draw draws lines over days or hours. What it says stands in a table beside it, so a
// screen reader passes it over.
func draw(labels []string, lines []line, values func(float64) string) (template.HTML, error) {
	theme := charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: charts.ColorRGB(1, 1, 1), AxisSplitLineColor: charts.ColorRGB(1, 1, 2), TextColor: charts.ColorRGB(1, 1, 3), BackgroundColor: charts.ColorTransparent,
		SeriesColors: []charts.Color{charts.ColorRGB(2, 1, 1), charts.ColorRGB(2, 1, 2), charts.ColorRGB(2, 1, 3), charts.ColorRGB(2, 1, 4)},
	})
	var data [][]float64
	var names []string
	for _, one := range lines {
		data, names = append(data, one.values), append(names, one.name)
	}
	o := charts.NewLineChartOptionWithData(data)
	o.Theme, o.LineStrokeWidth = theme, 2
	o.Padding = charts.NewBox(4, 12, 14, 4)
	o.Legend = charts.LegendOption{SeriesNames: names, Show: new(false)} // the page has one, for the library cannot measure Chinese
	o.XAxis = charts.XAxisOption{Labels: labels, LabelCount: min(4, len(labels)), LabelFontStyle: charts.NewFontStyleWithSize(9), BoundaryGap: new(false)}
	o.YAxis = []charts.YAxisOption{{LabelFontStyle: charts.NewFontStyleWithSize(9), LabelCount: 4, ValueFormatter: values}}
	o.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: chartHeight, Theme: theme})
	if err := p.LineChart(o); err != nil {
		return "", fmt.Errorf("chart of %s: %w", strings.Join(names, ", "), err)
	}
	svg, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("chart of %s: %w", strings.Join(names, ", "), err)
	}
	text := opening.ReplaceAllString(string(svg), fmt.Sprintf(`<svg viewBox="0 0 %d %d" aria-hidden="true" focusable="false">`, chartWidth, chartHeight))
	return template.HTML(markers.Replace(text)), nil //nolint:gosec // names are those of the tables, and nothing of WeChat's
}
