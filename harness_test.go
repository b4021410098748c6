package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// patience is how long a test waits for what must come; nothing fails because
// it came slowly.
const patience = 2 * time.Minute

// output collects what the exporter writes, for tests to read meanwhile.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// eventually waits until ok holds. It looks often and sleeps as little as a
// scheduler allows, for there is no event to wait for across a network.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// server is an exporter that runs in the test's process.
type server struct {
	url  string
	log  *output
	stop func() int // ends it and returns the exit code
}

var listening = regexp.MustCompile(`msg="?Listening on"? address=(\S+)`)

// start runs the exporter with arguments on a free port until the test ends.
func start(t testing.TB, env map[string]string, args ...string) *server {
	t.Helper()
	s := &server{log: &output{}}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() {
		args := append([]string{"--web.listen-address=127.0.0.1:0", "--log.level=debug"}, args...)
		code <- run(ctx, args, func(k string) string { return env[k] }, s.log, s.log)
	}()
	s.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(patience):
			t.Error("the exporter does not end")
			return -1
		}
	})
	t.Cleanup(func() { s.stop() })
	eventually(t, "the web server", func() bool {
		if m := listening.FindStringSubmatch(s.log.String()); m != nil {
			s.url = "http://" + m[1]
		}
		select {
		case c := <-code:
			t.Fatalf("the exporter ended with code %d:\n%s", c, s.log)
		default:
		}
		return s.url != ""
	})
	return s
}

// get asks the exporter for a path.
func (s *server) get(t testing.TB, path string) (status int, body string) {
	t.Helper()
	return fetch(t, http.MethodGet, s.url+path)
}

func fetch(t testing.TB, method, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return resp.StatusCode, string(b)
}

// scrape returns the samples of /metrics by series, and fails for one that
// comes twice.
func (s *server) scrape(t testing.TB) map[string]string {
	t.Helper()
	status, body := s.get(t, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", status, body)
	}
	return samples(t, body)
}

func samples(t testing.TB, body string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndexByte(line, ' ')
		if _, twice := all[line[:i]]; twice {
			t.Errorf("%s comes twice", line[:i])
		}
		all[line[:i]] = line[i+1:]
	}
	return all
}

// data returns those of the samples that carry a date, which are WeChat's.
func data(all map[string]string) map[string]string {
	dated := map[string]string{}
	for series, v := range all {
		if strings.Contains(series, `date="`) {
			dated[series] = v
		}
	}
	return dated
}

// filled reports whether every account has been polled with success.
func filled(all map[string]string, accounts ...string) bool {
	return !slices.ContainsFunc(accounts, func(a string) bool { return all[`wx_up{account="`+a+`"}`] != "1" })
}

// dataAlways makes a simulated WeChat that has computed yesterday at midnight,
// for tests that run at any time of day.
func dataAlways(o wxtest.Options) *wxtest.WeChat {
	o.ReadyAt = time.Nanosecond
	return wxtest.New(o)
}

// wechat serves a simulated WeChat over loopback.
func wechat(t testing.TB, w http.Handler) (url string) {
	t.Helper()
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	return s.URL
}

// write writes a file into a directory and returns its path.
func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// configFor is a configuration for accounts of a simulated WeChat; extra lines
// come first.
func configFor(url string, accounts []wxtest.Account, extra ...string) string {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	for _, line := range extra {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintf(w, "api: {url: %q, requests_per_second: 500, timeout: 20s}\n", url)
	fmt.Fprintln(w, `poll: {not_before: "00:00"}`)
	fmt.Fprintln(w, "accounts:")
	for _, a := range accounts {
		fmt.Fprintf(w, "  - {name: %q, app_id: %q, app_secret: %q}\n", a.Name, a.AppID, a.Secret)
	}
	w.Flush()
	return b.String()
}

// certificate writes a certificate for 127.0.0.1 and its key into a directory.
func certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
