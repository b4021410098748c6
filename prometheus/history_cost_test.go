//go:build e2e

package prometheus_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

const (
	costDays    = 1  // of scrapes, where WX_COST_DAYS says nothing else
	monthDays   = 30 // what their cost is told for
	dayScrapes  = 24 * 60
	scrapeEvery = time.Minute
)

// TestHistoryCost compares what a year of an account takes in Prometheus as
// history with 30 days of scrapes, a minute apart, of its gauges with a date.
// WX_COST_DAYS=30 makes all of these days, which takes some minutes.
func TestHistoryCost(t *testing.T) {
	days := harness.Wanted(t, "WX_COST_DAYS", costDays, strconv.Atoi)
	if days < 1 || days > monthDays {
		t.Fatalf("WX_COST_DAYS is %d", days)
	}
	server, promtool, exporter := tool(t, "prometheus"), tool(t, "promtool"), harness.Build(t)
	harness.SameDay(t)
	p := newPast(t)
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "samples.om")
	blocks := func() {
		run(t, promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=744h", file, data)
	}
	since := (p.wechat.Newest() - 364).String()
	run(t, exporter, "export", "--storage.path="+p.store, "--account=store", "--since="+since, "--output="+file)
	year := exportedIn(t, file)
	blocks()
	history := costOf(t, data)

	s := scraped{page: p.dated(t, exporter), end: time.Now().UTC().Truncate(24 * time.Hour), seen: map[string]bool{}}
	for ago := days; ago > 0; ago-- {
		s.write(t, file, ago)
		blocks()
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	gauges := costOf(t, data).without(history)
	if history.samples != year.daily+year.hourly || gauges.samples != len(s.page)*dayScrapes*days {
		t.Errorf("blocks have %d samples of history and %d of scrapes", history.samples, gauges.samples)
	}
	t.Logf("a year as history: %d series, %d samples of days and longer, %d of hours, %d kB", len(year.series), year.daily, year.hourly, history.bytes/1000)
	t.Logf("scrapes of %d of %d days: %d series, %d of them at a time, %d samples, %d kB", days, monthDays, len(s.seen), len(s.page), gauges.samples, gauges.bytes/1000)
	s.ask(t, server, data, days, len(year.series))

	if days != monthDays {
		gauges = cost{gauges.samples * monthDays / days, gauges.bytes * monthDays / int64(days)}
		t.Logf("%d days of scrapes, multiplied up from %d: %d samples, %d kB", monthDays, days, gauges.samples, gauges.bytes/1000)
	}
	if year.daily > 10*len(s.page) {
		t.Errorf("a year of daily figures has %d samples, ten scrapes have %d", year.daily, 10*len(s.page))
	}
	if history.bytes*10 > gauges.bytes || history.samples*100 > gauges.samples {
		t.Error("history is not a small part of the scrapes")
	}
}

// cost is what blocks have and take.
type cost struct {
	samples int
	bytes   int64
}

func (c cost) without(other cost) cost { return cost{c.samples - other.samples, c.bytes - other.bytes} }

// costOf is that of all blocks in Prometheus' directory, which is not running.
func costOf(t *testing.T, data string) (c cost) {
	t.Helper()
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		c.bytes += info.Size()
		if d.Name() == "meta.json" {
			var meta struct{ Stats struct{ NumSamples int } }
			if err := json.Unmarshal(read(t, path), &meta); err != nil {
				return err
			}
			c.samples += meta.Stats.NumSamples
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// exported is what an export has.
type exported struct {
	series        map[string]bool
	daily, hourly int // samples
}

func exportedIn(t *testing.T, file string) exported {
	t.Helper()
	e := exported{series: map[string]bool{}}
	for line := range strings.Lines(string(read(t, file))) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		e.series[line[:strings.LastIndexByte(line, '}')]] = true
		if strings.Contains(line, "_hourly_") {
			e.hourly++
		} else {
			e.daily++
		}
	}
	return e
}

// dated are the gauges with a date of an account, of a scrape.
func (p past) dated(t *testing.T, exporter string) map[string]string {
	t.Helper()
	process := p.start(t, exporter, harness.Serve(t, p.wechat), "http://127.0.0.1:1/")
	defer process.Kill()
	harness.Eventually(t, "the page", func() bool { return harness.Filled(process.Scrape(t), "store") })
	_, page := process.Get(t, "/probe?target=store")
	return harness.Dated(harness.Samples(t, page))
}

// scraped are days of scrapes up to a midnight. The dates of a page move on from
// day to day, so that there are new series every day.
type scraped struct {
	page map[string]string // of the last day
	end  time.Time
	seen map[string]bool // all series that were written
}

var dateLabel = regexp.MustCompile(`\bdate="(\d{4}-\d\d-\d\d)"`)

// write writes the scrapes of a day, the last one if ago is 1: all samples of a
// series after one another, as OpenMetrics wants them.
func (s scraped) write(t *testing.T, file string, ago int) {
	t.Helper()
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	begin := s.end.AddDate(0, 0, -ago)
	var times [dayScrapes]string
	for i := range times {
		times[i] = fmt.Sprintf(" %d\n", begin.Add(time.Duration(i)*scrapeEvery).Unix())
	}
	w := bufio.NewWriter(out)
	for _, last := range slices.Sorted(maps.Keys(s.page)) {
		series := dateLabel.ReplaceAllStringFunc(last, func(label string) string {
			day, err := time.Parse(`date="2006-01-02"`, label)
			if err != nil {
				t.Fatal(err)
			}
			return day.AddDate(0, 0, 1-ago).Format(`date="2006-01-02"`)
		})
		s.seen[series] = true
		for _, at := range times {
			w.WriteString(series)
			w.WriteByte(' ')
			w.WriteString(s.page[last])
			w.WriteString(at)
		}
	}
	w.WriteString("# EOF\n")
	if err := w.Flush(); err != nil { // with the error of any write
		t.Fatal(err)
	}
}

// ask starts Prometheus over the blocks, asks it for both, and tells what they
// take once it has merged them.
func (s scraped) ask(t *testing.T, server, data string, days, history int) {
	t.Helper()
	// It looks for something to merge when it has reloaded its blocks: once a
	// minute, unless told otherwise.
	process, prom := startHistory(t, server, data, "--storage.tsdb.block-reload-interval=1s")
	count := func(selector string, at time.Time) int {
		return int(prom.data(t, fmt.Sprintf("count(last_over_time(%s @ %d))", selector, at.Unix()))[0].value())
	}
	both := func() {
		t.Helper()
		for _, at := range []time.Time{s.end.AddDate(0, 0, -days), s.end.Add(-scrapeEvery)} {
			if n := count(`{__name__=~"wx_.+", date!=""}[1m]`, at); n != len(s.page) {
				t.Errorf("Prometheus has %d series with a date at %v, want %d", n, at, len(s.page))
			}
		}
		if n := count(`{__name__=~"wx_history_.+"}[400d]`, s.end); n != history {
			t.Errorf("Prometheus has %d series of history, want %d", n, history)
		}
	}
	both()
	metric := func(name string) float64 {
		v, err := strconv.ParseFloat(process.Scrape(t)[name], 64)
		if err != nil {
			return math.NaN()
		}
		return v
	}
	// The second look comes after the first has merged all there was.
	harness.Eventually(t, "Prometheus has merged the blocks", func() bool {
		return metric("prometheus_tsdb_compactions_triggered_total") >= 2
	})
	t.Logf("both in one Prometheus, after %v compactions: %d kB", metric("prometheus_tsdb_compactions_total"), int64(metric("prometheus_tsdb_storage_blocks_bytes"))/1000)
	both()
}
