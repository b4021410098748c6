package figures

import (
	"slices"

	"github.com/wxexporter/wx_exporter/collector"
)

// net is what one metric is above another of its API, for those who would subtract
// them: the page shows it as if it were a metric.
type net struct {
	more, less string
	metric     collector.Metric
}

// netsOf are those of an API.
func netsOf(api collector.API) []net {
	all := []net{
		{"wx_new_users", "wx_cancel_users", collector.Metric{
			Name: "net_users", Unit: "users", Adds: collector.Everywhere, Title: collector.Words{English: "Net growth", Chinese: "净增关注"}, Main: true,
		}},
	}
	return slices.DeleteFunc(all, func(n net) bool {
		return !slices.ContainsFunc(api.Metrics(), func(m collector.Metric) bool { return m.Name == n.more })
	})
}

// metricsOf are the metrics of an API, each once, and their differences.
func metricsOf(api collector.API) (all []collector.Metric) {
	for _, m := range api.Metrics() {
		if !slices.ContainsFunc(all, func(other collector.Metric) bool { return other.Name == m.Name }) {
			all = append(all, m)
		}
	}
	for _, n := range netsOf(api) {
		all = append(all, n.metric)
	}
	return all
}
