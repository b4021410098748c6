package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	commoncfg "github.com/prometheus/common/config"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/egress"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// spread is the time over which the accounts begin their day, so that hundreds of
// them do not call in the same second.
const spread = 10 * time.Minute

// load reads the configuration and compares it with the flags.
func load(f flags, host Host) (*config.Config, error) {
	read := read
	if f.demo {
		read = readDemo
	}
	cfg, err := read(f, host.Getenv, known(host.Now()))
	if err != nil {
		return nil, err
	}
	families := collector.Families()
	for _, a := range cfg.Accounts {
		if len(polledFamilies(families, a, f)) == 0 {
			cfg.Warnings = append(cfg.Warnings, fmt.Sprintf("account %s: nothing is polled, because the flags switch off all of its collectors", a.Name))
		}
	}
	return cfg, nil
}

// read reads the configuration: the file, or the environment where there is
// no file.
func read(f flags, getenv func(string) string, known config.Vocabulary) (*config.Config, error) {
	cfg, inEnviron, err := config.FromEnviron(getenv)
	if _, missing := os.Stat(f.configFile); f.configGiven || !errors.Is(missing, fs.ErrNotExist) {
		cfg, err = config.Load(f.configFile, known)
		if err == nil && inEnviron {
			cfg.Warnings = append(cfg.Warnings, fmt.Sprintf("WX_APP_ID, WX_APP_SECRET and WX_APP_SECRET_FILE are not used, because %s has the accounts", f.configFile))
		}
		return cfg, err
	}
	if err == nil && !inEnviron {
		err = fmt.Errorf("there is no account to poll and no file %s: write one (--config.file, see config.example.yml), or set WX_APP_ID and WX_APP_SECRET (or WX_APP_SECRET_FILE), or look at simulated data with --demo", f.configFile)
	}
	return cfg, err
}

// known returns what a configuration is checked against: the families, the labels
// of the exporter's own series, which no account can have, and the day.
func known(now time.Time) config.Vocabulary {
	families := collector.Families()
	known := config.Vocabulary{
		Families:  collector.Names(families),
		Labels:    append(collector.LabelNames(families), poll.LabelNames()...),
		Today:     calendar.DayOf(now).String(),
		FillCalls: plan.MaxBackfillCalls,
	}
	for _, name := range []collector.AccountType{collector.Official, collector.Mini} {
		t := config.Type{Name: string(name)}
		for _, f := range families {
			if f.For(name) {
				t.Families = append(t.Families, f.Name)
			}
		}
		known.Types = append(known.Types, t)
	}
	return known
}

// lines returns the lines of an error's text.
func lines(err error) []string { return strings.Split(err.Error(), "\n") }

// accounts turns a configuration into the accounts to poll. Refresh tokens are
// stored in s.
func accounts(cfg *config.Config, f flags, via wechatTransport, s *store.Store, now func() time.Time, logger log.Logger) ([]poll.AccountOptions, error) {
	var all []poll.AccountOptions
	since, families := fillSince(cfg.History), collector.Families()
	for _, a := range cfg.Accounts {
		logger := log.With(logger, "account", a.Name)
		endpoint := via.endpoint(cfg.API, now)
		tokens, err := tokenSource(a, endpoint, via.elsewhere, s)
		if err != nil {
			return nil, fmt.Errorf("account %s: token: %w", a.Name, err)
		}
		all = append(all, poll.AccountOptions{
			Name:     a.Name,
			Type:     collector.AccountType(a.Type),
			ID:       a.ID(),
			Labels:   a.Labels,
			Families: polledFamilies(families, a, f),
			Settings: plan.Settings{
				Window: plan.Window(cfg.Window),
				Schedule: plan.Schedule{
					NotBefore:     time.Duration(cfg.Poll.NotBefore),
					ByAPI:         !cfg.Poll.NotBeforeSet,
					RetryInterval: cfg.Poll.RetryInterval,
					SettleDays:    cfg.Poll.SettleDays,
					Spread:        startOffset(a.ID()),
				},
				Backfill: plan.Backfill{Since: since, CallsPerDay: cfg.History.CallsPerDay, Keep: cfg.Storage.Retention},
			},
			Client: wxclient.Options{
				URL: cfg.API.URL, Transport: via.transport, Timeout: cfg.API.Timeout, FollowRedirects: cfg.API.HTTP.FollowRedirects,
				RequestsPerSecond: cfg.API.RequestsPerSecond, Connections: via.connections, Tokens: tokens, Now: now,
				OnRefreshFailed: func(err *wxclient.Error) {
					level.Warn(logger).Log("msg", "token refresh failed, using the current token until it expires", "api", err.API, "code", err.Code, "err", err.Message, "advice", plan.Advice(err))
				},
			},
		})
	}
	return all, nil
}

