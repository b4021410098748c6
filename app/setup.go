package app

import (
	"net"
	"net/http"
	"os"
	"time"

	commoncfg "github.com/prometheus/common/config"

	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// setup is where the configuration comes from, and how WeChat is reached: with
// --demo neither a file nor the network.
type setup struct {
	flags
	now       func() time.Time
	load      func() (*config.Config, error)
	transport http.RoundTripper // used in place of the configured one; nil: the configured one
	elsewhere http.RoundTripper // the same, for receivers and token servers
	storage   string            // the store's directory
	close     func()
}

func newSetup(f flags, host Host) (setup, error) {
	s := setup{
		flags:   f,
		now:     host.Now,
		load:    func() (*config.Config, error) { return load(f, host) },
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
	return s, nil
}

// readDemo returns the configuration of the simulated accounts: the default one
// with a higher rate of requests or, where the command line names a file, what that
// says of the rest.
func readDemo(f flags, _ func(string) string, known config.Vocabulary) (*config.Config, error) {
	cfg := config.Default()
	cfg.Poll.NotBefore, cfg.Poll.NotBeforeSet = 0, true
	if f.configGiven {
		known.WithoutAccounts = true
		file, err := config.Load(f.configFile, known)
		if err != nil {
			return nil, err
		}
		cfg.Poll, cfg.Window, cfg.History, cfg.Remote, cfg.Warnings = file.Poll, file.Window, file.History, file.Remote, file.Warnings
	}
	cfg.API.RequestsPerSecond = 200
	for _, a := range wxtest.DemoAccounts() {
		one := config.Account{Name: a.Name, Type: a.Type, AppID: a.AppID, AppSecret: commoncfg.Secret(a.Secret)}
		if a.Publisher { // what is off by default is polled where it is listed
			one.Collectors = allCollectors(known, a.Type)
		}
		cfg.Accounts = append(cfg.Accounts, one)
	}
	return &cfg, nil
}

// allCollectors are those that there are for accounts of a type.
func allCollectors(known config.Vocabulary, name string) []string {
	for _, t := range known.Types {
		if t.Name == name {
			return t.Families
		}
	}
	return nil
}

// demoAddress is where a browser on this host finds the pages.
func demoAddress(f flags) string {
	host, port, err := net.SplitHostPort((*f.web.WebListenAddresses)[0])
	if err != nil || host == "" {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
