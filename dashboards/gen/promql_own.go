package main

import "fmt"

// metric is a series of an account.
func metric(name string, match ...string) string {
	return name + selector(append([]string{ofAccount}, match...)...)
}

// own is what an expression says of the chosen exporters or, when the chosen
// job and instance are those of single accounts at /probe, of all exporters.
func own(expr func(match string) string) string {
	return "(" + expr(ofExporter) + " or on () (" + expr("") + "))"
}

// ownMetric is a series of the exporter itself.
func ownMetric(name string) string {
	return own(func(match string) string { return name + selector(match) })
}

// exporters are the targets that are exporters, those that have never answered
// by the name of their job, as WxExporterDown has it.
func exporters() string {
	return own(func(match string) string {
		return "up" + selector(match) + " and on (job, instance) (up" + selector(match, `job=~"(.*[_-])?wx[_-]?(exporter|account|probe)?"`) +
			" or last_over_time(wx_exporter_build_info" + selector(match) + "[1d]))"
	})
}

// filled gives what other vectors have and the first one lacks the value -1: a
// column with gaps cannot be sorted by.
func filled(vector string, others ...string) string {
	for _, other := range others {
		vector += " or (" + other + ") * 0 - 1"
	}
	return vector
}

// running keeps what is about exporters of a metric of which every program that
// Prometheus scrapes has a part.
func running(vector func(match string) string) string {
	return own(func(match string) string {
		return vector(match) + " and on (job, instance) last_over_time(wx_exporter_build_info" + selector(match) + "[1d])"
	})
}

// scraped keeps what is about scrapes of exporters, those of single accounts
// too.
func scraped(name string) string {
	return fmt.Sprintf("%s and on (job, instance) (wx_exporter_build_info%s or %s)", name+selector(ofExporter), selector(ofExporter), metric("wx_up"))
}
