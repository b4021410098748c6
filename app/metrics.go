package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
)

// processMetrics are the metrics of the process, beside those of the accounts.
type processMetrics struct {
	registry   *prometheus.Registry
	durations  *prometheus.HistogramVec
	reloadOK   prometheus.Gauge
	reloadTime prometheus.Gauge
}

func newProcessMetrics(s *store.Store) *processMetrics {
	m := &processMetrics{
		registry:  prometheus.NewRegistry(),
		durations: poll.NewDurations(),
		reloadOK: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "wx_exporter_config_last_reload_successful",
			Help: "Whether the last attempt to load the configuration succeeded.",
		}),
		reloadTime: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "wx_exporter_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration was last loaded successfully.",
		}),
	}
	m.registry.MustRegister(
		versioncollector.NewCollector(program),
		collector.NewCodeCollector(),
		m.durations, m.reloadOK, m.reloadTime,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "wx_store_healthy",
			Help: "Whether the last write to the store succeeded; until one does, new answers are served from memory.",
		}, func() float64 {
			if s.Healthy() {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "wx_store_size_bytes",
			Help: "Size of the store on disk.",
		}, func() float64 { return float64(s.SizeBytes()) }),
	)
	return m
}

// runtime adds what Go and the operating system say of the process.
func (m *processMetrics) runtime() {
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// replicas adds how many replicas share the store.
func (m *processMetrics) replicas(alive func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "wx_exporter_replicas",
		Help: "Live replicas that share the store, including this one.",
	}, func() float64 { return float64(alive()) }))
}

// reloaded records the result of loading the configuration. The timestamp changes
// on success only.
func (m *processMetrics) reloaded(err error, now time.Time) {
	if err != nil {
		m.reloadOK.Set(0)
		return
	}
	m.reloadOK.Set(1)
	m.reloadTime.Set(float64(now.Unix()))
}

// selectable returns what collect[] may name.
func selectable() []string {
	return append(collector.Names(collector.Families()), collector.Exporter)
}
