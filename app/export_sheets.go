package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/common/version"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// forPeople reports whether the output is a workbook, or a directory of tables.
func (e *export) forPeople() bool {
	return e.format == workbook || e.format == "csv" && e.toDirectory()
}

func (e *export) toDirectory() bool {
	info, err := os.Stat(e.output)
	return strings.HasSuffix(e.output, "/") || err == nil && info.IsDir()
}

// sheets writes what people read.
func (e *export) sheets(ctx context.Context, from *store.Reader, host Host, progress func(string, int)) error {
	made := fmt.Sprintf("%s %s, %s", program, version.Version, host.Now().In(calendar.Beijing).Format(time.DateTime))
	b := sheets.Book{
		Language: cmp.Or(texts.Language(e.language), texts.OfTerminal(host.Getenv)), Views: sheets.Views(e.chosen()), Accounts: e.accounts,
		Since: e.since, Until: e.until, Made: made, Progress: progress,
	}
	if e.format == workbook {
		b.Dir = filepath.Dir(e.output)
		err := into(e.output, nil, func(out io.Writer) error { return b.XLSX(ctx, from, out) })
		if err == nil {
			fmt.Fprintf(host.Stderr, "The workbook is %s.\n", e.output)
		}
		return err
	}
	if err := os.MkdirAll(e.output, 0o700); err != nil {
		return err
	}
	for _, v := range b.Views {
		err := into(filepath.Join(e.output, v.Name+".csv"), nil, func(out io.Writer) error { return b.CSV(ctx, from, v, out) })
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(host.Stderr, "%d tables are in %s.\n", len(b.Views), e.output)
	return nil
}
