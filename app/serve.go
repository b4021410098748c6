package app

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/common/version"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web"
	"github.com/wxexporter/wx_exporter/web/sheets"
)

const (
	// gatherTime is how long a scrape waits for the metrics of the process, half of
	// what Prometheus' scrapes usually have.
	gatherTime = 5 * time.Second

	// startGC is GOGC until the pages are there. Meanwhile nearly all that is allocated
	// is garbage at once, and the peak of memory is here: 300 would save a fifth of the
	// time, and take a third more.
	startGC = 150
	// steadyGC is GOGC from then on. Nearly all of the heap is kept for days: the
	// usual 100 would double it for a few polls.
	steadyGC = 30
)

// serve starts everything, in the order in which each part needs the next, and
// ends it in the reverse order when ctx ends or the web server fails.
func serve(ctx context.Context, f flags, host Host, logger log.Logger) error {
	setGOGC(startGC, host.Getenv)
	s, err := newSetup(f, host)
	if err != nil {
		return err
	}
	defer s.close()
	cfg, err := s.load()
	if err = errors.Join(err, checkWeb(f)); err != nil {
		return err
	}
	families := collector.Families()
	var peers fleet.Peers
	var sharing *store.Sharing
	if host.Share != nil {
		peers, sharing = host.Share(f.replica)
	}
	db, err := store.Open(ctx, store.Options{Path: s.storage, URL: s.storageURL, Views: views(families), Replica: f.replica, Logger: logger, Now: host.Now, Sharing: sharing})
	if err != nil {
		return err
	}
	defer closeStore(db, logger)
	level.Info(logger).Log("msg", "starting", "version", version.Info(), "build", version.BuildContext())

	process := newProcessMetrics(db)
	if !f.inward.noRuntime {
		process.runtime()
	}
	pages := exposition.New(exposition.Options{
		Process: process.registry, Families: selectable(), Timeout: gatherTime, Logger: logger,
	})
	var running *fleet.Fleet
	sender := history.NewSender(history.SenderOptions{
		Families: families, Store: db, PollsAccount: func(account string) bool { return running.Polls(account) },
		Metrics: process.registry, Logger: logger, Now: host.Now,
	})
	options := fleet.Options{Replica: f.replica, Peers: peers, Options: poll.Options{
		Families: families, Store: db, Pages: changeListeners{pages, sender}, Durations: process.durations, Logger: logger, Now: host.Now, Random: host.Random,
	}}
	if replicas := db.Replicas(fleet.LeaseTime); replicas != nil {
		options.Peers = replicas
	}
	running = fleet.New(options)
	process.replicas(running.Alive)
	r := &reloader{setup: s, store: db, fleet: running, sender: sender, metrics: process, logger: logger}
	if err := r.begin(cfg); err != nil {
		return err
	}

	var parts sync.WaitGroup
	defer parts.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts.Go(func() { pages.Run(ctx) })
	parts.Go(func() { r.onHangup(ctx) })
	parts.Go(func() {
		housekeep(ctx, &housekeeper{store: db, rule: r.retention, now: host.Now, clockRight: running.ClockRight, logger: logger})
	})

	var reload func() error
	if f.lifecycle {
		reload = r.reload
	}
	rendered := make(chan struct{}) // closed when all stored days are on the pages
	limit := web.Limit(f.inward.maxRequests)
	server := newServer(web.Options{
		Metrics:       whenRendered(ctx, rendered, limit(pages.Metrics())),
		Probe:         whenRendered(ctx, rendered, limit(pages.Probe())),
		TelemetryPath: f.telemetryPath,
		Limit:         limit,
		ExternalURL:   f.inward.externalURL,
		Status:        running.Status,
		Look:          db.Look,
		Tables: func(ctx context.Context) (web.Tables, error) {
			return store.OpenReader(ctx, store.Options{Path: s.storage, URL: s.storageURL})
		},
		Spool:   spoolDirectory(s),
		Ready:   func() error { return ready(rendered, running) },
		Reload:  reload,
		Logger:  logger,
		Now:     host.Now,
		Version: version.Version,
	}, f.inward)
	failed, err := listen(ctx, server, f.web, host.Serve, logger)
	if err != nil {
		return err
	}
	if f.demo && host.Serve == nil {
		at := demoAddress(f)
		level.Info(logger).Log("msg", "demo ready", "figures", at+"/figures", "status", at+"/status", "metrics", at+f.telemetryPath)
	}
	// The stored days are on the pages before WeChat is asked for more.
	if pages.Sync(ctx) == nil {
		close(rendered)
		setGOGC(steadyGC, host.Getenv)
		debug.FreeOSMemory() // rendering took several times the memory of what it made
		parts.Go(func() { running.Run(ctx) })
		parts.Go(func() { sender.Run(ctx) })
	}
	select {
	case <-ctx.Done():
		level.Info(logger).Log("msg", "shutting down")
	case err = <-failed:
	}
	shutdown(server, logger)
	return err
}

// setGOGC sets GOGC, unless the environment does.
func setGOGC(percent int, getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// changeListeners are those who are told what has changed of an account.
type changeListeners struct {
	*exposition.Cache
	sender *history.Sender
}

// Changed implements poll.Pages.
func (l changeListeners) Changed(account string, families ...string) {
	l.Cache.Changed(account, families...)
	l.sender.Changed(account)
}

func closeStore(s *store.Store, logger log.Logger) {
	if err := s.Close(); err != nil {
		level.Error(logger).Log("msg", "cannot close the store", "err", err)
	}
}

// ready returns nil when every account has data to serve or a poll of it ended.
func ready(rendered <-chan struct{}, accounts *fleet.Fleet) error {
	select {
	case <-rendered:
	default:
		return errors.New("the stored days are being read")
	}
	if !accounts.Ready() {
		return errors.New("no data yet: the first poll is still running")
	}
	return nil
}

// spoolDirectory is where downloads are made: beside the embedded store, for where
// that is there is room.
func spoolDirectory(s setup) string {
	if s.storageURL != "" {
		return ""
	}
	return s.storage
}

// views are the SQL views of families.
func views(families []collector.Family) (all []store.View) {
	for _, v := range collector.Views(families) {
		all = append(all, sheets.StoreView(v))
	}
	return all
}
