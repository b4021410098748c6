package main

import (
	"fmt"
	"strings"
)

// The matchers of the dashboards' variables: of series of an account, and of
// the exporter's own.
const (
	ofAccount  = `job=~"$job", instance=~"$instance", account=~"$account"`
	ofExporter = `job=~"$job", instance=~"$instance"`
)

// measure is a metric of days: its name, matchers beside the variables', and
// the labels that its series have beside account and date.
type measure struct {
	metric string
	match  string
	labels []string
}

func (m measure) series() string { return m.metric + selector(ofAccount, m.match) }

func selector(matchers ...string) string {
	var present []string
	for _, m := range matchers {
		if m != "" {
			present = append(present, m)
		}
	}
	return "{" + strings.Join(present, ", ") + "}"
}

// once counts an account once, however many exporters tell of it.
func (m measure) once() string { return once(m, m.series()) }

func once(m measure, vector string) string {
	return fmt.Sprintf("max by (%s) (%s)", list(m.labels, "account", "date"), vector)
}

// perDay sums a measure for each day and value of the given labels.
func (m measure) perDay(by ...string) string {
	return fmt.Sprintf("sum by (%s) (%s)", list(by, "date"), m.once())
}

// maxPerDay is the largest value of each day.
func (m measure) maxPerDay(by ...string) string {
	return fmt.Sprintf("max by (%s) (%s)", list(by, "date"), m.series())
}

// history is perDay over all that Prometheus has seen within the panel's time
// range, beyond the exporter's own window. A day stays on show for weeks, so a
// look every twelve hours finds it, at a small part of the cost of every sample.
func (m measure) history() string {
	seen := m.series() + " or last_over_time(" + m.series() + "[$__range:12h])"
	return fmt.Sprintf("sum by (date) (%s)", once(m, seen))
}

// latest sums a measure over each account's newest day of an API.
func (m measure) latest(api string) string {
	return fmt.Sprintf("sum by (account) (%s and on (account, date) %s)", m.once(), newest(api))
}

// newest is a series with account and date for the newest day of an API,
// whichever exporter has it.
func newest(api string) string {
	return fmt.Sprintf("topk by (account) (1, max by (account, date) (wx_latest_date_timestamp_seconds%s))",
		selector(ofAccount, fmt.Sprintf("api=%q", api)))
}

// named joins the title and, where there is one, the link of articles by their
// id. Articles may have been renamed: then any of the titles will do.
func named(vector, info, match string, labels ...string) string {
	return fmt.Sprintf("%s * on (account, msgid) group_left (%s) topk by (account, msgid) (1, group by (%s) (%s))",
		vector, strings.Join(labels, ", "), list(labels, "account", "msgid"), info+selector(ofAccount, match))
}

// ratio divides day by day; a day without a denominator has no ratio.
func ratio(numerator, denominator string) string {
	return fmt.Sprintf("%s / (%s > 0)", numerator, denominator)
}

func difference(a, b string) string { return a + " - " + b }

// list is the labels of an aggregation.
func list(more []string, first ...string) string {
	return strings.Join(append(first, more...), ", ")
}

// metric is a series of the exporter's state of an account.
func metric(name string, match ...string) string {
	return name + selector(append([]string{ofAccount}, match...)...)
}

// own is a series of the exporter itself.
func own(name string) string { return name + selector(ofExporter) }

// running keeps what is about exporters of a vector of which every program that
// Prometheus scrapes has a part: All stands for any job and instance.
func running(vector string) string {
	return fmt.Sprintf("%s and on (job, instance) last_over_time(%s[1d])", vector, own("wx_exporter_build_info"))
}

// scraped keeps what is about scrapes of exporters, those of single accounts
// too.
func scraped(vector string) string {
	return fmt.Sprintf("%s and on (job, instance) (%s or %s)", vector, own("wx_exporter_build_info"), metric("wx_up"))
}
