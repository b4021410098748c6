package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	commoncfg "github.com/prometheus/common/config"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// spread is over how long the accounts' days begin, so that hundreds of them do
// not all call at the same second.
const spread = 10 * time.Minute

// load reads the configuration and holds it against the flags.
func load(f flags, getenv func(string) string) (*config.Config, error) {
	cfg, err := read(f, getenv)
	if err != nil {
		return nil, err
	}
	for _, a := range cfg.Accounts {
		if len(families(a, f)) == 0 {
			cfg.Warnings = append(cfg.Warnings, fmt.Sprintf("account %s: nothing is polled, for the flags switch off all of its collectors", a.Name))
		}
	}
	return cfg, nil
}

// read reads the configuration: the file, or the environment where there is
// no file.
func read(f flags, getenv func(string) string) (*config.Config, error) {
	cfg, inEnviron, err := config.FromEnviron(getenv)
	if _, missing := os.Stat(f.configFile); f.configGiven || !errors.Is(missing, fs.ErrNotExist) {
		cfg, err = config.Load(f.configFile, knownTables())
		if err == nil && inEnviron {
			cfg.Warnings = append(cfg.Warnings, fmt.Sprintf("WX_APP_ID, WX_APP_SECRET and WX_APP_SECRET_FILE are not used, for the accounts are those of %s", f.configFile))
		}
		return cfg, err
	}
	if err == nil && !inEnviron {
		err = fmt.Errorf("there is no account to poll and no file %s: write one (--config.file, see config.example.yml), or set WX_APP_ID and WX_APP_SECRET (or WX_APP_SECRET_FILE), or look at simulated data with --demo", f.configFile)
	}
	return cfg, err
}

// knownTables returns the families and the labels of the exporter's own series:
// those of the families' tables, and those that no table has.
func knownTables() config.Known {
	known := config.Known{Labels: []string{
		"account", "api", "code", "collector", "date", "kind", "le", "name", "name_zh", "quantile", "reason", "state",
	}}
	for _, family := range collector.Families() {
		known.Families = append(known.Families, family.Name)
		for _, m := range family.Metrics() {
			known.Labels = append(known.Labels, m.Labels...)
		}
	}
	return known
}

// lines takes an error apart into what is to be told line by line.
func lines(err error) []string { return strings.Split(err.Error(), "\n") }

// accounts turns a configuration into what the collector polls. WeChat is
// reached by the transport.
func accounts(cfg *config.Config, f flags, transport http.RoundTripper, now func() time.Time, logger log.Logger) ([]collector.AccountOptions, error) {
	var all []collector.AccountOptions
	for _, a := range cfg.Accounts {
		logger := log.With(logger, "account", a.Name)
		endpoint := wxclient.Endpoint{URL: cfg.API.URL, Transport: transport, Timeout: cfg.API.Timeout, Now: now}
		tokens, err := tokenSource(a, endpoint, logger)
		if err != nil {
			return nil, fmt.Errorf("account %s: token: %w", a.Name, err)
		}
		all = append(all, collector.AccountOptions{
			Name:     a.Name,
			ID:       a.ID(),
			Labels:   a.Labels,
			Families: families(a, f),
			Window:   collector.Window(cfg.Window),
			Poll: collector.Poll{
				NotBefore:     cfg.Poll.NotBefore,
				RetryInterval: cfg.Poll.RetryInterval,
				SettleDays:    cfg.Poll.SettleDays,
				Spread:        share(a.ID(), spread),
			},
			Client: wxclient.Options{
				URL: cfg.API.URL, Transport: transport, Timeout: cfg.API.Timeout,
				RequestsPerSecond: cfg.API.RequestsPerSecond, Tokens: tokens, Now: now,
				OnRefreshFailed: func(err *wxclient.Error) {
					level.Warn(logger).Log("msg", "cannot replace the access token yet, it is used until it expires", "api", err.API, "code", err.Code, "err", err.Message, "advice", collector.Advice(err))
				},
			},
		})
	}
	return all, nil
}

// roundTripper returns the transport that an HTTP client configuration
// describes, unless one is given.
func roundTripper(given http.RoundTripper, c commoncfg.HTTPClientConfig) (http.RoundTripper, error) {
	if given != nil {
		return given, nil
	}
	return commoncfg.NewRoundTripperFromConfig(c, program)
}

// families returns the families that an account polls: what it names, else all,
// of which the flags may have switched some off.
func families(a config.Account, f flags) []string {
	names := a.Collectors
	if names == nil {
		names = knownTables().Families
	}
	var on []string
	for _, name := range names {
		if *f.collectors[name] {
			on = append(on, name)
		}
	}
	return on
}

// share returns the part of d that is an account's own, the same in every run.
func share(id string, d time.Duration) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(id))
	return d / 1000 * time.Duration(h.Sum32()%1000)
}

// tokenSource returns where an account's tokens come from.
func tokenSource(a config.Account, wechat wxclient.Endpoint, logger log.Logger) (wxclient.TokenSource, error) {
	switch a.Token.Mode {
	case config.TokenClassic:
		return wxclient.ClassicToken{Endpoint: wechat, AppID: a.AppID, Secret: a.Secret}, nil
	case config.TokenFile:
		return wxclient.FileToken{Path: a.Token.File, Now: wechat.Now}, nil
	case config.TokenURL:
		return urlToken(a.Token.URL, a.Token, wechat)
	case config.TokenAuthorizer:
		component, err := componentToken(a.Token, wechat)
		return &wxclient.AuthorizerToken{
			Endpoint:         wechat,
			ComponentAppID:   a.Token.Authorizer.ComponentAppID,
			Component:        component,
			AppID:            a.AppID,
			RefreshTokenFile: a.Token.Authorizer.RefreshTokenFile,
			OnUnsaved: func(err error) {
				level.Error(logger).Log("msg", "cannot keep the new refresh token: it is lost when the exporter ends or a reload changes the account", "err", err)
			},
		}, err
	default:
		return wxclient.StableToken{Endpoint: wechat, AppID: a.AppID, Secret: a.Secret}, nil
	}
}

// componentToken returns where a third-party platform's own token comes from.
func componentToken(t config.Token, wechat wxclient.Endpoint) (wxclient.TokenSource, error) {
	if t.Authorizer.ComponentTokenFile != "" {
		return wxclient.FileToken{Path: t.Authorizer.ComponentTokenFile, Now: wechat.Now}, nil
	}
	return urlToken(t.Authorizer.ComponentTokenURL, t, wechat)
}

// urlToken returns a token server as a source. It is reached by its own HTTP
// client configuration, not by WeChat's.
func urlToken(url string, t config.Token, wechat wxclient.Endpoint) (wxclient.TokenSource, error) {
	transport, err := roundTripper(nil, t.HTTP)
	return wxclient.URLToken{Endpoint: wxclient.Endpoint{URL: url, Transport: transport, Timeout: wechat.Timeout, Now: wechat.Now}}, err
}
