package collector

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// familyCollector collects an account's series of a family: the kept days of
// the window, as they are in the store when it is asked. It never calls WeChat.
type familyCollector struct {
	Family
	account AccountOptions
	store   Store
	today   func() wxclient.Day

	unreadable func(api string, d store.Day, err error) // is told of days whose rows cannot be decoded
}

// descs returns the descriptions of the family's metrics by name. They are
// made for each use: hundreds of accounts would otherwise each hold a copy of
// every HELP.
func (c *familyCollector) descs() map[string]*prometheus.Desc {
	labels := c.account.constLabels()
	descs := map[string]*prometheus.Desc{
		latestName: prometheus.NewDesc(latestName, latestHelp, []string{"api", "date"}, labels),
	}
	for _, m := range c.Metrics() {
		descs[m.Name] = prometheus.NewDesc(m.Name, m.help(), append([]string{"date"}, m.Labels...), labels)
	}
	return descs
}

// Describe implements prometheus.Collector.
func (c *familyCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs() {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *familyCollector) Collect(ch chan<- prometheus.Metric) {
	descs := c.descs()
	infos := map[string]infoSeries{}
	for _, api := range c.APIs {
		days, err := c.window(api)
		if err != nil {
			ch <- prometheus.NewInvalidMetric(descs[latestName], err)
			continue
		}
		newest := ""
		for _, day := range days {
			if !day.HasRows() {
				continue
			}
			samples, err := api.samples(day.Rows, c.account.Window.ArticlesPerDay)
			if err != nil {
				c.unreadable(api.Name, day, err) // an invalid metric would hold up the whole family
				continue
			}
			newest = day.Date
			for _, s := range samples {
				m := api.Metrics[s.metric]
				labels := append([]string{day.Date}, s.labels...)
				if m.Info {
					keepFuller(infos, infoSeries{m.Name, labels})
					continue
				}
				ch <- prometheus.MustNewConstMetric(descs[m.Name], prometheus.GaugeValue, s.value, labels...)
			}
		}
		if d, err := wxclient.ParseDay(newest); err == nil {
			ch <- prometheus.MustNewConstMetric(descs[latestName], prometheus.GaugeValue, float64(d.Start().Unix()), api.Name, newest)
		}
	}
	for _, s := range infos {
		ch <- prometheus.MustNewConstMetric(descs[s.name], prometheus.GaugeValue, 1, s.labels...)
	}
}

// window returns the kept days of an API that are exported, oldest first. Of
// weeks and months the one before them takes their place while none of them
// is there yet.
func (c *familyCollector) window(api API) ([]store.Day, error) {
	days := api.days(c.account.Window, c.today()-1)
	if len(days) == 0 {
		return nil, nil
	}
	first, last := days[0].String(), days[len(days)-1].String()
	from := first
	if api.Kind == Weekly || api.Kind == Monthly {
		from = (days[0] - 1).Monday().String()
		if api.Kind == Monthly {
			from = (days[0] - 1).FirstOfMonth().String()
		}
	}
	kept, err := c.store.Days(c.account.ID, api.Name, from, last)
	if err != nil {
		return nil, err
	}
	inside := slices.IndexFunc(kept, func(d store.Day) bool { return d.Date >= first && d.HasRows() })
	if inside < 0 {
		return kept, nil
	}
	return slices.DeleteFunc(kept, func(d store.Day) bool { return d.Date < first }), nil
}

// infoSeries is a series whose labels are the data: labels holds the date, what
// is described, and the description.
type infoSeries struct {
	name   string
	labels []string
}

// keepFuller keeps of two series about the same thing the one that says more.
func keepFuller(infos map[string]infoSeries, s infoSeries) {
	key := strings.Join(append([]string{s.name}, s.labels[:2]...), separator)
	if old, ok := infos[key]; !ok || s.filled() > old.filled() {
		infos[key] = s
	}
}

// filled counts the labels that are not empty.
func (s infoSeries) filled() (n int) {
	for _, l := range s.labels {
		if l != "" {
			n++
		}
	}
	return n
}
