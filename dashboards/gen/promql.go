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

// labelled is a vector all of whose series have a label of one value.
func labelled(vector, label, value string) string {
	return fmt.Sprintf(`label_replace(%s, "%s", "%s", "", "")`, vector, label, value)
}

// measure is a metric of days: its name, matchers beside the variables', the
// labels that its series have beside account and date, and the API that brings
// it.
type measure struct {
	metric string
	match  string
	labels []string
	api    string
	every  int                        // days from one row to the next; 0 = 1
	forms  func(series string) string // how the series are looked at; nil: as they are
	long   bool                       // over a year
}

func selector(matchers ...string) string {
	var present []string
	for _, m := range matchers {
		if m != "" {
			present = append(present, m)
		}
	}
	return "{" + strings.Join(present, ", ") + "}"
}

func (m measure) series() string {
	s := metric(m.metric, m.match)
	if m.forms != nil {
		return m.forms(s)
	}
	return s
}

// near reads the newest sample within five minutes on either side. Grafana
// may evaluate an instant query at the end of the range rounded down to a step,
// which is five minutes where the panel's axis has 30 days: without this, such
// panels would be empty for a Prometheus that is younger.
func near(series string) string { return "last_over_time(" + series + "[10m] offset -5m)" }

// seen is all that Prometheus has seen within the panel's time range, beyond
// the exporter's own window. A day stays on show for weeks, so a look every
// twelve hours finds it, at a small part of the cost of every sample. The first
// half is near for the hour that the step is over a year.
func seen(series string) string {
	return "(" + anHour(series) + " or last_over_time(" + series + "[$__range:12h]))"
}

// lately is what Prometheus has seen in the days of the calendar.
func lately(series string) string {
	return "(" + series + " or last_over_time(" + series + "[40d:12h]))"
}

// overYear is the measure over the panel's range of a year.
func (m measure) overYear() measure {
	m = m.by(seen)
	m.long = true
	return m
}

// looks is how the newest days are looked at.
func (m measure) looks() func(string) string {
	if m.long {
		return anHour
	}
	return near
}

func (m measure) by(forms func(string) string) measure {
	m.forms = forms
	return m
}

// once counts an account once, however many exporters tell of it.
func (m measure) once() string {
	return fmt.Sprintf("max by (%s) (%s)", list(m.labels, "account", "date"), m.series())
}

// perDay sums a measure for each day and value of the given labels.
func (m measure) perDay(by ...string) string {
	return fmt.Sprintf("sum by (%s) (%s)", list(by, "date"), m.once())
}

// perAccount sums a measure for each account and day. Each exporter's sum comes
// first, which costs half of what counting every series once does.
func (m measure) perAccount() string {
	if len(m.labels) == 0 {
		return m.once()
	}
	return "max by (account, date) (sum by (job, instance, account, date) (" + m.series() + "))"
}

// maxPerDay is the largest value of each day.
func (m measure) maxPerDay(by ...string) string {
	return fmt.Sprintf("max by (%s) (%s)", list(by, "date"), m.series())
}

// latest sums a measure over each account's newest day that has one. That is not the
// figure by name, wx_latest_..., which is gone when an account is so late that its
// later days count as empty.
func (m measure) latest() string {
	return fmt.Sprintf("sum by (account) (%s and on (account, date) %s)", m.once(), newest(m.api))
}

// top is the measure of each whole day for the n values of a label that have the
// most, and for the others together.
func (m measure) top(n int, label string) string {
	m = m.prompt()
	all, most := m.perDay(label), fmt.Sprintf("topk(%d, sum by (%s) (%s))", n, label, m.once())
	return m.whole(fmt.Sprintf("%s and on (%s) %s or %s",
		all, label, most, labelled(fmt.Sprintf("sum by (date) (%s unless on (%s) %s)", all, label, most), label, others)))
}

// others is the value of a label that stands for those that are not shown.
const others = "others"

// most keeps the n accounts that have the most of a measure.
func most(n int, vector string, m measure) string {
	return fmt.Sprintf("%s and on (account) topk(%d, sum by (account) (%s))", vector, n, m.once())
}

// sinceFirst is by how much accounts have grown since their first day.
func sinceFirst(perAccount string) string {
	first := "bottomk by (account) (1, " + perAccount + " * 0 + on (date) group_left () " + calendar(40) + ")"
	return fmt.Sprintf("(%s / on (account) group_left () sum by (account) (%[1]s and on (account, date) %s) - 1)", perAccount, first)
}

func latestDate(api string) string {
	return metric("wx_latest_date_timestamp_seconds", fmt.Sprintf("api=%q", api))
}

// newest is a series with account and date for the newest day of an API,
// whichever exporter has it.
func newest(api string) string {
	return "topk by (account) (1, max by (account, date) (" + latestDate(api) + "))"
}

const (
	day  = 86400
	zone = 8 * 3600 // Beijing's distance from UTC
)

// weekBefore is like newest for the day seven days earlier. PromQL makes a
// label of a value by count_values only.
func weekBefore(api string) string {
	at := fmt.Sprintf("(max by (account) (%s) - %d)", latestDate(api), 7*day-zone)
	return asDate(fmt.Sprintf(`count_values by (account) ("ymd", %s)`, ymd(at)))
}

// ymd is a time's civil date as the number 20261124.
func ymd(at string) string {
	return fmt.Sprintf("year%s * 10000 + month%[1]s * 100 + day_of_month%[1]s", at)
}

func asDate(vector string) string {
	return `label_replace(` + vector + `, "date", "$1-$2-$3", "ymd", "(....)(..)(..)")`
}

