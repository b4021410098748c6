package app

import (
	"context"
	"errors"
	"strings"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/store"
)

// openRefreshTokens opens the store for a check: only for the refresh tokens that
// WeChat replaces, which must not be lost. inUse says which exporter uses the store.
// Where no account needs it, there may be none.
func openRefreshTokens(ctx context.Context, f flags, host Host, needed bool) (s *store.Store, inUse string, err error) {
	if needed {
		s, err = store.Open(ctx, store.Options{Path: f.storagePath, URL: f.storageURL, Views: views(collector.Families()), Now: host.Now})
	} else {
		s, err = openStored(ctx, f, host)
	}
	switch {
	case errors.Is(err, store.ErrInUse):
		_, by, _ := strings.Cut(oneLine(err), store.ErrInUse.Error()+" ")
		return nil, by, nil
	case err != nil && !needed:
		return nil, "", nil // there is none yet
	case err != nil:
		return nil, "", err
	}
	if replicas := s.Replicas(fleet.LeaseTime); replicas != nil {
		alive, err := replicas.Alive(ctx)
		if err != nil {
			return nil, "", errors.Join(err, s.Close())
		}
		if len(alive) > 0 {
			return s, "replica " + strings.Join(alive, ", "), nil
		}
	}
	return s, "", nil
}
