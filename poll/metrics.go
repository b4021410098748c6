package poll

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// accountMetrics are what an account counts while it polls.
type accountMetrics struct {
	requests  *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	refreshes prometheus.Counter
	durations *prometheus.HistogramVec // of all accounts

	mu     sync.Mutex // guards what take takes; the client calls from many requests
	calls  map[string]int
	expiry time.Time
}

func newAccountMetrics(labels prometheus.Labels, durations *prometheus.HistogramVec) *accountMetrics {
	return &accountMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name:        "wx_api_requests_total",
			Help:        "Requests to WeChat's data APIs, retries included, by result: the errcode (0 is success), http_NNN, timeout, network or invalid.",
			ConstLabels: labels,
		}, []string{"api", "code"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name:        "wx_rows_dropped_total",
			Help:        "Rows of answers that are not exported: outside_window (of days not asked for), duplicate (the last one counts), invalid (not as documented), over_limit (articles beyond window.articles_per_day).",
			ConstLabels: labels,
		}, []string{"api", "reason"}),
		refreshes: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "wx_token_refreshes_total",
			Help:        "Access tokens that were fetched.",
			ConstLabels: labels,
		}),
		durations: durations,
		calls:     map[string]int{},
	}
}

// NewDurations returns wx_api_request_duration_seconds, which all accounts share.
func NewDurations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "wx_api_request_duration_seconds",
		Help:    "Duration of requests to WeChat's data APIs, from sending until the answer was read.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 15},
	}, []string{"api"})
}

// LabelNames returns the label names of the series about an account itself and of
// those of all accounts, and those that Prometheus' own types have.
func LabelNames() []string {
	return []string{"account", "api", "code", "collector", "le", "quantile", "reason", "state"}
}

// observe counts an exchange; it is wxclient.Options.Observe.
func (m *accountMetrics) observe(x wxclient.Exchange) {
	m.requests.WithLabelValues(x.API, x.Code).Inc()
	m.durations.WithLabelValues(x.API).Observe(x.Duration.Seconds())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[x.API]++
}

// onToken notes a new token; it is wxclient.Options.OnToken.
func (m *accountMetrics) onToken(t wxclient.Token) {
	m.refreshes.Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expiry = t.Expiry
}

// take returns the calls by API since the last take, and the expiry of the
// newest token; zero when there was none.
func (m *accountMetrics) take() (calls map[string]int, expiry time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	calls, m.calls = m.calls, map[string]int{}
	return calls, m.expiry
}

// own returns the registry of the account's own series: what it counts and
// what it knows of its APIs.
func (a *account) own() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(a.metrics.requests, a.metrics.dropped, a.metrics.refreshes, &stateCollector{a})
	return r
}

// stateCollector collects what an account knows of itself at the moment.
type stateCollector struct{ a *account }

// stateDescs are the metrics of a stateCollector.
type stateDescs struct {
	up, success, duration, lastSuccess, state, open, limit, used, expiry, days *prometheus.Desc
}

func (c *stateCollector) descs() stateDescs {
	labels := collector.AccountLabels(c.a.Name, c.a.Labels)
	desc := func(name, help string, names ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, names, labels)
	}
	return stateDescs{
		up:          desc("wx_up", "Whether the last poll of the account got a token and no API failed; APIs that are offline or not granted are no failure."),
		success:     desc("wx_collector_success", "Whether the last poll of the family succeeded.", "collector"),
		duration:    desc("wx_collector_duration_seconds", "Duration of the last poll of the family.", "collector"),
		lastSuccess: desc("wx_collector_last_success_timestamp_seconds", "When the family was last polled with success.", "collector"),
		state:       desc("wx_api_state", "1 for the state that the API is in: ok, open (days are not there yet), parked (no more calls today), offline (switched off by WeChat), denied (not granted), failing.", "api", "state"),
		open:        desc("wx_api_open_days", "Days that were asked for and that WeChat has not computed yet.", "api"),
		limit:       desc("wx_api_quota_limit", "Calls of the API that WeChat allows the account a day, where it tells.", "api"),
		used:        desc("wx_api_quota_used", "Calls of the API that WeChat counted on the day of the last look, where it tells.", "api"),
		expiry:      desc("wx_token_expiry_timestamp_seconds", "When the access token in use expires."),
		days:        desc("wx_store_days", "Days of APIs that the store keeps for the account."),
	}
}

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	d := c.descs()
	for _, desc := range []*prometheus.Desc{d.up, d.success, d.duration, d.lastSuccess, d.state, d.open, d.limit, d.used, d.expiry, d.days} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	d := c.descs()
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	gauge(d.days, float64(c.a.store.Count(c.a.ID)))
	s := c.a.status()
	if s.Polled {
		gauge(d.up, indicator(s.Up))
	}
	if !s.Expiry.IsZero() {
		gauge(d.expiry, seconds(s.Expiry))
	}
	for _, f := range s.Families {
		if !f.Polled {
			continue
		}
		gauge(d.success, indicator(f.Success), f.Name)
		gauge(d.duration, f.Duration.Seconds(), f.Name)
		if !f.LastSuccess.IsZero() {
			gauge(d.lastSuccess, seconds(f.LastSuccess), f.Name)
		}
	}
	for _, api := range s.APIs {
		for _, state := range States() {
			gauge(d.state, indicator(api.State == state), api.API, state)
		}
		gauge(d.open, float64(api.OpenDays), api.API)
		if api.Quota.Limit > 0 {
			gauge(d.limit, float64(api.Quota.Limit), api.API)
			gauge(d.used, float64(api.Quota.Used), api.API)
		}
	}
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
