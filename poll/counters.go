package poll

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Counters are what this process counts of an account. They begin at 0 with the
// process and never fall: a reload keeps them, nothing of them is stored, and they go
// when the account is removed. Their methods may be called concurrently.
type Counters struct {
	requests   *prometheus.CounterVec // by API and code
	refreshes  prometheus.Counter
	dropped    *droppedRows
	unreadable *prometheus.CounterVec // fields by API
}

// NewCounters returns counters that begin at 0.
func NewCounters() *Counters {
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &Counters{
		requests:   vec("wx_api_requests_total", "Requests to WeChat, retries included, by result: the errcode (0 is success), http_NNN, timeout, network or invalid. api is also token (tokens, whoever issues them) and quota.", "api", "code"),
		refreshes:  prometheus.NewCounter(prometheus.CounterOpts{Name: "wx_token_refreshes_total", Help: "Access tokens fetched."}),
		dropped:    &droppedRows{rows: map[string][]int{}},
		unreadable: vec("wx_fields_unreadable_total", "Unreadable fields of answers, missing from their rows; /status and the log name them.", "api"),
	}
}

// register adds all counters to a registry, with the labels of the account.
func (c *Counters) register(to *prometheus.Registry, account prometheus.Labels) {
	prometheus.WrapRegistererWith(account, to).MustRegister(c.requests, c.refreshes, c.unreadable)
	to.MustRegister(labelledDrops{c.dropped, account})
}

// begin makes the series that are known before anything has happened, so that
// increase() sees the first time. Which errors there will be is not known.
func (c *Counters) begin(apis []*polledAPI) {
	const success = "0"
	for _, api := range []string{wxclient.TokenAPI, wxclient.QuotaAPI} {
		c.requests.WithLabelValues(api, success)
	}
	for _, api := range apis {
		c.requests.WithLabelValues(api.Name, success)
		c.unreadable.WithLabelValues(api.Name)
		c.dropped.add(api.Name, nil)
	}
}

func (c *Counters) exchanged(x wxclient.Exchange) { c.requests.WithLabelValues(x.API, x.Code).Inc() }

// lacks counts what is left out of an answer.
func (c *Counters) lacks(api string, answer collector.Answer) {
	c.unreadable.WithLabelValues(api).Add(float64(answer.Fields))
	c.dropped.add(api, answer.Dropped)
}

// droppedRows are what wx_rows_dropped_total counts. A CounterVec would take half a
// kilobyte for each of its series, which are four for each API and mostly stay 0.
type droppedRows struct {
	mu   sync.Mutex
	rows map[string][]int // by API, in the order of collector.DropReasons
}

func (d *droppedRows) add(api string, dropped map[string]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	reasons := collector.DropReasons()
	if d.rows[api] == nil {
		d.rows[api] = make([]int, len(reasons))
	}
	for i, reason := range reasons {
		d.rows[api][i] += dropped[reason]
	}
}

// labelledDrops is wx_rows_dropped_total of an account. A wrapped Registerer would make
// a description of each series at each gathering.
type labelledDrops struct {
	*droppedRows
	account prometheus.Labels
}

const droppedHelp = "Rows of answers not exported: outside_window (of days not asked for), duplicate (the last one counts), invalid (unreadable key, or nothing else readable), over_limit (beyond window.articles_per_day or pages_per_day)."

func (d labelledDrops) desc() *prometheus.Desc {
	return prometheus.NewDesc("wx_rows_dropped_total", droppedHelp, []string{"api", "reason"}, d.account)
}

// Describe implements prometheus.Collector.
func (d labelledDrops) Describe(ch chan<- *prometheus.Desc) { ch <- d.desc() }

// Collect implements prometheus.Collector.
func (d labelledDrops) Collect(ch chan<- prometheus.Metric) {
	d.mu.Lock()
	defer d.mu.Unlock()
	desc := d.desc()
	for api, rows := range d.rows {
		for i, reason := range collector.DropReasons() {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(rows[i]), api, reason)
		}
	}
}
