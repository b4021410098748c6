package history

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

// DayReader reads stored days.
type DayReader interface {
	Days(ctx context.Context, account, api, since, until string) iter.Seq2[store.Day, error]
}

// OpenMetrics says which samples to export.
type OpenMetrics struct {
	APIs         []collector.API
	Accounts     []store.Account
	Since, Until string // dates, both included; "" is no limit
	Progress     func(metric string, samples int)

	// Unreadable is called for days that cannot be decoded. They are left out.
	Unreadable func(account, api, date string, err error)
}

// Write writes the samples of all days that are final, as promtool makes blocks
// of them: metric by metric, series by series, the oldest first.
func (e OpenMetrics) Write(ctx context.Context, from DayReader, to io.Writer) error {
	out := bufio.NewWriter(to)
	for _, api := range e.APIs {
		seen := map[string]bool{} // several lists of a row may bring one metric
		metrics := slices.DeleteFunc(slices.Clone(api.Metrics()), func(m collector.Metric) bool {
			again := seen[m.Name]
			seen[m.Name] = true
			return m.Info || again
		})
		for i, m := range metrics {
			fmt.Fprintf(out, "# HELP %s %s From %s.\n# TYPE %[1]s gauge\n", Name(m.Name), m.Help, m.APIs)
			n := 0
			for _, a := range e.Accounts {
				samples, err := e.samples(ctx, from, a, api, m.Name, i == 0)
				if err != nil {
					return err
				}
				for _, s := range samples {
					fmt.Fprintf(out, "%s %s %d\n", s.text, strconv.FormatFloat(s.Value, 'g', -1, 64), s.Time.Unix())
				}
				if n += len(samples); e.Progress != nil {
					e.Progress(Name(m.Name), n)
				}
			}
		}
	}
	fmt.Fprintln(out, "# EOF")
	return out.Flush()
}

// samples returns those of a metric of an account. The days are read once for
// each metric, so that no more than that is in memory.
func (e OpenMetrics) samples(ctx context.Context, from DayReader, a store.Account, api collector.API, metric string, first bool) (samples []Sample, err error) {
	convert := NewConverter(a)
	for day, err := range from.Days(ctx, a.ID, api.Name, e.Since, endDate(e.Until)) {
		if err != nil {
			return nil, err
		}
		if day.Open || !day.HasRows() {
			continue
		}
		some, err := convert.Samples(api, day.Date, day.Rows, 0, metric)
		if err != nil && first {
			e.Unreadable(a.Name, api.Name, day.Date, err)
		}
		samples = append(samples, some...)
	}
	return sorted(samples), nil
}

// Named returns the accounts of these names; without names, all.
func Named(all []store.Account, names []string) (accounts []store.Account, err error) {
	for _, a := range all {
		if len(names) == 0 || slices.Contains(names, a.Name) {
			accounts = append(accounts, a)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(accounts, func(a store.Account) bool { return a.Name == name }) {
			return nil, fmt.Errorf("the store has no account %q", name)
		}
	}
	return accounts, nil
}

// endDate is a date after all others if there is none.
func endDate(date string) string {
	if date == "" {
		return "9999-12-31"
	}
	return date
}