// calendar has the last days: their labels date, weekday (1 is Monday) and
// week (its Monday), and as value 00:00 UTC. It needs no sample: the clock goes
// through the days of a subquery.
func calendar(last int) string {
	const now = "(vector(time()))"
	weekday := "((day_of_week" + now + " + 6) % 7)"
	monday := "(vector(time()) - " + weekday + " * 86400)"
	days := fmt.Sprintf(`count_values("ymd", %s) * on () group_left (weekday) count_values("weekday", %s + 1) * on () group_left (monday) count_values("monday", %s) * on () group_left () vector(time())`,
		ymd(now), weekday, ymd(monday))
	return `label_replace(` + asDate(fmt.Sprintf("last_over_time((%s)[%dd:1d])", days, last)) + `, "week", "$1-$2-$3", "monday", "(....)(..)(..)")`
}

// clock has every hour of the last days as labels: hour ("00"), and by another label
// what it makes of the time in Beijing.
func clock(days int, label, of string) string {
	local := fmt.Sprintf("vector(time() + %d)", zone)
	return fmt.Sprintf(`label_replace(last_over_time((count_values("hour", hour(%s)) * on () group_left (%s) count_values("%[2]s", %s))[%dd:1h]), "hour", "0$1", "hour", "([0-9])")`,
		local, label, fmt.Sprintf(of, local), days)
}

// weekdayHours gives every weekday that a vector has all hours: WeChat leaves out
// those without anything.
func weekdayHours(vector string) string {
	return fmt.Sprintf("(%s or on (weekday, hour) (%s * 0 and on (weekday) (%[1]s)))", vector, clock(7, "weekday", "(day_of_week(%s) + 6) %% 7 + 1"))
}

// dayHours gives the newest days of a vector all hours, so that a scale has 24 of
// them; those that it lacks have the given value.
func dayHours(vector, value string) string {
	hours := asDate(clock(4, "ymd", "year(%[1]s) * 10000 + month(%[1]s) * 100 + day_of_month(%[1]s)"))
	return fmt.Sprintf("(sum without (ymd) (%s) or on (date, hour) sum by (date, hour) (%s * 0 + %s and on (date) (%[1]s)))", vector, hours, value)
}

// patience is by how many seconds an account may be behind the newest day of all
// before sums stop waiting for it: three days and a half, or a row more than that
// where rows are weeks or months apart.
func patience(every int) int { return every*day + 3*day + day/2 }

func latestOf(api string, look func(string) string) string {
	return "max by (account) (" + look(latestDate(api)) + ")"
}

// anHour is near where the step may be an hour.
func anHour(series string) string { return "last_over_time(" + series + "[2h] offset -1h)" }

// late are the accounts that the sums of an API do not wait for.
func late(api string, every int, look func(string) string) string {
	return fmt.Sprintf("(%s <= scalar(max(%[1]s)) - %d)", latestOf(api, look), patience(every))
}

// uncommon are the days that some account lacks of those that are waited for.
func uncommon(api string, every int, look func(string) string) string {
	common := fmt.Sprintf("scalar(min(%s > scalar(max(%[1]s)) - %d)) + %d", latestOf(api, look), patience(every), zone)
	return "(" + calendar(40+3*every) + " > " + common + ")"
}

// prompt leaves out accounts that are late, on all days: a sum that they are in
// on some days only would look like a fall.
func (m measure) prompt() measure {
	forms := m.forms
	return m.by(func(series string) string {
		if forms != nil {
			series = forms(series)
		}
		return "(" + series + " unless on (account) " + late(m.api, m.every, m.looks()) + ")"
	})
}

// whole leaves out, of a sum over the prompt accounts, the days that one of them
// lacks, for the same reason.
func (m measure) whole(sum string) string {
	return "((" + sum + ") unless on (date) " + uncommon(m.api, m.every, m.looks()) + ")"
}

// wholeDays is perDay of accounts and days that are complete.
func (m measure) wholeDays(by ...string) string { return m.whole(m.prompt().perDay(by...)) }

// onDays keeps the days of an API that are more than from and at most to days
// older than the newest one.
func onDays(vector, api string, to, from int) string {
	end := fmt.Sprintf("(scalar(max(%s)) + %d)", latestDate(api), zone)
	return fmt.Sprintf("(%s and on (date) (%s > %s - %d <= %s - %d))", vector, calendar(40), end, to*day, end, from*day)
}

// sentOnDays is the sum, by the history, over the days that are more than from and at most
// to days older than the newest one: what onDays is of days that the exporter shows. At
// 00:00 UTC the day is over that is about to end, with its sample of noon, in Beijing.
func (m measure) sentOnDays(to, from int) string {
	end := fmt.Sprintf("(scalar(max(%s @ end())) + %d)", latestDate(m.api), zone)
	return fmt.Sprintf("sum(sum_over_time((sum(sum_over_time(%s[1d])) and on () (vector(time() - %d) > %s - %d <= %[3]s - %[5]d))[%[6]dd:1d]))",
		past(strings.TrimPrefix(m.metric, "wx_"), m.match), day, end, to*day, from*day, to+14)
}

// named joins the title and, where there is one, the link of articles by their
// id. Articles may have been renamed: then any of the titles will do.
func named(vector, info string, labels ...string) string {
	return fmt.Sprintf("%s * on (account, msgid) group_left (%s) topk by (account, msgid) (1, group by (%s) (%s))",
		vector, strings.Join(labels, ", "), list(labels, "account", "msgid"), info)
}

// ratio divides day by day; a day without a denominator has no ratio.
func ratio(numerator, denominator string) string {
	return fmt.Sprintf("(%s) / (%s > 0)", numerator, denominator)
}

func difference(a, b string) string { return a + " - " + b }

// list is the labels of an aggregation.
func list(more []string, first ...string) string {
	return strings.Join(append(first, more...), ", ")
}
