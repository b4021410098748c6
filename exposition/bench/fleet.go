//go:build linux

package main

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// dimension is a label of a table and the values it goes through.
type dimension struct {
	label string
	pairs []*dto.LabelPair
}

func dim(label string, values ...string) dimension {
	d := dimension{label: label}
	for _, v := range values {
		d.pairs = append(d.pairs, &dto.LabelPair{Name: &label, Value: &v})
	}
	return d
}

func days(label string, n int) dimension {
	newest := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	values := make([]string, n)
	for i := range values {
		values[i] = newest.AddDate(0, 0, i+1-n).Format(time.DateOnly)
	}
	return dim(label, values...)
}

func hours() dimension {
	var values []string
	for h := range 24 {
		values = append(values, fmt.Sprintf("%02d", h))
	}
	return dim("hour", values...)
}

func msgids(n int) dimension {
	var values []string
	for i := range n {
		values = append(values, strconv.Itoa(2247483650+i*3)+"_1")
	}
	return dim("msgid", values...)
}

// table is the metrics of an API and the rows that each of them has.
type table struct {
	family  string
	prefix  string
	metrics []string
	dims    []dimension
}

func (t table) rows() int {
	n := 1
	for _, d := range t.dims {
		n *= len(d.pairs)
	}
	return n
}

// seriesOfAccount is what tables add up to: an account that is busy in every
// family.
const seriesOfAccount = 5000

// tables returns the APIs of an account.
func tables() []table {
	reads := []string{"int_page_users", "int_page_reads", "ori_page_users", "ori_page_reads", "share_users", "shares", "fav_users", "favs"}
	calls := []string{"callbacks", "failures", "total_ms", "max_ms", "avg_ms"}
	msgs := []string{"msgs", "msg_users"}
	types := dim("type", "1", "2", "3", "6")
	all := []table{
		{"user", "wx_", []string{"new_users", "cancel_users"}, []dimension{days("date", 30), dim("source", "0", "1", "100", "161", "17", "30", "51", "57")}},
		{"user", "wx_", []string{"cumulate_users"}, []dimension{days("date", 30)}},
		{"message", "wx_upstream_", msgs, []dimension{days("date", 30), types}},
		{"message", "wx_upstream_hourly_", msgs, []dimension{days("date", 2), hours(), types}},
		{"interface", "wx_interface_", calls, []dimension{days("date", 30)}},
		{"interface", "wx_interface_hourly_", calls, []dimension{days("date", 2), hours()}},
		{"article", "wx_read_", reads, []dimension{days("date", 30), dim("source", "0", "1", "2")}},
		{"article", "wx_read_hourly_", reads, []dimension{days("date", 2), hours(), dim("source", "0", "1", "2", "5")}},
		{"article", "wx_article_", reads, []dimension{days("date", 7), msgids(5)}},
		{"article", "wx_article_total_", reads, []dimension{days("date", 1), msgids(15), days("stat_date", 7)}},
		{"publish", "wx_publish_", []string{"share_users", "like_users", "comments"}, []dimension{days("date", 30)}},
		{"exporter", "wx_api_", []string{"open_days"}, []dimension{dim("api", "getarticlesummary", "getarticletotal", "getinterfacesummary", "getinterfacesummaryhour", "getupstreammsg", "getupstreammsghour", "getusercumulate", "getuserread", "getusershare", "getusersummary")}},
	}
	// A metric's labels, account among them, are sorted by name.
	for _, t := range all {
		slices.SortFunc(t.dims, func(x, y dimension) int { return cmp.Compare(x.label, y.label) })
	}
	return all
}

// collector is a family of an account: an ordinary prometheus.Collector over
// plain numbers.
type collector struct {
	account *dto.LabelPair
	tables  []table
	descs   [][]*prometheus.Desc // of the metrics of each table
	values  []int32              // in the order of Collect
	changes atomic.Int32         // added to every value
}

// families returns the collectors of account number i, by family.
func families(i int, tables []table) map[string]*collector {
	rnd := rand.New(rand.NewPCG(uint64(i), 0))
	name := fmt.Sprintf("a%03d", i)
	out := make(map[string]*collector)
	for _, t := range tables {
		c := out[t.family]
		if c == nil {
			c = &collector{account: dim("account", name).pairs[0]}
			out[t.family] = c
		}
		var descs []*prometheus.Desc
		var labels []string
		for _, d := range t.dims {
			labels = append(labels, d.label)
		}
		for m, metric := range t.metrics {
			descs = append(descs, prometheus.NewDesc(t.prefix+metric,
				fmt.Sprintf("The %s that WeChat reports for the day of the label date.", metric),
				labels, prometheus.Labels{"account": name}))
			for range t.rows() {
				c.values = append(c.values, int32(math.Exp(5-0.7*float64(m)+1.5*rnd.NormFloat64())))
			}
		}
		c.tables, c.descs = append(c.tables, t), append(c.descs, descs)
	}
	return out
}

func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, descs := range c.descs {
		for _, d := range descs {
			ch <- d
		}
	}
}

func (c *collector) Collect(ch chan<- prometheus.Metric) {
	values, changes := c.values, c.changes.Load()
	for i, t := range c.tables {
		labels := t.labels(c.account)
		width := len(t.dims) + 1
		for _, desc := range c.descs[i] {
			samples := make([]sample, t.rows())
			for row := range samples {
				s := &samples[row]
				s.desc, s.labels, s.value = desc, labels[row*width:(row+1)*width], float64(values[0]+changes)
				s.gauge.Value = &s.value
				values = values[1:]
				ch <- s
			}
		}
	}
}

// labels returns the label pairs of all rows, one row after another and sorted.
func (t table) labels(account *dto.LabelPair) []*dto.LabelPair {
	out := make([]*dto.LabelPair, 0, t.rows()*(len(t.dims)+1))
	for row := range t.rows() {
		out = append(out, account)
		rest := t.rows()
		for _, d := range t.dims {
			rest /= len(d.pairs)
			out = append(out, d.pairs[row/rest%len(d.pairs)])
		}
	}
	return out
}

// sample is a prometheus.Metric that costs no allocation: label pairs are shared
// by all rows of a table, samples made by the table.
type sample struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair
	gauge  dto.Gauge
	value  float64
}

func (s *sample) Desc() *prometheus.Desc { return s.desc }

func (s *sample) Write(m *dto.Metric) error {
	m.Label, m.Gauge = s.labels, &s.gauge
	return nil
}
