package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/store"
)

// copying is the command line of the command copy.
type copying struct{ to string }

func copyCommand(app *kingpin.Application) clause {
	c := &copying{}
	cmd := app.Command("copy", "Copy the store into another, empty one, of either kind. No exporter may be using an embedded store meanwhile.")
	cmd.Flag("to", "Where to: postgres://..., or the directory of an embedded store.").Required().StringVar(&c.to)
	return clause{cmd, c}
}

// run copies the store that the flags name.
func (c *copying) run(ctx context.Context, f flags, host Host) (err error) {
	if strings.Contains(c.to, "=") && !strings.Contains(c.to, "://") { // key=value, perhaps with a password
		return errors.New("--to: write PostgreSQL's address as postgres://..., or name a directory without =")
	}
	from, err := openStored(ctx, f, host)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := store.Open(ctx, c.target(host))
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	progress, end := history.Progress(os.Stderr, host.Now)
	lines, err := from.CopyTo(ctx, to, progress)
	end()
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	fmt.Fprintf(host.Stdout, "Copied %d days of %d accounts, with their states.\n", lines["days"], lines["accounts"])
	return nil
}

// target is the store to copy into.
func (c *copying) target(host Host) store.Options {
	o := store.Options{Views: views(collector.Families()), Now: host.Now}
	if strings.HasPrefix(c.to, "postgres://") || strings.HasPrefix(c.to, "postgresql://") {
		o.URL = c.to
	} else {
		o.Path = c.to
	}
	return o
}

// openStored opens the store that the flags name, which must be there.
func openStored(ctx context.Context, f flags, host Host) (*store.Store, error) {
	o := store.Options{Path: f.storagePath, URL: f.storageURL}
	reader, err := store.OpenReader(ctx, o)
	if err == nil {
		err = reader.Close()
	}
	if err != nil {
		return nil, err
	}
	o.Views, o.Now = views(collector.Families()), host.Now
	return store.Open(ctx, o)
}
