package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/sync/errgroup"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/texts"
	"github.com/wxexporter/wx_exporter/wxclient"
)

const (
	checkedAtOnce = 8               // accounts
	clockOff      = 5 * time.Minute // by which the host's clock may differ from WeChat's
)

// checking is the command line of the command check.
type checking struct{ accounts []string }

func checkCommand(app *kingpin.Application) clause {
	c := &checking{}
	cmd := app.Command("check", "Ask WeChat for a token of each account and for the newest day of each API, once, and say what works, what does not, and what to do. Nothing is stored.")
	cmd.Flag("account", "Name of an account; may be repeated. Default: all.").StringsVar(&c.accounts)
	return clause{cmd, c}
}

// errCheckFailed ends the command with exit code 1; the table says why.
var errCheckFailed = errors.New("not everything works")

// finding is a line of the table.
type finding struct {
	account, api, result, advice string
	failed                       bool
	absent                       bool // the account has nothing of the kind
}

// run asks WeChat and prints the table.
func (c *checking) run(ctx context.Context, f flags, host Host) error {
	cfg, err := load(f, host)
	if err != nil {
		return err
	}
	some, err := c.named(cfg.Accounts)
	if err != nil {
		return err
	}
	s, err := newSetup(f, host)
	if err != nil {
		return err
	}
	defer s.close()
	w, err := newTransport(cfg.API, s.transport, s.elsewhere)
	if err != nil {
		return err
	}
	needed := slices.ContainsFunc(some, func(a config.Account) bool { return a.Token.Mode == config.TokenAuthorizer })
	refreshed, inUse, err := openRefreshTokens(ctx, f, host, needed)
	if err != nil {
		return err
	}
	if refreshed != nil {
		defer func() { _ = refreshed.Close() }() // what was put was written, or the log says so
	}
	clock := &offset{now: host.Now}
	results := make([][]finding, len(some))
	progress, end := history.Progress(os.Stderr, host.Now)
	var asking errgroup.Group
	asking.SetLimit(checkedAtOnce)
	var told sync.Mutex // progress is for one goroutine at a time
	done, families := 0, collector.Families()
	for i, a := range some {
		asking.Go(func() error {
			one := accountCheck{Account: a, families: polledFamilies(families, a, f), cfg: cfg, via: w, clock: clock, now: host.Now, refreshed: refreshed, inUse: inUse}
			results[i] = one.run(ctx)
			told.Lock()
			defer told.Unlock()
			done++
			progress("accounts", done)
			return nil
		})
	}
	_ = asking.Wait() // there are no errors
	end()
	return c.print(host, slices.Concat(append(results, clock.finding())...))
}

// named returns the accounts that the command line names, or all.
func (c *checking) named(all []config.Account) (some []config.Account, err error) {
	if len(c.accounts) == 0 {
		return all, nil
	}
	for _, name := range c.accounts {
		i := slices.IndexFunc(all, func(a config.Account) bool { return a.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("the configuration has no account %q", name)
		}
		some = append(some, all[i])
	}
	return some, nil
}

// print prints the table, with advice in the terminal's language, and returns an error when something does not work.
func (c *checking) print(host Host, all []finding) error {
	lines := [][]string{{"ACCOUNT", "ASKED FOR", "RESULT", "WHAT TO DO"}}
	failed, l := 0, texts.OfTerminal(host.Getenv)
	for _, one := range all {
		lines = append(lines, []string{one.account, one.api, one.result, l.Advice(one.advice)})
		if one.failed {
			failed++
		}
	}
	if err := printColumns(host.Stdout, lines); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d of %d", errCheckFailed, failed, len(all))
	}
	fmt.Fprintln(host.Stdout, "Everything works that the accounts may use.")
	return nil
}

// accountCheck checks an account.
type accountCheck struct {
	config.Account
	families []string
	cfg      *config.Config
	via      wechatTransport
	clock    *offset
	now      func() time.Time

	refreshed *store.Store // for refresh tokens; nil when there is none
	inUse     string       // by whom the store is used; "" by nobody
}

