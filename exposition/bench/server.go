//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wxexporter/wx_exporter/exposition"
)

// report is what a server tells its parent, a line of JSON each: one when it
// serves, then one for every line it reads.
type report struct {
	Address string        `json:",omitempty"` // where it serves
	Body    int           `json:",omitempty"` // bytes of the body that tcp serves
	CPU     time.Duration // of the process so far
	Mallocs uint64        // of the process so far

	Change      time.Duration `json:",omitempty"` // CPU time of a change of one account until it was on the page
	ChangeWall  time.Duration `json:",omitempty"`
	Line        string        `json:",omitempty"` // is on the page since that change, with the ends of lines around it
	Probe       time.Duration `json:",omitempty"` // of /probe for one account in the handler
	ProbeAllocs float64       `json:",omitempty"` // of that
	Allocs      float64       `json:",omitempty"` // of a scrape of everything in the handler
	Err         string        `json:",omitempty"`
}

// own is what the exporter says about its own process.
func own() []prometheus.Collector {
	return []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})}
}

func registry(c ...prometheus.Collector) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(c...)
	return r
}

func serveCache(accounts int) error {
	c := exposition.New(exposition.Options{Own: registry(own()...), MaxConcurrent: 40, Timeout: time.Minute})
	ctx := context.Background()
	go c.Run(ctx)
	var last map[string]*collector
	tables := tables()
	for i := range accounts {
		last = families(i, tables)
		for family, collector := range last {
			c.Set(exposition.Key{Account: name(i), Family: family}, exposition.Gatherer(collector))
		}
	}
	if err := c.Sync(ctx); err != nil {
		return err
	}
	return serveHTTP(c.Metrics(), map[string]func() (report, error){
		"change":  func() (report, error) { return change(ctx, c, name(accounts-1), last) },
		"handler": func() (report, error) { return inHandler(c, name(accounts-1)) },
	})
}

func servePromhttp(accounts int) error {
	all, tables := registry(own()...), tables()
	for i := range accounts {
		for _, collector := range families(i, tables) {
			all.MustRegister(collector)
		}
	}
	return serveHTTP(promhttp.HandlerFor(all, promhttp.HandlerOpts{EnableOpenMetrics: true}), nil)
}

// servePage answers with the body that page has, as little as a handler can do.
func servePage(page string) error {
	body, err := fetch(page)
	if err != nil {
		return err
	}
	contentType, length := []string{"text/plain"}, []string{strconv.Itoa(len(body))}
	return serveHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"], w.Header()["Content-Length"] = contentType, length
		w.Write(body)
	}), nil)
}

// serveTCP answers whatever it reads with the body that page has.
func serveTCP(page string) error {
	body, err := fetch(page)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				buf := make([]byte, 4096)
				for {
					if _, err := conn.Read(buf); err != nil {
						return
					}
					if _, err := conn.Write(body); err != nil {
						return
					}
				}
			}()
		}
	}()
	return converse(report{Address: l.Addr().String(), Body: len(body)}, nil)
}

func fetch(address string) ([]byte, error) {
	r, err := http.NewRequest(http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept-Encoding", "gzip") // as it is: Transport would inflate what it asked for itself
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func serveHTTP(h http.Handler, commands map[string]func() (report, error)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { fmt.Fprintln(os.Stderr, http.Serve(l, h)) }()
	return converse(report{Address: l.Addr().String()}, commands)
}

// converse reports until stdin ends.
func converse(first report, commands map[string]func() (report, error)) error {
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(first); err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		r := usage()
		if command := commands[in.Text()]; command != nil {
			var err error
			if r, err = command(); err != nil {
				r.Err = err.Error()
			}
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return in.Err()
}

func usage() report {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return report{CPU: cpu(), Mallocs: m.Mallocs}
}

// cpu is the CPU time of this process so far, user and system.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func name(i int) string { return fmt.Sprintf("a%03d", i) }
