package app

import (
	"context"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"sync"
	"syscall"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
)

// reloader applies the first configuration, and later ones to the running fleet.
type reloader struct {
	setup
	store   *store.Store
	fleet   *fleet.Fleet
	sender  *history.Sender
	metrics *processMetrics
	logger  log.Logger

	mu      sync.Mutex
	current *config.Config // nil before the first
	via     wechatTransport
}

// begin applies the first configuration.
func (r *reloader) begin(cfg *config.Config) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.apply(cfg)
	r.metrics.reloaded(err, r.now())
	return err
}

// reload reads the whole configuration and then applies it. Unchanged accounts
// keep running. A configuration with an error changes nothing.
func (r *reloader) reload() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	cfg, err := r.load()
	if err == nil {
		err = r.apply(cfg)
	}
	r.metrics.reloaded(err, r.now())
	if err == nil {
		level.Info(r.logger).Log("msg", "reloaded the configuration", "accounts", len(cfg.Accounts))
		return nil
	}
	for _, e := range lines(err) {
		level.Error(r.logger).Log("msg", "reload failed, keeping the old configuration", "err", e)
	}
	return err
}

// apply changes the running fleet to match a configuration.
func (r *reloader) apply(cfg *config.Config) (err error) {
	to := r.via
	if r.current == nil || !cfg.API.Equal(r.current.API) {
		if to, err = newTransport(cfg.API, r.transport, r.elsewhere); err != nil {
			return err
		}
	}
	all, err := accounts(cfg, r.flags, to, r.store, r.now, r.logger)
	if err != nil {
		return err
	}
	send, err := r.sending(cfg)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		level.Warn(r.logger).Log("msg", "configuration warning", "warning", w)
	}
	send()
	before := r.unchanged(cfg)
	if r.current != nil {
		r.removeOthers(cfg)
	}
	var changed []poll.AccountOptions
	for i, a := range all {
		if before[a.Name].Equal(cfg.Accounts[i]) {
			r.fleet.Retry(a.Name)
		} else {
			changed = append(changed, a)
		}
	}
	r.fleet.Set(changed...)
	r.current, r.via = cfg, to
	return nil
}

// sending returns what makes the history be sent as a configuration says. Where that
// has not changed, what is on its way, and the pause of a receiver that is away, are
// left alone.
func (r *reloader) sending(cfg *config.Config) (func(), error) {
	to := sentAccounts(cfg)
	if r.current != nil && slices.EqualFunc(cfg.Remote, r.current.Remote, config.Remote.Equal) && reflect.DeepEqual(to, sentAccounts(r.current)) {
		return r.sender.RetryRefused, nil
	}
	receivers, err := receivers(cfg, r.elsewhere)
	return func() { r.sender.Set(receivers, to) }, err
}

// unchanged returns the running accounts by name, to compare them with the new
// configuration; none if settings that all accounts share have changed.
func (r *reloader) unchanged(cfg *config.Config) map[string]config.Account {
	accounts := map[string]config.Account{}
	if r.current == nil || !cfg.API.Equal(r.current.API) || cfg.Poll != r.current.Poll || cfg.Window != r.current.Window || cfg.History != r.current.History || cfg.Storage != r.current.Storage {
		return accounts
	}
	for _, a := range r.current.Accounts {
		accounts[a.Name] = a
	}
	return accounts
}

// removeOthers removes the running accounts that a configuration lacks or renames.
// A renamed account must have ended under its old name before it is polled under
// the new one, or both would spend its quota and overwrite each other's state.
func (r *reloader) removeOthers(cfg *config.Config) {
	stays := map[string]string{} // name to identity
	for _, a := range cfg.Accounts {
		stays[a.Name] = a.ID()
	}
	for _, a := range r.current.Accounts {
		if stays[a.Name] != a.ID() {
			r.fleet.Remove(a.Name)
		}
	}
}

// retention returns what the configuration says of deleting. What an API still needs
// stays, such as a month that is dated before the window.
func (r *reloader) retention() rule {
	r.mu.Lock()
	defer r.mu.Unlock()
	keep, shown, settle := r.current.Storage.Retention, plan.Window(r.current.Window), r.current.Poll.SettleDays
	return rule{keep, func(name string, today calendar.Day) string {
		oldest := today - calendar.Day(keep)
		for _, f := range collector.Families() {
			for _, api := range f.APIs {
				if api.Name == name {
					oldest = min(oldest, plan.OldestNeeded(api, shown, settle, today))
				}
			}
		}
		return oldest.String()
	}}
}

// onHangup reloads the configuration on SIGHUP until ctx ends.
func (r *reloader) onHangup(ctx context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			_ = r.reload() // it logs the error
		}
	}
}
