package wxtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// Options say what a simulated WeChat is like.
type Options struct {
	Now func() time.Time // nil: time.Now, which is right inside a synctest bubble

	Accounts []Account // nil: DemoAccounts

	// TokenLifetime is the lifetime of a new token. 0 = 7200 s.
	TokenLifetime time.Duration

	// ReadyAt is the time of day, from Beijing midnight, at which the data of the
	// day before is computed: until then its rows are missing from the answers.
	// 0 = 08:00, of mini programs 10:00, of revenue 13:00; a nanosecond stands for
	// midnight.
	ReadyAt time.Duration

	// Quota is the number of calls that an account has of each statistics API on
	// a Beijing day. 0 = 10,000.
	Quota int

	// CallLog is how many calls are remembered; older ones are still counted.
	// 0 = 100,000.
	CallLog int

	// Component is the third-party platform that may fetch tokens for the
	// accounts that have a RefreshToken.
	Component Component
}

// Component is a third-party platform.
type Component struct{ AppID, AccessToken string }

// WeChat is a simulated WeChat. It is safe for concurrent use.
type WeChat struct {
	options   Options
	accounts  map[string]*account
	endpoints map[string]endpoint

	mu      sync.Mutex
	faults  []*fault
	replies uint64 // for the rid

	journal journal
}

// New returns a simulated WeChat.
func New(o Options) *WeChat {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Accounts == nil {
		o.Accounts = DemoAccounts()
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = 7200 * time.Second
	}
	if o.Quota == 0 {
		o.Quota = 10_000
	}
	if o.CallLog == 0 {
		o.CallLog = 100_000
	}
	w := &WeChat{options: o, accounts: map[string]*account{}, endpoints: map[string]endpoint{}}
	w.journal.limit = o.CallLog
	for _, a := range o.Accounts {
		w.accounts[a.AppID] = newAccount(a)
	}
	for _, e := range endpoints {
		w.endpoints[e.path] = e
	}
	for _, p := range everyAPI {
		w.endpoints[p.path()] = statisticsEndpoint(p)
	}
	return w
}

// Rows returns what an API answers for a day at the present moment if all is
// well: in the bytes and the order of the answer, with the corrections, without
// the faults. It is no call and spends no quota.
func (w *WeChat) Rows(appID, api string, day calendar.Day) []json.RawMessage {
	a, p := w.accounts[appID], apiOf(api)
	if a == nil || p == nil || !p.answers(a) {
		return nil
	}
	var out []json.RawMessage
	for _, r := range p.day(a, day, w.readiness(p.form, w.options.Now(), nil)) {
		out = append(out, r.append(nil))
	}
	return out
}

// Answer returns the body that an API answers for some days at the present moment if
// all is well. It is no call and spends no quota. Of an API in pages it is the first.
func (w *WeChat) Answer(appID, api string, begin, end calendar.Day) []byte {
	a, p := w.account(appID), apiOf(api)
	return w.list(p, &exchange{now: w.options.Now(), account: a, ask: asked{begin: begin, end: end, page: 1, size: maxPage}}).body
}

// Newest returns the newest day that is computed for Official Accounts at the
// present moment, if no fault makes it late.
func (w *WeChat) Newest() calendar.Day {
	now := w.options.Now()
	d := calendar.DayOf(now) - 1
	for now.Before(w.computedAt(&datacube, d)) {
		d--
	}
	return d
}

// Correct multiplies the counts that an API answers for a day by factor, as if
// WeChat had computed that day again. A later call for the same day replaces
// the factor; 1 takes it back. The other APIs do not follow.
func (w *WeChat) Correct(appID, api string, day calendar.Day, factor float64) {
	a := w.account(appID)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.corrections[correction{api, day}] = factor
}

// BadHour lets a share of the callbacks in an hour of a day fail.
func (w *WeChat) BadHour(appID string, day calendar.Day, hour int, share float64) {
	a := w.account(appID)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bad[day] = badHour{hour, share}
}

// SpikeFailures multiplies the failed callbacks of a day by factor, in
// getinterfacesummary and in getinterfacesummaryhour, up to the number of
// callbacks. 1 takes it back.
func (w *WeChat) SpikeFailures(appID string, day calendar.Day, factor float64) {
	a := w.account(appID)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spikes[day] = factor
}

