package collector

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldenDays returns the days that the golden answer of an API was asked for, at
// noon of 2026-11-21, a Saturday. An answer is NAME.json, what becomes of it
// NAME.prom.
func goldenDays(api API) (begin, end string) {
	switch {
	case api.Period == calendar.Weekly:
		return "2026-11-09", "2026-11-09"
	case api.Period == calendar.Monthly:
		return "2026-10-01", "2026-10-01"
	case api.Period == calendar.HalfMonthly:
		return "2026-08-16", "2026-11-01"
	case api.Grows > 0:
		return "2026-11-18", "2026-11-18"
	}
	yesterday := time.Date(2026, 11, 20, 0, 0, 0, 0, calendar.Beijing)
	return yesterday.AddDate(0, 0, 1-api.Span).Format(time.DateOnly), yesterday.Format(time.DateOnly)
}

// allAPIs returns the APIs of all families.
func allAPIs() (all []API) {
	for _, f := range Families() {
		all = append(all, f.APIs...)
	}
	return all
}

// TestGolden: what WeChat answers goes in, what Prometheus reads comes out. The
// answers have what no document mentions: fields without meaning, missing and
// new ones, any order of names, hours left out, unknown codes and scenes, rows
// of other years, titles with control characters.
func TestGolden(t *testing.T) {
	for _, api := range allAPIs() {
		t.Run(api.Name, func(t *testing.T) {
			rows := goldenRows(t, api)
			begin, end := goldenDays(api)
			outside := 0
			for _, raw := range rows {
				if date := dateIn(t, api, raw, end); date < begin || date > end {
					outside++
				}
			}
			answer, days := api.Split(rows, begin, end, articlesPerDay), stored{}
			if sum(answer.Dropped) != outside || answer.Dropped[DroppedOutsideWindow] != outside {
				t.Errorf("dropped %v, want the %d rows of other days", answer.Dropped, outside)
			}
			days.put(api.Name, answer)
			f, _ := familyOf(t, api.Name)
			got := harness.Exposed(t, pedantic(t, f, days))
			path := filepath.Join("testdata", api.Name+".prom")
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
}

// dateIn is the day of a row.
func dateIn(t *testing.T, api API, raw json.RawMessage, asked string) string {
	t.Helper()
	r, _, misfits, ok := api.read(raw, asked)
	if !ok {
		t.Errorf("%s is not read: %v", raw, misfits)
	}
	return r.date
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// What the configuration has by default.
const (
	articlesPerDay = 200
	pagesPerDay    = 20
)

// goldenRows returns the rows of the golden answer of an API. Where there is no
// answer yet, -update makes one of what the simulated WeChat has.
func goldenRows(t testing.TB, api API) []json.RawMessage {
	t.Helper()
	path := filepath.Join("testdata", api.Name+".json")
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		body = simulatedAnswer(t, api)
		err = os.WriteFile(path, body, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readAnswerOf(t.Context(), api, body)
	if err != nil {
		t.Fatal(err)
	}
	return api.unfolded(rows)
}

// simulatedAnswer writes the last rows that the simulated WeChat answers for the
// days that a golden answer is for, with a row on each line.
func simulatedAnswer(t testing.TB, api API) []byte {
	t.Helper()
	begin, end := goldenDays(api)
	rows := simulatedRows(api, parseDay(t, begin), parseDay(t, end))
	if len(rows) == 0 {
		t.Fatalf("the simulated WeChat has no rows of %s: give it some in wxclient/wxtest", api.Name)
	}
	lines := strings.Join(texts(rows[max(0, len(rows)-10):]), ",\n")
	return []byte("{\"list\":[\n" + lines + "\n]}\n")
}

func texts(rows []json.RawMessage) (all []string) {
	for _, r := range rows {
		all = append(all, string(r))
	}
	return all
}

// simulatedRows returns what the simulated WeChat has of a small account for some
// days, at noon of 2026-11-21.
func simulatedRows(api API, begin, end calendar.Day) (rows []json.RawMessage) {
	const id = "wx00000000000000a1"
	wechat := wxtest.New(wxtest.Options{
		Now:      func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, calendar.Beijing) },
		Accounts: []wxtest.Account{{Name: "brand", AppID: id, OldArticles: true, Followers: 1000, Articles: 1}},
	})
	for d := begin; d <= end; d++ {
		rows = append(rows, wechat.Rows(id, api.Name, d)...)
	}
	return rows
}

func parseDay(t testing.TB, date string) calendar.Day {
	t.Helper()
	d, err := calendar.ParseDay(date)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// readAnswer has a client read an answer.
func readAnswer(ctx context.Context, body []byte) ([]json.RawMessage, error) {
	return readAnswerOf(ctx, API{}, body)
}

// readAnswerOf has a client read an answer of an API.
func readAnswerOf(ctx context.Context, api API, body []byte) ([]json.RawMessage, error) {
	client := wxclient.New(wxclient.Options{URL: "https://api.weixin.qq.com", Transport: canned(body), Tokens: anyToken{}})
	answer, err := client.Fetch(ctx, wxclient.Request{API: "any", How: wxclient.How{Rows: api.Ask.Rows}})
	return answer.Rows, err
}

// canned answers everything alike.
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

// stored are the days of APIs, by API.
type stored map[string][]Day

// put stores the days of an answer, oldest first.
func (s stored) put(api string, a Answer) {
	for _, date := range slices.Sorted(maps.Keys(a.Days)) {
		s[api] = append(s[api], Day{date, a.Days[date].JSON()})
	}
}

// pedantic gathers a family of the account brand, and refuses series that do not
// agree with their descriptions.
func pedantic(t testing.TB, f Family, s stored) prometheus.Gatherer {
	t.Helper()
	return newRegistry(&Series{
		Family: f, Account: "brand", Limits: Limits{Articles: articlesPerDay, Pages: pagesPerDay},
		Days:       func(api API) ([]Day, error) { return s[api.Name], nil },
		Unreadable: func(api, date string, err error) { t.Errorf("%s of %s: %v", api, date, err) },
	})
}

func newRegistry(s *Series) *prometheus.Registry {
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(described{s})
	return r
}

// described describes what a Series collects, so that a Registry checks it.
type described struct{ *Series }

func (d described) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(d, ch) }
