//go:build e2e

package prometheus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// pastDays is how long the history of the tests is.
const pastDays = 400

// samples are values by series and time in milliseconds.
type samples map[string]map[int64]float64

func (s samples) set(series string, at int64, v float64) {
	if s[series] == nil {
		s[series] = map[int64]float64{}
	}
	s[series][at] = v
}

func (s samples) count() (n int) {
	for _, values := range s {
		n += len(values)
	}
	return n
}

// differences tells where two sets of samples differ, by a part of the value at
// least.
func differences(want, got samples, part float64) (n int, example string) {
	for _, s := range slices.Sorted(maps.Keys(want)) {
		for at, v := range want[s] {
			if w, ok := got[s][at]; !ok || math.Abs(w-v) > part*math.Abs(v) {
				n++
				example = fmt.Sprintf("%s at %s is %v (%v), want %v", s, time.UnixMilli(at).UTC(), w, ok, v)
			}
		}
	}
	for s, values := range got {
		for at := range values {
			if _, ok := want[s][at]; !ok {
				n++
				example = fmt.Sprintf("%s at %s is there", s, time.UnixMilli(at).UTC())
			}
		}
	}
	return n, example
}

// past is a simulated WeChat of two accounts, and a store that has its days of
// more than a year.
type past struct {
	wechat   *wxtest.WeChat
	accounts []wxtest.Account
	store    string
}

func newPast(t *testing.T) past {
	t.Helper()
	p := past{harness.WeChat(wxtest.Options{Accounts: wxtest.DemoAccounts()[:2]}), wxtest.DemoAccounts()[:2], t.TempDir()}
	s := p.open(t)
	defer s.Close()
	for _, a := range p.accounts {
		s.SetAccounts(store.Account{ID: a.AppID, Name: a.Name})
		for _, api := range history.APIs(collector.Families(), nil) {
			var days []store.Day
			for d := p.wechat.Newest() - pastDays + 1; d <= p.wechat.Newest(); d++ {
				days = append(days, p.day(t, a, api.Name, d))
			}
			s.Put(a.AppID, api.Name, days...)
		}
	}
	return p
}

func (p past) open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: p.store})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// day is what WeChat has of a day.
func (p past) day(t *testing.T, a wxtest.Account, api string, d calendar.Day) store.Day {
	t.Helper()
	rows := p.wechat.Rows(a.AppID, api, d)
	if len(rows) == 0 {
		return store.Day{Date: d.String(), Rows: []byte("[]"), Fetched: time.Now()}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	return store.Day{Date: d.String(), Rows: text, Fetched: time.Now()}
}

// correct has WeChat correct days, and the store know of it.
func (p past) correct(t *testing.T, api string, ago ...calendar.Day) {
	t.Helper()
	s := p.open(t)
	defer s.Close()
	for _, a := range p.accounts {
		for _, n := range ago {
			p.wechat.Correct(a.AppID, api, p.wechat.Newest()-n, 0.5)
			s.Put(a.AppID, api, p.day(t, a, api, p.wechat.Newest()-n))
		}
	}
}

// samples are those of all days, as WeChat has them now.
func (p past) samples(t *testing.T) samples {
	t.Helper()
	all := samples{}
	for _, a := range p.accounts {
		convert := history.NewConverter(store.Account{ID: a.AppID, Name: a.Name})
		for _, api := range history.APIs(collector.Families(), nil) {
			for d := p.wechat.Newest() - pastDays + 1; d <= p.wechat.Newest(); d++ {
				day := p.day(t, a, api.Name, d)
				if !day.HasRows() {
					continue
				}
				some, err := convert.Samples(api, day.Date, day.Rows, 0, "")
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range some {
					labels := map[string]string{}
					for _, l := range s.Labels {
						labels[l.Name] = l.Value
					}
					all.set(seriesOf(labels), s.Time.UnixMilli(), s.Value)
				}
			}
		}
	}
	return all
}

func seriesOf(labels map[string]string) string {
	text, _ := json.Marshal(labels) // sorted
	return string(text)
}

// start starts an exporter on the store that sends to an address.
func (p past) start(t *testing.T, exporter, wechat, receiver string) *harness.Process {
	t.Helper()
	config := harness.Config(wechat, p.accounts, fmt.Sprintf("remote_write: [{name: receiver, url: %q}]", receiver))
	return harness.Start(t, exporter, "--config.file="+harness.Write(t, t.TempDir(), "config.yml", config), "--storage.path="+p.store)
}

// sent reports whether nothing is pending any more.
func sent(t *testing.T, exporter *harness.Process, accounts []wxtest.Account) bool {
	got := exporter.Scrape(t)
	return !slices.ContainsFunc(accounts, func(a wxtest.Account) bool {
		return got[`wx_remote_write_pending_days{account="`+a.Name+`",receiver="receiver"}`] != "0"
	})
}

// receiver is a proxy before a server that takes Remote Write, which may have
// another address after a restart. It counts how often each sample was taken.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	url   *url.URL
	times map[string]int
}

func newReceiver(t *testing.T, server string) *receiver {
	t.Helper()
	r := &receiver{times: map[string]int{}}
	r.at(t, server)
	forward := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			r.mu.Lock()
			defer r.mu.Unlock()
			request.SetURL(r.url)
		},
		ModifyResponse: func(answer *http.Response) error {
			if answer.StatusCode/100 == 2 {
				r.count(answer.Request.Context().Value(bodyOf{}).([]byte))
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		forward.ServeHTTP(w, request.WithContext(withBody(request.Context(), body)))
	}))
	t.Cleanup(r.Close)
	return r
}

// at says where the server is.
func (r *receiver) at(t *testing.T, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.url = u
}

func (r *receiver) taken() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.times)
}