// run asks for a token and then once for each API, until the credentials turn out to
// be refused.
func (a accountCheck) run(ctx context.Context) []finding {
	if takes := a.Token.Mode == config.TokenClassic || a.Token.Mode == config.TokenAuthorizer; takes && a.inUse != "" {
		return []finding{{account: a.Name, api: wxclient.TokenAPI, result: "not asked", advice: "A " + a.Token.Mode + " token would be taken away from the exporter that uses the store (" + a.inUse + "): see its /status, or end it first."}}
	}
	endpoint := a.via.endpoint(a.cfg.API, a.now)
	endpoint.OnDate = a.clock.add
	source, err := tokenSource(a.Account, endpoint, a.via.elsewhere, a.refreshed)
	if err != nil {
		return []finding{{account: a.Name, api: wxclient.TokenAPI, result: oneLine(err), failed: true}}
	}
	client := wxclient.New(wxclient.Options{
		URL: endpoint.URL, Transport: endpoint.Transport, FollowRedirects: endpoint.FollowRedirects, Timeout: endpoint.Timeout,
		Attempts: 1, OnDate: a.clock.add, RequestsPerSecond: a.cfg.API.RequestsPerSecond, Connections: a.via.connections, Tokens: source, Now: a.now,
	})
	var all []finding
	for _, f := range collector.Families() {
		f = f.Of(collector.AccountType(a.Type))
		if !slices.Contains(a.families, f.Name) {
			continue
		}
		for _, api := range f.APIs {
			one, stop := a.ask(ctx, client, api)
			if all = append(all, one); stop {
				return all
			}
		}
	}
	return a.withToken(all)
}

// ask asks for the newest day of an API. stop means that others would be answered alike.
func (a accountCheck) ask(ctx context.Context, client *wxclient.Client, api collector.API) (one finding, stop bool) {
	r := plan.NewestRequest(api, calendar.DayOf(a.now()))
	answer, err := client.Fetch(ctx, r)
	one = finding{account: a.Name, api: api.Name, result: fmt.Sprintf("works: %d rows of %s", len(answer.Rows), r.Begin)}
	if len(answer.Rows) == 0 {
		one.result = fmt.Sprintf("works: no rows of %s yet", r.Begin)
	}
	if err == nil {
		return one, false
	}
	e, failed := plan.Failure(api.Name, err)
	if e.Action == wxclient.NotReady {
		return one, false
	}
	one.absent = e.Action == wxclient.Absent
	one.api, one.result, one.advice, one.failed = e.API, strings.TrimSuffix(e.Code+" "+e.Message, " "), plan.Advice(e), failed
	return one, e.Action == wxclient.Credentials || e.API == wxclient.TokenAPI
}

// withToken adds that the account has a token. An account all of whose APIs are
// refused has more to mend than its APIs.
func (a accountCheck) withToken(all []finding) []finding {
	works := slices.ContainsFunc(all, func(c finding) bool { return strings.HasPrefix(c.result, "works") })
	failed := slices.ContainsFunc(all, func(c finding) bool { return c.failed })
	token := finding{account: a.Name, api: wxclient.TokenAPI, result: "works"}
	refused := slices.ContainsFunc(all, func(c finding) bool { return !c.absent })
	if refused && !works && !failed {
		token = finding{account: a.Name, api: wxclient.TokenAPI, result: "works, but no API does", failed: true, advice: plan.LookAtType}
	}
	return append([]finding{token}, all...)
}

// offset is by how much the host's clock is ahead of WeChat's.
type offset struct {
	now func() time.Time

	mu    sync.Mutex
	ahead time.Duration
	known bool
}

// add takes WeChat's time as an answer arrives. It has no parts of a second.
func (o *offset) add(theirs time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ahead := o.now().Sub(theirs).Round(time.Second); !o.known || ahead.Abs() < o.ahead.Abs() {
		o.ahead, o.known = ahead, true // the one that was under way for the shortest time
	}
}

// finding is the line about the clock, if it is known.
func (o *offset) finding() []finding {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !o.known:
		return nil
	case o.ahead.Abs() < clockOff:
		return []finding{{account: "-", api: "clock", result: "agrees with WeChat's"}}
	}
	way := "ahead of"
	if o.ahead < 0 {
		way = "behind"
	}
	return []finding{{account: "-", api: "clock", failed: true, result: fmt.Sprintf("%v %s WeChat's", o.ahead.Abs(), way),
		advice: "Set the host's clock, best by NTP: which days are asked for depends on it."}}
}
