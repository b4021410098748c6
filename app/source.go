package app

import (
	"net/http"
	"os"
	"time"

	commoncfg "github.com/prometheus/common/config"

	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// source is where the configuration comes from, and how WeChat is reached: with
// --demo neither a file nor the network.
type source struct {
	flags
	now       func() time.Time
	load      func() (*config.Config, error)
	transport http.RoundTripper // used in place of the configured one; nil: the configured one
	elsewhere http.RoundTripper // the same, for receivers and token servers
	storage   string            // the store's directory
	close     func()
}

func newSource(f flags, host Host) (source, error) {
	s := source{
		flags:   f,
		now:     host.Now,
		load:    func() (*config.Config, error) { return load(f, host.Getenv) },
		storage: f.storagePath,
		close:   func() {},

		transport: host.Transport,
		elsewhere: host.Transport,
	}
	if !f.demo {
		return s, nil
	}
	if !f.urlGiven { // a database that the environment names is not for simulated accounts
		s.storageURL = ""
	}
	if !f.storageGiven {
		dir, err := os.MkdirTemp("", program+"-demo-")
		if err != nil {
			return s, err
		}
		s.storage, s.close = dir, func() { os.RemoveAll(dir) }
	}
	s.transport = wxtest.Demo(host.Now).Transport()
	s.load = func() (*config.Config, error) { return demoConfig(), nil }
	return s, nil
}

// demoConfig is the default configuration with the simulated accounts and a higher
// rate of requests.
func demoConfig() *config.Config {
	cfg := config.Default()
	cfg.API.RequestsPerSecond = 200
	cfg.Poll.NotBefore = 0
	for _, a := range wxtest.DemoAccounts() {
		cfg.Accounts = append(cfg.Accounts, config.Account{Name: a.Name, AppID: a.AppID, AppSecret: commoncfg.Secret(a.Secret)})
	}
	return &cfg
}
