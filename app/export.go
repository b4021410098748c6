package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/store"
)

// openMetrics is the format of time series; the others are those of tables.
const openMetrics = "openmetrics"

// workbook is the format for people who have Excel.
const workbook = "xlsx"

// export is the command line of the command export.
type export struct {
	format, since, until, output, language string
	accounts, families, older              []string // older is --family, which became --collector
}

func exportCommand(app *kingpin.Application) clause {
	e := &export{}
	c := clause{app.Command("export", "Write what the store holds, while an exporter runs or not."), e}
	formats := append([]string{openMetrics, workbook}, history.Formats()...)
	names := collector.Names(collector.Families())
	c.Flag("format", "openmetrics: time series, for promtool and others; csv, jsonl: WeChat's rows, as the store's views show them; xlsx: a workbook.").Default(openMetrics).EnumVar(&e.format, formats...)
	c.Flag("since", "First day, YYYY-MM-DD.").StringVar(&e.since)
	c.Flag("until", "Last day, YYYY-MM-DD.").StringVar(&e.until)
	c.Flag("account", "Name of an account; may be repeated. Default: all.").StringsVar(&e.accounts)
	c.Flag("collector", "Collector; may be repeated. Default: all, but time series of single articles, pages and ad units only if their collector is named.").EnumsVar(&e.families, names...)
	c.Flag("family", "What --collector was called before.").Hidden().EnumsVar(&e.older, names...)
	c.Flag("language", "Language of heads and names in workbooks and in a directory of csv: en, zh. Default: the terminal's, by LANG.").EnumVar(&e.language, "en", "zh")
	c.Flag("output", "File to write; default: the standard output. csv: a directory, which exists or ends in /, gets a file for each view, for Excel.").StringVar(&e.output)
	return c
}

// run exports from the store that the flags name.
func (e *export) run(ctx context.Context, f flags, host Host) (failed error) {
	for _, day := range []string{e.since, e.until} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return fmt.Errorf("%q is not a day of the form YYYY-MM-DD", day)
		}
	}
	e.families = append(e.families, e.older...)
	if e.format == workbook && e.output == "" {
		return errors.New("a workbook is written to a file: name it with --output")
	}
	if f.demo && !f.storageGiven && !f.urlGiven {
		path, remove, err := demoStore(ctx, host, e.apis(), e.since)
		if err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, remove()) }()
		f.storagePath, f.storageURL = path, ""
	}
	from, err := store.OpenReader(ctx, store.Options{Path: f.storagePath, URL: f.storageURL})
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, from.Close()) }()
	all, err := from.Accounts(ctx)
	if err != nil {
		return err
	}
	for i, name := range e.accounts {
		e.accounts[i] = norm.NFC.String(name) // as names of accounts are
	}
	accounts, err := history.Named(all, e.accounts)
	if err != nil {
		return err
	}
	progress, end := history.Progress(os.Stderr, host.Now)
	defer end()
	if e.forPeople() {
		return e.sheets(ctx, from, host, progress)
	}
	return into(e.output, host.Stdout, func(out io.Writer) error {
		if e.format == openMetrics {
			series := history.OpenMetrics{
				APIs: e.apis(), Accounts: accounts,
				Since: e.since, Until: e.until, Progress: progress,
				Unreadable: func(account, api, date string, err error) {
					fmt.Fprintf(host.Stderr, "%s of %s on %s cannot be read, it is left out: %s\n", api, account, date, err)
				},
			}
			return series.Write(ctx, from, out)
		}
		tables := history.Export{
			Format: e.format, Views: views(e.chosen()), Accounts: e.accounts,
			Since: e.since, Until: e.until, Progress: progress,
		}
		return tables.Write(ctx, from, out)
	})
}

// apis are those whose days are written.
func (e *export) apis() (all []collector.API) {
	if e.format == openMetrics {
		return history.APIs(collector.Families(), e.families)
	}
	for _, f := range e.chosen() {
		all = append(all, f.APIs...)
	}
	return all
}

// chosen are the families that the command line names; without any, all.
func (e *export) chosen() []collector.Family {
	return slices.DeleteFunc(collector.Families(), func(f collector.Family) bool {
		return len(e.families) > 0 && !slices.Contains(e.families, f.Name)
	})
}

// into writes the output to stdout or to a file, which appears only when it is
// complete.
func into(output string, stdout io.Writer, write func(io.Writer) error) error {
	if output == "" {
		return write(stdout)
	}
	part := output + ".part"
	file, err := os.Create(part)
	if err != nil {
		return err
	}
	if err = errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, output)
}
