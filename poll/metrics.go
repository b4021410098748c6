package poll

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
)

// NewDurations returns wx_api_request_duration_seconds, which all accounts share.
func NewDurations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "wx_api_request_duration_seconds",
		Help:    "Duration of requests to WeChat, from sending to the end of the answer; api is as in wx_api_requests_total.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 15},
	}, []string{"api"})
}

// LabelNames returns the label names of the metrics about polling, and those of
// Prometheus' histograms and summaries.
func LabelNames() []string {
	return []string{"account", "api", "code", "collector", "date", "le", "quantile", "reason", "state"}
}

// The metric that exists with replicas only, so that a table of all metrics can have it
// without them.
const (
	LeaseName = "wx_account_lease"
	LeaseHelp = "Whether this replica polls the account; only with replicas."
)

// stateCollector collects the metrics about an account's polling, which all replicas
// show alike.
type stateCollector struct{ a *Account }

// stateDescs are the metrics of a stateCollector.
type stateDescs struct {
	up, success, duration, lastSuccess, state, open, limit, used, expiry, history, missing, day *prometheus.Desc
}

func (c *stateCollector) descs() stateDescs {
	labels := collector.AccountLabels(c.a.Name, c.a.Labels)
	desc := func(name, help string, names ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, names, labels)
	}
	return stateDescs{
		up:          desc("wx_up", "Whether the last poll of the account got a token and no API failed; offline and denied APIs do not count, unless all are."),
		success:     desc("wx_collector_success", "Whether the last poll of the collector succeeded.", "collector"),
		duration:    desc("wx_collector_duration_seconds", "Duration of the last poll of the collector.", "collector"),
		lastSuccess: desc("wx_collector_last_success_timestamp_seconds", "When the collector was last polled successfully.", "collector"),
		state:       desc("wx_api_state", "1 for the state that the API is in: ok, open (days are not there yet), parked (no more calls today), offline (switched off by WeChat), denied (not granted), failing.", "api", "state"),
		open:        desc("wx_api_open_days", "Fetched days that WeChat has not computed yet.", "api"),
		limit:       desc("wx_api_quota_limit", "Daily calls of the API that WeChat allows the account, where it tells.", "api"),
		used:        desc("wx_api_quota_used", "Calls of the API on the day of the last quota check, as counted by WeChat, where it tells.", "api"),
		expiry:      desc("wx_token_expiry_timestamp_seconds", "When the access token in use expires."),
		history:     desc("wx_history_days", "Days since history.since for which the store has WeChat's answer.", "api"),
		missing:     desc("wx_history_days_missing", "Days since history.since still to be backfilled.", "api"),
		day:         desc("wx_day_timestamp_seconds", "00:00 Beijing time of every day that a series of the account carries as its label date.", "date"),
	}
}

// Describe implements prometheus.Collector. Like that of collector.Series it says
// nothing.
func (c *stateCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	d, s := c.descs(), c.a.Status()
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	days, err := c.a.shownDays()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(d.day, err)
	}
	for _, day := range days {
		gauge(d.day, seconds(day.Start()), day.String())
	}
	if s.Polled {
		gauge(d.up, boolToFloat(s.Up))
	}
	if !s.Expiry.IsZero() {
		gauge(d.expiry, seconds(s.Expiry))
	}
	for _, f := range s.Families {
		if !f.Polled {
			continue
		}
		gauge(d.success, boolToFloat(f.Success), f.Name)
		gauge(d.duration, f.Duration.Seconds(), f.Name)
		if !f.LastSuccess.IsZero() {
			gauge(d.lastSuccess, seconds(f.LastSuccess), f.Name)
		}
	}
	for _, api := range s.APIs {
		for _, state := range plan.States() {
			gauge(d.state, boolToFloat(api.State == state), api.API, state)
		}
		gauge(d.open, float64(api.OpenDays), api.API)
		if s.History.Since != 0 {
			gauge(d.history, float64(api.HistoryDays), api.API)
			gauge(d.missing, float64(api.HistoryMissing), api.API)
		}
		if api.Quota.Limit > 0 {
			gauge(d.limit, float64(api.Quota.Limit), api.API)
			gauge(d.used, float64(api.Quota.Used), api.API)
		}
	}
}

// ownMetrics registers what is this process' own of an account.
func (a *Account) ownMetrics(lease func() bool) prometheus.Gatherer {
	r, labels := prometheus.NewRegistry(), collector.AccountLabels(a.Name, a.Labels)
	a.counters.register(r, labels)
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "wx_store_days", Help: "API days stored for the account.", ConstLabels: labels,
	}, func() float64 { return float64(a.store.Count(a.ID)) }))
	if lease != nil {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: LeaseName, Help: LeaseHelp, ConstLabels: labels,
		}, func() float64 { return boolToFloat(lease()) }))
	}
	return r
}

func boolToFloat(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
