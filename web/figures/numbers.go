package figures

import (
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// number writes a figure of a unit exactly, with separators of thousands: ratios in
// percent, money in yuan.
func number(unit string, v float64) string {
	switch {
	case v < 0:
		return "−" + number(unit, -v)
	case unit == ratioUnit:
		return strconv.FormatFloat(100*v, 'f', 1, 64) + " %"
	case strings.HasPrefix(unit, "fen"):
		return fixed(v/100, 2)
	case v == math.Trunc(v):
		return humanize.Comma(int64(v))
	}
	return fixed(v, 1)
}

const ratioUnit = "0 to 1"

// fixed writes a number with separators and decimals.
func fixed(v float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, rest, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole, 10, 64)
	text = humanize.Comma(n) + "." + rest
	if v < 0 {
		return "−" + text
	}
	return text
}

// difference writes a change with its sign.
func difference(unit string, v float64) string {
	switch {
	case v > 0:
		return "+" + number(unit, v)
	case v < 0:
		return number(unit, v)
	}
	return "±0"
}

// percent writes how much a figure changed against an earlier one; empty when that
// was not above 0, or when the figure is in percent itself.
func percent(unit string, now, before float64) string {
	if before <= 0 || unit == ratioUnit {
		return ""
	}
	text := strconv.FormatFloat(math.Abs(100*(now-before)/before), 'f', 1, 64) + " %"
	switch {
	case now > before:
		return "+" + text
	case now < before:
		return "−" + text
	}
	return ""
}

// title is what a metric is called; what has no words of its own is called by its
// name.
func title(l texts.Language, m collector.Metric) string {
	words := m.Title
	if strings.HasPrefix(m.Unit, "fen") {
		words = collector.Words{
			English: strings.Replace(words.English, "(fen)", "(yuan)", 1), Chinese: strings.Replace(words.Chinese, "（分）", "（元）", 1),
		}
	}
	switch {
	case words != collector.Words{}:
		return l.Pick(words.English, words.Chinese)
	case strings.HasSuffix(m.Name, "avg_ms"):
		return l.Say("Average time (ms)")
	}
	return m.Name
}

// day writes a day with its weekday.
func day(l texts.Language, d calendar.Day) string {
	return d.String() + " " + l.Say(d.Start().Weekday().String()[:3])
}
