//go:build unix

package exposition

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// dataset is a family of an account as WeChat's data makes them: ten metrics
// with a hundred rows each. Five of them are an account of 5,000 series.
type dataset struct {
	descs   []*prometheus.Desc
	changes atomic.Int64 // added to every value
}

const (
	familiesOfAccount = 5
	seriesOfAccount   = 10 * 100 * familiesOfAccount
)

func datasets(account string) map[string]*dataset {
	all := make(map[string]*dataset)
	for i := range familiesOfAccount {
		d, family := &dataset{}, fmt.Sprintf("family%d", i)
		for m := range 10 {
			name := fmt.Sprintf("wx_%s_measure%d_users", family, m)
			d.descs = append(d.descs, prometheus.NewDesc(name, "Users that WeChat reports for the day of the label date.",
				[]string{"date", "source"}, prometheus.Labels{"account": account}))
		}
		all[family] = d
	}
	return all
}

func (d *dataset) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range d.descs {
		ch <- desc
	}
}

func (d *dataset) Collect(ch chan<- prometheus.Metric) {
	changes := d.changes.Load()
	for m, desc := range d.descs {
		for row := range int64(100) {
			value := (row*row*7919+int64(m)*row)%(1<<(4+row%12)) + changes // of one to five digits
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value), fmt.Sprintf("2026-11-%02d", row/5+1), strconv.FormatInt(row%5, 10))
		}
	}
}

// filled returns a cache of accounts, and their data.
func filled(b *testing.B, accounts int) (*Cache, []map[string]*dataset) {
	c := start(b, Options{Process: registry(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})), Timeout: time.Minute})
	var all []map[string]*dataset
	for i := range accounts {
		account := fmt.Sprintf("a%03d", i)
		all = append(all, datasets(account))
		units := make(map[string]prometheus.Gatherer)
		for family, d := range all[i] {
			units[family] = registry(d)
		}
		c.Set(account, units)
	}
	settle(b, c)
	return c, all
}

func eachSize(b *testing.B, f func(b *testing.B, accounts int)) {
	for _, accounts := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("series=%d", accounts*seriesOfAccount), func(b *testing.B) { f(b, accounts) })
	}
}

// client scrapes over one connection that is kept, into memory that is reused.
type client struct {
	http.Client
	buf []byte
}

func (c *client) scrape(b *testing.B, url string) (took time.Duration, body []byte) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	begin := time.Now()
	answer, err := c.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	c.buf = slices.Grow(c.buf[:0], 8<<20)
	n, err := io.ReadFull(answer.Body, c.buf[:cap(c.buf)])
	if err != io.ErrUnexpectedEOF || n == 0 { // the buffer is larger than any body
		b.Fatalf("%d bytes, %v", n, err)
	}
	return time.Since(begin), c.buf[:n]
}

// BenchmarkScrape compares a scrape of everything over loopback with one of
// promhttp over the same collectors, and with one of a handler that does nothing
// but write the same bytes. They take turns, so that whatever else the machine
// does befalls them all.
func BenchmarkScrape(b *testing.B) {
	eachSize(b, func(b *testing.B, accounts int) {
		c, all := filled(b, accounts)
		same := registry(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		for _, families := range all {
			for _, d := range families {
				same.MustRegister(d)
			}
		}
		cached := httptest.NewServer(c.Metrics())
		defer cached.Close()
		prom := httptest.NewServer(promhttp.HandlerFor(same, promhttp.HandlerOpts{OfferedCompressions: []promhttp.Compression{promhttp.Gzip}}))
		defer prom.Close()
		var ours client
		_, body := ours.scrape(b, cached.URL)
		body = slices.Clone(body)
		plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		}))
		defer plain.Close()

		var took [3][]time.Duration
		for b.Loop() {
			for range 50 {
				for i, url := range []string{cached.URL, plain.URL} {
					one, _ := ours.scrape(b, url)
					took[i] = append(took[i], one)
				}
			}
			one, _ := ours.scrape(b, prom.URL)
			took[2] = append(took[2], one)
		}
		var fastest [3]float64 // what other load of the machine touches least
		for i, all := range took {
			fastest[i] = float64(slices.Min(all).Nanoseconds())
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(fastest[0]/1e3, "µs")
		b.ReportMetric(fastest[0]/fastest[1], "×net/http")
		b.ReportMetric(fastest[2]/fastest[0], "×faster-than-promhttp")
		b.ReportMetric(float64(len(body))/1e3, "kB")
	})
}

// BenchmarkChange measures the CPU time of a change of all series of one account
// until the page has them.
func BenchmarkChange(b *testing.B) {
	eachSize(b, func(b *testing.B, accounts int) {
		c, all := filled(b, accounts)
		runtime.GC()
		before := cpu(b)
		for b.Loop() {
			var families []string
			for family, d := range all[0] {
				d.changes.Add(1)
				families = append(families, family)
			}
			c.Changed("a000", families...)
			settle(b, c)
		}
		b.ReportMetric(float64((cpu(b)-before).Microseconds())/1e3/float64(b.N), "cpu-ms/op")
	})
}

// cpu is the CPU time of this process so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkProbe measures /probe of one account in the handler.
func BenchmarkProbe(b *testing.B) {
	eachSize(b, func(b *testing.B, accounts int) {
		c, _ := filled(b, accounts)
		r := httptest.NewRequest(http.MethodGet, "/probe?target=a000", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h := c.Probe()
		for b.Loop() {
			h.ServeHTTP(&discard{header: make(http.Header)}, r)
		}
	})
}

// BenchmarkHeap measures the heap of what the cache keeps, beside its gatherers.
func BenchmarkHeap(b *testing.B) {
	eachSize(b, func(b *testing.B, accounts int) {
		for b.Loop() {
			c, _ := filled(b, accounts)
			with := heap()
			for i := range accounts {
				a := c.accounts[fmt.Sprintf("a%03d", i)]
				a.shown = nil
				for _, f := range a.families {
					f.unit = nil
				}
			}
			c.page.Store(newPage(nil))
			b.ReportMetric(float64(with-heap())/float64(accounts*seriesOfAccount), "B/series")
		}
	})
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // the second empties the pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
