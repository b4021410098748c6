package app

import (
	"context"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/store"
)

// housekeep retries failed writes and deletes days that are older than the
// retention, until ctx ends.
func housekeep(ctx context.Context, s *store.Store, retention func() (before string, ok bool), logger log.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	done := ""
	for {
		if before, ok := retention(); ok && before != done {
			if err := s.DeleteBefore(before); err != nil {
				level.Warn(logger).Log("msg", "cannot delete old days", "before", before, "err", err)
			} else {
				done = before
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Flush()
		}
	}
}