// fillSince returns the first day that the store is filled from, 0 for none: a day
// before WeChat's first is not that none is wanted.
func fillSince(h config.History) calendar.Day {
	since, err := calendar.ParseDay(h.Since)
	if err != nil { // it was checked, so there is none
		return 0
	}
	return max(since, calendar.FirstDay)
}

// wechatTransport is how all accounts reach WeChat.
type wechatTransport struct {
	transport   http.RoundTripper
	elsewhere   http.RoundTripper // in place of what is configured for token servers; nil: that
	connections *wxclient.Connections
}

// wechat is how WeChat is reached for tokens.
func (w wechatTransport) endpoint(api config.API, now func() time.Time) wxclient.Endpoint {
	return wxclient.Endpoint{URL: api.URL, Transport: w.transport, Timeout: api.Timeout, Now: now, FollowRedirects: api.HTTP.FollowRedirects}
}

// newTransport makes the way that a configuration describes; given is used in place of its
// transport, unless it is nil.
func newTransport(api config.API, given, elsewhere http.RoundTripper) (w wechatTransport, err error) {
	w = wechatTransport{elsewhere: elsewhere, connections: wxclient.NewConnections(api.MaxConnections)}
	if w.transport, err = roundTripper(given, api.HTTP); err != nil {
		return w, fmt.Errorf("api: %w", err)
	}
	capConnections(w.transport, api.MaxConnections)
	return w, nil
}

// roundTripper returns the given transport or, without one, that of an HTTP client
// configuration.
func roundTripper(given http.RoundTripper, c commoncfg.HTTPClientConfig) (http.RoundTripper, error) {
	if given != nil {
		return given, nil
	}
	kept, err := commoncfg.NewRoundTripperFromConfig(c, program)
	if err != nil {
		return nil, err
	}
	single, err := commoncfg.NewRoundTripperFromConfig(c, program, commoncfg.WithKeepAlivesDisabled())
	return egress.Transport{Kept: kept, Single: single}, err
}

// receivers are those that the history is sent to.
func receivers(cfg *config.Config, given http.RoundTripper) (all []history.Receiver, err error) {
	for _, r := range cfg.Remote {
		transport, err := roundTripper(given, r.HTTP)
		if err != nil {
			return nil, fmt.Errorf("remote_write %s: %w", r.Name, err)
		}
		all = append(all, history.Receiver{Name: r.Name, URL: r.URL, Families: r.Collectors, Transport: transport, FollowRedirects: r.HTTP.FollowRedirects})
	}
	return all, nil
}

// sentAccounts are the accounts whose days are sent to receivers.
func sentAccounts(cfg *config.Config) (all []history.SentAccount) {
	for _, a := range cfg.Accounts {
		all = append(all, history.SentAccount{
			Account: store.Account{ID: a.ID(), Name: a.Name, Labels: a.Labels},
			Limits:  plan.Window(cfg.Window).Limits(),
		})
	}
	return all
}

