package figures

import (
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"github.com/go-analyze/charts"

	"github.com/wxexporter/wx_exporter/web/texts"
)

// Colours of a chart are markers, which become variables of the page's style: light
// and dark have colours of their own.
var (
	markers = strings.NewReplacer(
		"rgb(1,1,1)", "var(--quiet)", "rgb(1,1,2)", "var(--line)", "rgb(1,1,3)", "var(--quiet)",
		"rgb(2,1,1)", "var(--c1)", "rgb(2,1,2)", "var(--c2)", "rgb(2,1,3)", "var(--c3)", "rgb(2,1,4)", "var(--c4)",
		"fill:rgb(255,255,255)", "fill:none", ";font-family:'Roboto Medium',sans-serif", "",
	)
	opening = regexp.MustCompile(`^<svg [^>]*>`)
)

const (
	chartWidth  = 420 // as wide as a phone, so that its text can be read there
	chartHeight = 190
	maxLines    = 4 // more cannot be told apart
)

// line is a metric over the days of a chart.
type line struct {
	name   string
	values []float64 // charts.GetNullValue() where there is none
}

// draw draws lines over days. What it says stands in a table beside it, so a screen
// reader passes it over.
func draw(l texts.Language, days []string, lines []line, values func(float64) string) (template.HTML, error) {
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
	o.Legend = charts.LegendOption{SeriesNames: names, Show: charts.Ptr(false)} // the page has one, for the library cannot measure Chinese
	o.XAxis = charts.XAxisOption{Labels: days, LabelCount: min(4, len(days)), LabelFontStyle: charts.NewFontStyleWithSize(9), BoundaryGap: charts.Ptr(false)}
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
