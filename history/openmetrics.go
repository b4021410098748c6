package history

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

// DayReader reads stored days.
type DayReader interface {
	Accounts(ctx context.Context) ([]store.Account, error)
	Days(ctx context.Context, account, api, since, until string) iter.Seq2[store.Day, error]
}

// OpenMetrics says which samples to export.
type OpenMetrics struct {
	APIs         []collector.API
	Since, Until string   // dates, both included; "" is no limit
	Accounts     []string // names; none are all
	Progress     func(metric string, samples int)
}

// Write writes the samples of all days that are final, as promtool makes blocks
// of them: metric by metric, series by series, the oldest first. Days that cannot
// be decoded are left out and make an error when all others are written.
func (e OpenMetrics) Write(ctx context.Context, from DayReader, to io.Writer) error {
	out := bufio.NewWriter(to)
	accounts, err := accountsOf(ctx, from, e.Accounts)
	if err != nil {
		return err
	}
	var unreadable error
	for _, api := range e.APIs {
		for _, m := range api.Metrics() {
			if m.Info {
				continue
			}
			fmt.Fprintf(out, "# HELP %s %s From %s.\n# TYPE %[1]s gauge\n", Name(m.Name), m.Help, m.APIs)
			n := 0
			for _, a := range accounts {
				samples, bad, err := e.samples(ctx, from, a, api, m.Name)
				if err != nil {
					return err
				}
				if unreadable == nil { // the other metrics of the API fail alike
					unreadable = bad
				}
				for _, s := range samples {
					fmt.Fprintf(out, "%s %s %d\n", s.series, strconv.FormatFloat(s.Value, 'g', -1, 64), s.Time.Unix())
				}
				if n += len(samples); e.Progress != nil {
					e.Progress(Name(m.Name), n)
				}
			}
		}
	}
	fmt.Fprintln(out, "# EOF")
	return errors.Join(out.Flush(), unreadable)
}

// samples returns those of a metric of an account. They are read once for each
// metric, so that no more than that is in memory.
func (e OpenMetrics) samples(ctx context.Context, from DayReader, a Account, api collector.API, metric string) (samples []Sample, unreadable, err error) {
	for day, err := range from.Days(ctx, a.ID, api.Name, e.Since, until(e.Until)) {
		if err != nil {
			return nil, nil, err
		}
		if day.Open || !day.HasRows() {
			continue
		}
		all, err := Samples(a, api, day.Date, day.Rows, 0)
		if err != nil {
			unreadable = fmt.Errorf("%s of %s on %s is left out: %w", api.Name, a.Name, day.Date, err)
		}
		for _, s := range all {
			if s.Labels[nameAt(s.Labels)].Value == Name(metric) {
				samples = append(samples, s)
			}
		}
	}
	return sorted(samples), unreadable, nil
}

// accountsOf returns the accounts of these names, or all.
func accountsOf(ctx context.Context, from DayReader, names []string) (accounts []Account, err error) {
	all, err := from.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	for _, a := range all {
		if len(names) == 0 || wanted[a.Name] {
			accounts = append(accounts, Account(a))
			delete(wanted, a.Name)
		}
	}
	for name := range wanted {
		return nil, fmt.Errorf("the store has no account %q", name)
	}
	return accounts, nil
}

// until is a date after all others if there is none.
func until(date string) string {
	if date == "" {
		return "9999-12-31"
	}
	return date
}