// count counts the samples of a prometheus.WriteRequest.
func (r *receiver) count(body []byte) {
	message, err := snappy.Decode(nil, body)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, series := range fields(message, 1) {
		labels := ""
		for _, l := range fields(series, 1) {
			labels += string(l)
		}
		for _, s := range fields(series, 2) {
			_, _, n := protowire.ConsumeTag(s[9:]) // after the value
			at, _ := protowire.ConsumeVarint(s[9+n:])
			r.times[fmt.Sprint(labels, at)]++
		}
	}
}

// fields returns the fields of a number.
func fields(b []byte, number protowire.Number) (all [][]byte) {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeField(b)
		_ = kind
		if n == number {
			_, _, tag := protowire.ConsumeTag(b)
			value, _ := protowire.ConsumeBytes(b[tag:])
			all = append(all, value)
		}
		b = b[size:]
	}
	return all
}

// startHistory starts a Prometheus that keeps history, on a directory.
func startHistory(t *testing.T, program, dir string, flags ...string) (*harness.Process, *prometheus) {
	t.Helper()
	config := harness.Write(t, t.TempDir(), "prometheus.yml", `
global: {scrape_interval: 1s}
storage: {tsdb: {out_of_order_time_window: 3650d}}
scrape_configs: [{job_name: prometheus, static_configs: [{targets: ["ITSELF"]}]}]
`)
	flags = append(flags, "--config.file="+config, "--storage.tsdb.path="+dir, "--storage.tsdb.retention.time=20y", "--web.enable-remote-write-receiver", "--web.enable-lifecycle")
	process := harness.Spawn(t, program, flags...)
	harness.Eventually(t, "Prometheus listens", func() bool { process.URL = process.Log.Listening(); return process.URL != "" })
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	harness.Write(t, filepath.Dir(config), "prometheus.yml", strings.ReplaceAll(string(text), "ITSELF", strings.TrimPrefix(process.URL, "http://")))
	p := &prometheus{process.URL}
	harness.Eventually(t, "Prometheus is ready", func() bool {
		resp, err := http.Post(p.url+"/-/reload", "", nil)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	p.data(t, `up == 1`) // its clock is that of now, not that of the history
	return process, p
}

// history returns all samples of wx_history_*.
func (p *prometheus) history(t *testing.T) samples {
	t.Helper()
	all := samples{}
	var names []string
	p.get(t, "/api/v1/label/__name__/values?match[]="+url.QueryEscape(`{__name__=~"wx_history_.*"}`)+"&start=0", nil, &names)
	for _, name := range names {
		var answer struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
		p.get(t, "/api/v1/query", url.Values{"query": {fmt.Sprintf("%s[%dd]", name, pastDays+10)}}, &answer)
		for _, series := range answer.Result {
			for _, v := range series.Values {
				var value float64
				if _, err := fmt.Sscan(v[1].(string), &value); err != nil {
					t.Fatal(err)
				}
				all.set(seriesOf(series.Metric), int64(math.Round(v[0].(float64)*1000)), value)
			}
		}
	}
	return all
}

// TestHistory sends 400 days of two accounts to Prometheus, which is restarted,
// while the exporter is killed and WeChat corrects days, and then takes the same days there by export.
func TestHistory(t *testing.T) {
	server, promtool, exporter := tool(t, "prometheus"), tool(t, "promtool"), harness.Build(t)
	harness.SameDay(t)
	p := newPast(t)
	wechat := harness.Serve(t, p.wechat)
	all := p.samples(t).count()

	data := t.TempDir()
	process, prom := startHistory(t, server, data)
	r := newReceiver(t, prom.url)
	sender := p.start(t, exporter, wechat, r.URL+"/api/v1/write")
	harness.Eventually(t, "a third is there", func() bool { return r.taken() > all/3 })
	process.Stop(t) // killed, it may lose samples out of order that it has confirmed
	process, prom = startHistory(t, server, data)
	r.at(t, prom.url)
	harness.Eventually(t, "half is there", func() bool { return r.taken() > all/2 })
	sender.Kill()
	p.correct(t, "getusercumulate", 3, 11, 40)
	p.correct(t, "getinterfacesummary", 5, 399)
	sender = p.start(t, exporter, wechat, r.URL+"/api/v1/write")
	harness.Eventually(t, "all is sent", func() bool { return sent(t, sender, p.accounts) })

	want := p.samples(t)
	compare := func(what string, prom *prometheus) {
		t.Helper()
		got := prom.history(t)
		if n, example := differences(want, got, 0); n > 0 {
			t.Errorf("%s: %d of %d samples differ: %s", what, n, want.count(), example)
		}
		t.Logf("%s: %d samples of %d series", what, got.count(), len(got))
	}
	compare("by remote write", prom)
	process.Stop(t)
	_, prom = startHistory(t, server, data)
	compare("after a restart", prom)
	thrice := 0
	for _, n := range r.times {
		if n > 2 {
			thrice++
		}
	}
	if thrice > 0 {
		t.Errorf("%d samples were sent more than twice", thrice)
	}

	dir := t.TempDir()
	file, blocks := filepath.Join(dir, "history.om"), filepath.Join(dir, "data")
	began := time.Now()
	run(t, exporter, "export", "--storage.path="+p.store, "--output="+file)
	exported := time.Now()
	run(t, promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=744h", file, blocks)
	t.Logf("export takes %v, promtool %v", exported.Sub(began), time.Since(exported))
	_, prom = startHistory(t, server, blocks)
	compare("by blocks", prom)
}

// bodyOf is the key of a request's body in its context.
type bodyOf struct{}

func withBody(ctx context.Context, body []byte) context.Context {
	return context.WithValue(ctx, bodyOf{}, body)
}
