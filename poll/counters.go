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
	dropped    *tally // rows by API, in the order of collector.DropReasons
	unreadable *tally // fields by API
}

// NewCounters returns counters that begin at 0.
func NewCounters() *Counters {
	return &Counters{
		requests:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wx_api_requests_total", Help: "Requests to WeChat, retries included, by result: the errcode (0 is success), http_NNN, timeout, network or invalid. api is also token (tokens, whoever issues them) and quota."}, []string{"api", "code"}),
		refreshes:  prometheus.NewCounter(prometheus.CounterOpts{Name: "wx_token_refreshes_total", Help: "Access tokens fetched."}),
		dropped:    &tally{counts: map[string][]int{}},
		unreadable: &tally{counts: map[string][]int{}},
	}
}

// register adds all counters to a registry, with the labels of the account.
func (c *Counters) register(to *prometheus.Registry, account prometheus.Labels) {
	var reasons [][]string
	for _, reason := range collector.DropReasons() {
		reasons = append(reasons, []string{reason})
	}
	prometheus.WrapRegistererWith(account, to).MustRegister(c.requests, c.refreshes)
	to.MustRegister(
		labelledTally{c.dropped, account, "wx_rows_dropped_total", droppedHelp, []string{"api", "reason"}, reasons},
		labelledTally{c.unreadable, account, "wx_fields_unreadable_total", unreadableHelp, []string{"api"}, [][]string{{}}},
	)
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
		c.lacks(api.Name, collector.Answer{})
	}
}

func (c *Counters) exchanged(x wxclient.Exchange) { c.requests.WithLabelValues(x.API, x.Code).Inc() }

// lacks counts what is left out of an answer.
func (c *Counters) lacks(api string, answer collector.Answer) {
	var rows []int
	for _, reason := range collector.DropReasons() {
		rows = append(rows, answer.Dropped[reason])
	}
	c.dropped.add(api, rows...)
	c.unreadable.add(api, answer.Fields)
}

// tally counts by API, several things of each. A CounterVec would take half a kilobyte
// for each of its series, which are many for an account and mostly stay 0.
type tally struct {
	mu     sync.Mutex
	counts map[string][]int // by API
}

func (t *tally) add(api string, counts ...int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts[api] == nil {
		t.counts[api] = make([]int, len(counts))
	}
	for i, n := range counts {
		t.counts[api][i] += n
	}
}

const (
	droppedHelp    = "Rows of answers not exported: outside_window (of days not asked for), duplicate (the last one counts), invalid (unreadable key, or nothing else readable), over_limit (beyond window.articles_per_day or pages_per_day)."
	unreadableHelp = "Unreadable fields of answers, missing from their rows; /status and the log name them."
)

// labelledTally is the counter of an account that a tally counts. A wrapped Registerer
// would make a description of each series at each gathering.
type labelledTally struct {
	*tally
	account    prometheus.Labels
	name, help string
	labels     []string   // api, and what tells the counts of an API apart
	values     [][]string // of the latter, for each count
}

func (l labelledTally) desc() *prometheus.Desc {
	return prometheus.NewDesc(l.name, l.help, l.labels, l.account)
}

// Describe implements prometheus.Collector.
func (l labelledTally) Describe(ch chan<- *prometheus.Desc) { ch <- l.desc() }

// Collect implements prometheus.Collector.
func (l labelledTally) Collect(ch chan<- prometheus.Metric) {
	l.mu.Lock()
	defer l.mu.Unlock()
	desc := l.desc()
	for api, counts := range l.counts {
		for i, n := range counts {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), append([]string{api}, l.values[i]...)...)
		}
	}
}
