//go:build linux

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is a child process that serves.
type server struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	address string
	body    int // bytes, of what is not HTTP
	client  *client
	batch   int // scrapes of a round

	walls    []time.Duration
	paced    []time.Duration // the median of walls of a round
	rushed   []time.Duration // the same of scrapes without a pause
	cpus     []time.Duration // of a scrape, a round each
	mallocs  []float64       // of a scrape, a round each
	resident int             // bytes, the most that was seen after a round
	bytes    int             // of a body
}

func start(kind string, batch int, args ...string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(self, append([]string{"-serve", kind}, args...)...), batch: batch}
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(bufio.NewReader(out))
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	var r report
	if err := s.out.Decode(&r); err != nil {
		return nil, fmt.Errorf("start %s: %w", kind, err)
	}
	s.address, s.body = r.Address, r.Body
	return s, nil
}

func (s *server) stop() {
	s.in.Close()
	_ = s.cmd.Wait() // it ends when its input does
}

func (s *server) ask(command string) (report, error) {
	if _, err := fmt.Fprintln(s.in, command); err != nil {
		return report{}, err
	}
	var r report
	if err := s.out.Decode(&r); err != nil {
		return r, err
	}
	if r.Err != "" {
		return r, errors.New(r.Err)
	}
	return r, nil
}

// round scrapes a batch, after one scrape for what the others' turns have put
// out of the CPU's caches.
func (s *server) round() error {
	if _, _, err := s.client.scrape(); err != nil {
		return err
	}
	before, err := s.ask("usage")
	if err != nil {
		return err
	}
	walls, err := s.scrapes(pause)
	if err != nil {
		return err
	}
	s.walls, s.paced = append(s.walls, walls...), append(s.paced, median(walls))
	after, err := s.ask("usage")
	if err != nil {
		return err
	}
	s.cpus = append(s.cpus, (after.CPU-before.CPU)/time.Duration(s.batch))
	s.mallocs = append(s.mallocs, float64(after.Mallocs-before.Mallocs)/float64(s.batch))
	rss, err := resident(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	s.resident = max(s.resident, rss)
	walls, err = s.scrapes(0)
	s.rushed = append(s.rushed, median(walls))
	return err
}

// scrapes returns how long each of a batch of scrapes took.
func (s *server) scrapes(pause time.Duration) ([]time.Duration, error) {
	var walls []time.Duration
	for range s.batch {
		time.Sleep(pause)
		wall, n, err := s.client.scrape()
		if err != nil {
			return nil, err
		}
		walls, s.bytes = append(walls, wall), n
	}
	return walls, nil
}

// resident returns the resident memory of a process in bytes.
func resident(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.Atoi(kb)
	return n << 10, err
}

// A round is two batches of scrapes of every server, but promhttp, which takes
// seconds for a scrape, has its turn in every third one only. Prometheus scrapes
// at intervals, so that each scrape meets a server that has gone to sleep: so do
// those of the first batch. The second is back to back, which measures the code
// rather than the waking.
const (
	batch         = 60
	pause         = 2 * time.Millisecond
	promhttpEvery = 3
)

// timesTCP returns how many times as long as bare TCP a server took, with a
// pause before each scrape and without: the median of what it was in each round,
// where both ran under the same conditions.
func (r *result) timesTCP(s *server) (paced, rushed float64) {
	var p, q []float64
	for i := range s.paced {
		turn := i
		if s == r.promhttp {
			turn *= promhttpEvery
		}
		p = append(p, ratio(s.paced[i], r.tcp.paced[turn]))
		q = append(q, ratio(s.rushed[i], r.tcp.rushed[turn]))
	}
	return median(p), median(q)
}

// result is a comparison at a number of series.
type result struct {
	series                      int
	cache, promhttp, plain, tcp *server
	change, changeWall          time.Duration
	probe                       time.Duration
	allocs, probeAllocs         float64
}

// compare runs the servers side by side.
func compare(accounts, rounds int) (*result, error) {
	r := &result{series: accounts * seriesOfAccount}
	n := strconv.Itoa(accounts)
	var err error
	if r.cache, err = start("cache", batch, "-accounts", n); err != nil {
		return nil, err
	}
	defer r.cache.stop()
	if r.promhttp, err = start("promhttp", max(1, 10/accounts), "-accounts", n); err != nil {
		return nil, err
	}
	defer r.promhttp.stop()
	if r.plain, err = start("http", batch, "-page", r.cache.address); err != nil {
		return nil, err
	}
	defer r.plain.stop()
	if r.tcp, err = start("tcp", batch, "-page", r.cache.address); err != nil {
		return nil, err
	}
	defer r.tcp.stop()

	// An exporter is scraped for months: wait until it has given back the
	// memory that its start took.
	time.Sleep(6 * time.Second)
	all := []*server{r.cache, r.tcp, r.plain, r.promhttp}
	for _, s := range all {
		if s.client, err = dial(s.address, s.body); err != nil {
			return nil, err
		}
		if _, _, err := s.client.scrape(); err != nil {
			return nil, err
		}
	}
	for i := range rounds {
		for _, s := range all {
			if s == r.promhttp && i%promhttpEvery != 0 {
				continue
			}
			if err := s.round(); err != nil {
				return nil, err
			}
		}
	}
	return r, r.inProcess()
}

// inProcess measures what is not a scrape over the network.
func (r *result) inProcess() error {
	var cpus, walls []time.Duration
	for range 21 {
		c, err := r.cache.ask("change")
		if err != nil {
			return err
		}
		if err := onPage(r.cache.address, c.Line); err != nil {
			return err
		}
		cpus, walls = append(cpus, c.Change), append(walls, c.ChangeWall)
	}
	r.change, r.changeWall = median(cpus), median(walls)
	h, err := r.cache.ask("handler")
	r.probe, r.allocs, r.probeAllocs = h.Probe, h.Allocs, h.ProbeAllocs
	return err
}

// onPage returns an error if a server's page does not have a line.
func onPage(address, line string) error {
	body, err := fetch(address)
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return err
	}
	page, err := io.ReadAll(z)
	if err == nil && !bytes.Contains(page, []byte(line)) {
		err = fmt.Errorf("a change is not on the page: %q", line)
	}
	return err
}

func compareAll(accounts []int, rounds int) error {
	var all []*result
	for _, n := range accounts {
		r, err := compare(n, rounds)
		if err != nil {
			return err
		}
		all = append(all, r)
		fmt.Fprintf(os.Stderr, "%d series compared\n", r.series)
	}
	write(os.Stdout, all)
	return nil
}