// capConnections caps a transport's connections at the request limit: net/http
// otherwise dials a spare one. A transport that needs more for a request, as for a
// login, is left as it is.
func capConnections(transport http.RoundTripper, connections int) {
	switch t := transport.(type) {
	case *http.Transport:
		t.MaxConnsPerHost = connections
	case egress.Transport:
		capConnections(t.Kept, connections)
		capConnections(t.Single, connections)
	}
}

// polledFamilies returns the names of the families that an account polls: of those
// that there are for its type the ones that it lists, or all, as far as the flags allow.
// One that is off by default is polled where it is listed.
func polledFamilies(families []collector.Family, a config.Account, f flags) (on []string) {
	for _, family := range families {
		listed := slices.Contains(a.Collectors, family.Name)
		wanted := *f.collectors[family.Name] || listed && !f.refused[family.Name]
		if wanted && (listed || a.Collectors == nil) && family.For(collector.AccountType(a.Type)) {
			on = append(on, family.Name)
		}
	}
	return on
}

// startOffset is how much later than not_before an account begins its day. It is
// the same in every run.
func startOffset(id string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(id))
	return spread / 1000 * time.Duration(h.Sum32()%1000)
}

// tokenSource returns where an account's tokens come from.
func tokenSource(a config.Account, wechat wxclient.Endpoint, elsewhere http.RoundTripper, s *store.Store) (wxclient.TokenSource, error) {
	switch a.Token.Mode {
	case config.TokenClassic:
		return wxclient.ClassicToken{Endpoint: wechat, AppID: a.AppID, Secret: a.Secret}, nil
	case config.TokenFile:
		return wxclient.FileToken{Path: a.Token.File, Now: wechat.Now}, nil
	case config.TokenURL:
		return urlToken(a.Token.URL, a.Token, wechat, elsewhere)
	case config.TokenAuthorizer:
		component, err := componentToken(a.Token, wechat, elsewhere)
		return wxclient.AuthorizerToken{
			Endpoint:         wechat,
			ComponentAppID:   a.Token.Authorizer.ComponentAppID,
			Component:        component,
			AppID:            a.AppID,
			RefreshTokenFile: a.Token.Authorizer.RefreshTokenFile,
			Stored:           func() (wxclient.RefreshToken, error) { return storedRefreshToken(s, a.ID()) },
			Store:            func(t wxclient.RefreshToken) { storeRefreshToken(s, a.ID(), t) },
		}, err
	default:
		return wxclient.StableToken{Endpoint: wechat, AppID: a.AppID, Secret: a.Secret}, nil
	}
}

func storedRefreshToken(s *store.Store, account string) (t wxclient.RefreshToken, err error) {
	text, err := s.RefreshToken(account)
	if err == nil && text != nil {
		err = json.Unmarshal(text, &t)
	}
	return t, err
}

// storeRefreshToken stores the refresh token that WeChat sent in place of the
// configured one.
func storeRefreshToken(s *store.Store, account string, t wxclient.RefreshToken) {
	if text, err := json.Marshal(t); err == nil { // always: it is two strings
		s.PutRefreshToken(account, text)
	}
}

// componentToken returns where a third-party platform's own token comes from.
func componentToken(t config.Token, wechat wxclient.Endpoint, elsewhere http.RoundTripper) (wxclient.TokenSource, error) {
	if t.Authorizer.ComponentTokenFile != "" {
		return wxclient.FileToken{Path: t.Authorizer.ComponentTokenFile, Now: wechat.Now}, nil
	}
	return urlToken(t.Authorizer.ComponentTokenURL, t, wechat, elsewhere)
}

// urlToken returns a source that asks a token server. The server has an HTTP
// client configuration of its own.
func urlToken(url string, t config.Token, wechat wxclient.Endpoint, elsewhere http.RoundTripper) (wxclient.TokenSource, error) {
	transport, err := roundTripper(elsewhere, t.HTTP)
	return wxclient.URLToken{Endpoint: wxclient.Endpoint{URL: url, Transport: transport, Timeout: wechat.Timeout, Now: wechat.Now, FollowRedirects: t.HTTP.FollowRedirects}}, err
}
