package wxtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

const (
	oldID     = "wx00000000000000a1" // has the old article family
	newID     = "wx00000000000000b2"
	miniID    = "wx00000000000000d4" // a mini program with ads
	plainID   = "wx00000000000000e5" // one without
	platform  = "wx00000000000000c3"
	component = "component-token"
)

func testAccounts() []Account {
	return []Account{
		{AppID: oldID, Secret: "secret-a", OldArticles: true, Followers: 50_000, Publisher: true},
		{AppID: newID, Secret: "secret-b", Followers: 3_000, RefreshToken: "refresh-b"},
		{AppID: miniID, Secret: "secret-d", Type: Mini, Followers: 40_000, Publisher: true, Pages: 300, AdUnits: 9, Novelties: true},
		{AppID: plainID, Secret: "secret-e", Type: Mini, Followers: 5_000},
	}
}

// clock is a time that a test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time      { return time.Unix(0, c.at.Load()) }
func (c *clock) set(t time.Time)     { c.at.Store(t.UnixNano()) }
func (c *clock) add(d time.Duration) { c.at.Add(int64(d)) }

// friday is 2026-11-20 at noon; the newest day is 2026-11-19.
const friday = "2026-11-20 12:00:00"

func newTest(t testing.TB, now string) (*WeChat, *clock) {
	t.Helper()
	c := new(clock)
	c.set(calendartest.At(t, now))
	return New(Options{
		Now: c.now, Accounts: testAccounts(), Component: Component{AppID: platform, AccessToken: component},
	}), c
}

// client talks to a WeChat, over its Transport or over loopback.
type client struct {
	t    testing.TB
	http *http.Client
	base string
}

func inProcess(t testing.TB, w *WeChat) client {
	return client{t, &http.Client{Transport: w.Transport()}, "https://api.weixin.qq.com"}
}

// answer is the union of what the endpoints answer.
type answer struct {
	Status        int               `json:"-"`
	Body          string            `json:"-"`
	Errcode       int               `json:"errcode"`
	Errmsg        string            `json:"errmsg"`
	List          []json.RawMessage `json:"list"`
	IsDelay       any               `json:"is_delay"`
	AccessToken   string            `json:"access_token"`
	ExpiresIn     int               `json:"expires_in"`
	Authorizer    string            `json:"authorizer_access_token"`
	AuthorizerNew string            `json:"authorizer_refresh_token"`
	Quota         map[string]int64  `json:"quota"`
}

func (c client) try(method, path, body string) (answer, error) {
	req, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	a := answer{Status: resp.StatusCode, Body: string(b)}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(b, &a)
}

func (c client) do(method, path, body string) answer {
	c.t.Helper()
	a, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (c client) token(appID string) string {
	c.t.Helper()
	for _, a := range testAccounts() {
		if a.AppID == appID {
			return c.do("POST", "/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"`+appID+`","secret":"`+a.Secret+`"}`).AccessToken
		}
	}
	c.t.Fatalf("no account %s", appID)
	return ""
}

func dates(begin, end string) string {
	return `{"begin_date":"` + begin + `","end_date":"` + end + `"}`
}

func (c client) ask(appID, api, begin, end string) answer {
	c.t.Helper()
	return c.do("POST", "/datacube/"+api+"?access_token="+c.token(appID), dates(begin, end))
}

// tryAsk is ask for a server that may answer nothing of use.
func (c client) tryAsk(appID, api, begin, end string) (answer, error) {
	c.t.Helper()
	return c.try("POST", "/datacube/"+api+"?access_token="+c.token(appID), dates(begin, end))
}

// decoded reads rows as objects.
func decoded(t testing.TB, rows []json.RawMessage) []map[string]any {
	t.Helper()
	out := make([]map[string]any, len(rows))
	for i, r := range rows {
		d := json.NewDecoder(bytes.NewReader(r))
		if err := d.Decode(&out[i]); err != nil {
			t.Fatalf("%s: %v", r, err)
		}
	}
	return out
}

func num(m map[string]any, key string) int64 {
	f, _ := m[key].(float64)
	return int64(f)
}

// sum adds a field of rows up, over the rows that fit.
func sum(rows []map[string]any, key string, fits func(map[string]any) bool) int64 {
	var n int64
	for _, r := range rows {
		if fits == nil || fits(r) {
			n += num(r, key)
		}
	}
	return n
}
