package figures

import (
	"cmp"
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

// write writes a metric's figure; a state in words.
func write(l texts.Language, m collector.Metric, v float64) string {
	if m.Name == settlementStatus {
		words := collector.NameOf("settlement", strconv.FormatFloat(v, 'f', -1, 64))
		return l.Pick(words.English, words.Chinese)
	}
	return number(m.Unit, v)
}

const settlementStatus = "wx_revenue_settlement_status"

// title is what a metric is called; what has no words of its own is called by its
// name.
func title(l texts.Language, m collector.Metric) string {
	words := cmp.Or(called(m.Name), m.Title)
	english, chinese := strings.NewReplacer(), strings.NewReplacer()
	switch { // the words are those of WeChat's field
	case strings.HasPrefix(m.Unit, "fen"):
		english, chinese = strings.NewReplacer("(fen)", "(yuan)"), strings.NewReplacer("（分）", "（元）")
	case m.Unit == "seconds":
		english, chinese = strings.NewReplacer("(ms)", "(s)", "(min)", "(s)"), strings.NewReplacer("（毫秒）", "（秒）", "（分钟）", "（秒）")
	}
	words = collector.Words{English: english.Replace(words.English), Chinese: chinese.Replace(words.Chinese)}
	switch {
	case words != collector.Words{}:
		return l.Pick(words.English, words.Chinese)
	case strings.HasSuffix(m.Name, "avg_ms"):
		return l.Say("Average time (ms)")
	}
	return m.Name
}

// called are the words for metrics whose field says no more than a number: what it
// counts stands in the list that it is in.
func called(metric string) collector.Words {
	for _, c := range []struct {
		ending string
		words  collector.Words
	}{
		{"_source_visitors", collector.Words{English: "Visitors", Chinese: "访问人数"}},
		{"_new_visitors", collector.Words{English: "New visitors", Chinese: "新用户"}},
		{"retained_visitors", collector.Words{English: "All visitors", Chinese: "全部用户"}},
		{"portrait_visitors", collector.Words{English: "All visitors", Chinese: "全部用户"}},
		{"_source_sessions", collector.Words{English: "Sessions", Chinese: "打开次数"}},
		{"_stay_sessions", collector.Words{English: "Sessions", Chinese: "打开次数"}},
		{"_depth_sessions", collector.Words{English: "Sessions", Chinese: "打开次数"}},
	} {
		if strings.HasSuffix(metric, c.ending) {
			return c.words
		}
	}
	return collector.Words{}
}

// day writes a day with its weekday.
func day(l texts.Language, d calendar.Day) string {
	return d.String() + " " + l.Say(d.Start().Weekday().String()[:3])
}
