package poll

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// counters are what this process counts of an account. They begin at 0 with the
// process and never fall: a reload keeps them, nothing of them is stored, and they go
// when the account is removed. Their methods may be called concurrently.
type counters struct {
	requests  *prometheus.CounterVec // by API and code
	refreshes prometheus.Counter
	dropped   *prometheus.CounterVec // rows by API and reason
	unread    *prometheus.CounterVec // fields by API
}

func newCounters() *counters {
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &counters{
		requests:  vec("wx_api_requests_total", "Requests to WeChat, retries included, by result: the errcode (0 is success), http_NNN, timeout, network or invalid. api is also token (tokens, whoever issues them) and quota.", "api", "code"),
		refreshes: prometheus.NewCounter(prometheus.CounterOpts{Name: "wx_token_refreshes_total", Help: "Access tokens that were fetched."}),
		dropped:   vec("wx_rows_dropped_total", "Rows of answers that are not exported: outside_window (of days not asked for), duplicate (the last one counts), invalid (what they are about, or all else of them, could not be read), over_limit (articles beyond window.articles_per_day).", "api", "reason"),
		unread:    vec("wx_fields_unreadable_total", "Fields of answers that could not be read and are missing from their rows; /status and the log name them.", "api"),
	}
}

// register adds all counters to a registry.
func (c *counters) register(to prometheus.Registerer) {
	to.MustRegister(c.requests, c.refreshes, c.dropped, c.unread)
}

// begin makes the series that are known before anything has happened, so that
// increase() sees the first time. Which errors there will be is not known.
func (c *counters) begin(apis []*polledAPI) {
	const success = "0"
	for _, api := range []string{tokenAPI, quotaAPI} {
		c.requests.WithLabelValues(api, success)
	}
	for _, api := range apis {
		c.requests.WithLabelValues(api.Name, success)
		c.unread.WithLabelValues(api.Name)
		for _, reason := range collector.DropReasons() {
			c.dropped.WithLabelValues(api.Name, reason)
		}
	}
}

func (c *counters) exchanged(x wxclient.Exchange) { c.requests.WithLabelValues(x.API, x.Code).Inc() }

// lacks counts what is left out of an answer.
func (c *counters) lacks(api string, answer collector.Answer) {
	c.unread.WithLabelValues(api).Add(float64(answer.Fields))
	for reason, n := range answer.Dropped {
		c.dropped.WithLabelValues(api, reason).Add(float64(n))
	}
}
