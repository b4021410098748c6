package main

import (
	"bufio"
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
	s.cmd.Wait()
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
	for range s.batch {
		wall, n, err := s.client.scrape()
		if err != nil {
			return err
		}
		s.walls, s.bytes = append(s.walls, wall), n
	}
	after, err := s.ask("usage")
	if err != nil {
		return err
	}
	s.cpus = append(s.cpus, (after.CPU-before.CPU)/time.Duration(s.batch))
	s.mallocs = append(s.mallocs, float64(after.Mallocs-before.Mallocs)/float64(s.batch))
	rss, err := resident(s.cmd.Process.Pid)
	s.resident = max(s.resident, rss)
	return err
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
	if r.cache, err = start("cache", 300, "-accounts", n); err != nil {
		return nil, err
	}
	defer r.cache.stop()
	if r.promhttp, err = start("promhttp", max(1, 20/accounts), "-accounts", n); err != nil {
		return nil, err
	}
	defer r.promhttp.stop()
	if r.plain, err = start("http", 300, "-page", r.cache.address); err != nil {
		return nil, err
	}
	defer r.plain.stop()
	if r.tcp, err = start("tcp", 300, "-page", r.cache.address); err != nil {
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
	for range rounds {
		for _, s := range all {
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
		cpus, walls = append(cpus, c.Change), append(walls, c.ChangeWall)
	}
	r.change, r.changeWall = median(cpus), median(walls)
	h, err := r.cache.ask("handler")
	r.probe, r.allocs, r.probeAllocs = h.Probe, h.Allocs, h.ProbeAllocs
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
	print(os.Stdout, all)
	return nil
}