// Idle turns an account into one in which nothing ever happened: the followers'
// APIs answer rows of zeros (and a constant number of followers), the others
// empty lists.
func (w *WeChat) Idle(appID string) { w.account(appID).idle.Store(true) }

// account panics for an app id that is none of the accounts: a mistake of the
// test that called.
func (w *WeChat) account(appID string) *account {
	a := w.accounts[appID]
	if a == nil {
		panic(fmt.Sprintf("wxtest: no account %q", appID))
	}
	return a
}

// endpoint is one path of WeChat.
type endpoint struct {
	path, name, method string
	form               *form // of a statistics API
	api                *api
	appID              func(w *WeChat, x *exchange) string // whose call it is, as far as the request tells
	serve              func(w *WeChat, x *exchange) reply
}

// exchange is a request on its way to a reply.
type exchange struct {
	request   *http.Request
	body      []byte
	arguments arguments // of the body, as far as it could be read
	ask       asked     // of a statistics API, as far as it could be read
	now       time.Time
	endpoint  endpoint
	account   *account // nil when the request names none of the accounts
	behaviour Behaviour
}

// arguments are all keys of all bodies.
type arguments struct {
	Begin             string `json:"begin_date"`
	End               string `json:"end_date"`
	GrantType         string `json:"grant_type"`
	AppID             string `json:"appid"`
	Secret            string `json:"secret"`
	ForceRefresh      bool   `json:"force_refresh"`
	ComponentAppID    string `json:"component_appid"`
	AuthorizerAppID   string `json:"authorizer_appid"`
	AuthorizerRefresh string `json:"authorizer_refresh_token"`
	CGIPath           string `json:"cgi_path"`

	CostTimeType int    `json:"cost_time_type"`
	Start        int64  `json:"default_start_time"`
	Stop         int64  `json:"default_end_time"`
	Device       string `json:"device"`
	NetworkType  string `json:"networktype"`
	Scene        string `json:"scene"`
	Download     string `json:"is_download_code"`
}

const maxBody = 1 << 20

// ServeHTTP answers as WeChat would.
func (w *WeChat) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone or means no good
	}
	x := &exchange{request: r, body: body, now: w.options.Now()}
	_ = json.Unmarshal(body, &x.arguments) // the endpoint says what is wrong
	x.endpoint = w.endpointOf(r)
	call := Call{Time: x.now, API: x.endpoint.name}
	if f := x.endpoint.form; f != nil {
		x.ask = f.read(x)
		call.Begin, call.End, call.Page, call.Question = x.ask.text[0], x.ask.text[1], x.ask.page, x.ask.question
	}
	if x.endpoint.appID != nil {
		call.AppID = x.endpoint.appID(w, x)
		x.account = w.accounts[call.AppID]
	}
	finish := w.journal.begin(call)
	x.behaviour = w.behaviour(x.now, call.AppID, x.endpoint.name)
	rep := w.answer(x)
	finish(rep.code, rep.status)
	if x.behaviour.send != nil {
		x.behaviour.send(rw, r, rep)
		return
	}
	rep.send(rw)
}

func (w *WeChat) endpointOf(r *http.Request) endpoint {
	path := r.URL.Path
	if path == publisher.path {
		e, known := w.endpoints[path+r.URL.Query().Get("action")]
		if !known {
			e = endpoint{name: path, method: publisher.method, appID: tokenOwner, serve: unknownAction}
		}
		return e
	}
	if e, known := w.endpoints[path]; known {
		return e
	}
	return endpoint{name: path, serve: notFound}
}

// answer asks the behaviour first, then the endpoint.
func (w *WeChat) answer(x *exchange) reply {
	if x.behaviour.answer != nil {
		if rep := x.behaviour.answer(w, x); rep.status != 0 {
			return rep
		}
	}
	if e := x.endpoint; e.method != "" && x.request.Method != e.method {
		if e.method == http.MethodPost {
			return w.fail(43002, "require POST method")
		}
		return w.fail(43001, "require GET method")
	}
	return x.endpoint.serve(w, x)
}

var _ http.Handler = (*WeChat)(nil)
