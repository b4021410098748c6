//go:build e2e

package prometheus_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// TestHistoryCost compares what a year of an account takes in Prometheus as
// history with 30 days of scrapes, a minute apart, of its gauges with a date.
func TestHistoryCost(t *testing.T) {
	const scrapes = 30 * 24 * 60
	promtool, exporter := tool(t, "promtool"), harness.Build(t)
	p := newPast(t)
	dir := t.TempDir()
	block := func(name, file string) (bytes int64) {
		path := filepath.Join(dir, name)
		run(t, promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=744h", file, path)
		err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
			if info, e := d.Info(); err == nil && e == nil && !d.IsDir() {
				bytes += info.Size()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	year := (p.wechat.Newest() - 364).String()
	file := filepath.Join(dir, "year.om")
	run(t, exporter, "export", "--storage.path="+p.store, "--account=store", "--since="+year, "--output="+file)
	samples, hourly := 0, 0
	for line := range strings.Lines(string(read(t, file))) {
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.Contains(line, "_hourly_"):
			hourly++
		default:
			samples++
		}
	}
	asHistory := block("year", file)

	process := p.start(t, exporter, harness.Serve(t, p.wechat), "http://127.0.0.1:1/")
	harness.Eventually(t, "the page", func() bool { return harness.Filled(process.Scrape(t), "store") })
	_, page := process.Get(t, "/probe?target=store")
	process.Kill()
	dated := harness.Dated(harness.Samples(t, page))
	// One block of two hours of scrapes stands for the 360 of 30 days.
	gauges := filepath.Join(dir, "gauges.om")
	out, err := os.Create(gauges)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(out)
	begin := time.Now().Add(-48 * time.Hour).Truncate(2 * time.Hour).Unix()
	series := make([]string, 0, len(dated))
	for s := range dated {
		series = append(series, s)
	}
	slices.Sort(series)
	for _, s := range series {
		for i := range int64(120) {
			fmt.Fprintf(w, "%s %s %d\n", s, dated[s], begin+60*i)
		}
	}
	fmt.Fprintln(w, "# EOF")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	asGauges := block("gauges", gauges) * 360
	t.Logf("a year as history: %d samples of days and longer, %d of hours, %d kB", samples, hourly, asHistory>>10)
	t.Logf("30 days of scrapes: %d series, %d samples, %d kB", len(dated), len(dated)*scrapes, asGauges>>10)
	if samples > 10*len(dated) {
		t.Errorf("a year of daily figures has %d samples, ten scrapes have %d", samples, 10*len(dated))
	}
	if asHistory*10 > asGauges || (samples+hourly)*100 > len(dated)*scrapes {
		t.Error("history is not a small part of the scrapes")
	}
}
