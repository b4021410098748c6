package collector

import (
	"context"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldens are the answers of testdata, each with the days that it was asked for
// at noon of the 21st. An answer is NAME.json, what becomes of it NAME.prom.
var goldens = []struct {
	api, begin, end string
	outside         int // rows of days that were not asked for
}{
	{"getusersummary", "2026-11-14", "2026-11-20", 1},
	{"getusercumulate", "2026-11-14", "2026-11-20", 0},
	{"getupstreammsg", "2026-11-14", "2026-11-20", 0},
	{"getupstreammsghour", "2026-11-20", "2026-11-20", 0},
	{"getupstreammsgweek", "2026-11-09", "2026-11-09", 1},
	{"getupstreammsgmonth", "2026-10-01", "2026-10-01", 0},
	{"getupstreammsgdist", "2026-11-06", "2026-11-20", 0},
	{"getupstreammsgdistweek", "2026-11-09", "2026-11-09", 0},
	{"getupstreammsgdistmonth", "2026-10-01", "2026-10-01", 0},
	{"getinterfacesummary", "2026-10-22", "2026-11-20", 0},
	{"getinterfacesummaryhour", "2026-11-20", "2026-11-20", 0},
	{"getarticlesummary", "2026-11-20", "2026-11-20", 1},
	{"getarticletotal", "2026-11-18", "2026-11-18", 0},
	{"getuserread", "2026-11-18", "2026-11-20", 0},
	{"getuserreadhour", "2026-11-20", "2026-11-20", 0},
	{"getusershare", "2026-11-14", "2026-11-20", 0},
	{"getusersharehour", "2026-11-20", "2026-11-20", 0},
	{"getbizsummary", "2026-10-22", "2026-11-20", 0},
	{"getarticleread", "2026-11-20", "2026-11-20", 0},
	{"getarticleshare", "2026-11-20", "2026-11-20", 0},
	{"getarticletotaldetail", "2026-11-18", "2026-11-18", 0},
}

// TestGolden: what WeChat answers goes in, what Prometheus reads comes out. The
// answers have what no document mentions: fields without meaning, missing and
// new ones, any order of names, hours left out, unknown codes and scenes, rows
// of other years, titles with control characters.
func TestGolden(t *testing.T) {
	tested := map[string]bool{}
	for _, g := range goldens {
		tested[g.api] = true
		t.Run(g.api, func(t *testing.T) {
			kept := newMemory()
			dropped := keepGolden(t, kept, g.api, day(t, g.begin), day(t, g.end))
			if sum(dropped) != g.outside || dropped[outsideWindow] != g.outside {
				t.Errorf("dropped %v, want the %d rows of other days", dropped, g.outside)
			}
			f, _ := familyOf(t, g.api)
			got := exposed(t, pedantic(t, f, kept))
			path := filepath.Join("testdata", g.api+".prom")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
	for _, f := range Families() {
		for _, api := range f.APIs {
			if !tested[api.Name] {
				t.Errorf("%s has no golden answer", api.Name)
			}
		}
	}
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// goldenWindow and goldenPoll are what the configuration has by default.
var (
	goldenWindow = Window{Daily: 30, Hourly: 2, Article: 7, ArticlesPerDay: 200}
	goldenPoll   = Poll{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3}
)

// keepGolden has a client read the golden answer of an API, and keeps its days
// for the account brand.
func keepGolden(t testing.TB, s Store, api string, begin, end wxclient.Day) (dropped map[string]int) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", api+".json"))
	if err != nil {
		t.Fatal(err)
	}
	request := wxclient.Request{API: api, Begin: begin, End: end}
	answer, err := answering(body).Ask(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	_, a := familyOf(t, api)
	days, dropped := a.digest(request, answer, nil, goldenWindow, goldenPoll, beijing(t, "2026-11-21 12:00"))
	s.Put("wx1", api, days...)
	return dropped
}

// answering returns a client that gets the same answer to everything.
func answering(body []byte) *wxclient.Client {
	return wxclient.New(wxclient.Options{URL: "https://api.weixin.qq.com", Transport: canned(body), Tokens: anyToken{}})
}

type canned []byte

func (body canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, nil
}

type anyToken struct{}

func (anyToken) Fetch(context.Context) (wxclient.Token, error) {
	return wxclient.Token{Value: "token-of-a-test", Expiry: time.Now().Add(time.Hour)}, nil
}

// familyOf finds an API and its family.
func familyOf(t testing.TB, name string) (Family, API) {
	t.Helper()
	for _, f := range Families() {
		for _, api := range f.APIs {
			if api.Name == name {
				return f, api
			}
		}
	}
	t.Fatalf("there is no API %s", name)
	return Family{}, API{}
}

// pedantic gathers a family of the account brand, as of the 21st, and refuses
// what its collector does not describe.
func pedantic(t testing.TB, f Family, s Store) prometheus.Gatherer {
	t.Helper()
	o := AccountOptions{Name: "brand", ID: "wx1", Window: goldenWindow}
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(&familyCollector{f, o, s, func() wxclient.Day { return day(t, "2026-11-21") }, allReadable(t)})
	return r
}

// allReadable fails the test when a day cannot be read.
func allReadable(t testing.TB) func(string, store.Day, error) {
	return func(api string, d store.Day, err error) { t.Errorf("%s of %s: %v", api, d.Date, err) }
}
