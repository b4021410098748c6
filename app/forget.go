package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/store"
)

// forgetting is the command line of the command forget.
type forgetting struct{ account string }

func forgetCommand(app *kingpin.Application) clause {
	c := &forgetting{}
	cmd := app.Command("forget", "Delete what the store holds of an account that the configuration no longer has. No exporter may be using an embedded store meanwhile.")
	cmd.Flag("account", "Name of the account.").Required().StringVar(&c.account)
	return clause{cmd, c}
}

// run deletes the account from the store that the flags name.
func (c *forgetting) run(ctx context.Context, f flags, host Host) (err error) {
	cfg, err := load(f, host)
	if err != nil {
		return err
	}
	c.account = norm.NFC.String(c.account) // as names of accounts are
	gone, err := c.gone(ctx, f, cfg)
	if err != nil {
		return err
	}
	from, err := openStored(ctx, f, host)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	var days int64
	for _, id := range gone {
		n, err := from.Forget(ctx, id)
		if err != nil {
			return fmt.Errorf("account %s: %w", c.account, err)
		}
		days += n
	}
	fmt.Fprintf(host.Stdout, "Forgot account %s. Days of its APIs: %d.\n", c.account, days)
	return nil
}

// gone returns the IDs that the store has under the account's name and that the
// configuration does not have.
func (c *forgetting) gone(ctx context.Context, f flags, cfg *config.Config) (ids []string, err error) {
	reader, err := store.OpenReader(ctx, store.Options{Path: f.storagePath, URL: f.storageURL})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	stored, err := reader.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	configured := map[string]string{} // name by ID
	for _, a := range cfg.Accounts {
		configured[a.ID()] = a.Name
	}
	stays := ""
	for _, a := range stored {
		if a.Name != c.account {
			continue
		}
		if name, ok := configured[a.ID]; ok {
			stays = name
		} else {
			ids = append(ids, a.ID)
		}
	}
	switch {
	case len(ids) > 0:
		return ids, nil
	case stays != "":
		return nil, fmt.Errorf("account %s: the configuration still has it, as %s; take it out and end or reload the exporter first", c.account, stays)
	}
	return nil, fmt.Errorf("account %s: the store has none of this name", c.account)
}
