package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/store"
)

// retentionNote is the name of what the store remembers of the retention.
const retentionNote = "retention"

// thinkAgain is how long days are kept after the retention was lowered: time to
// undo it.
const thinkAgain = 24 * time.Hour

// retention is how many days the store keeps, 0 is all, and since when that is so.
// The store remembers it.
type retention struct {
	Days  int       `json:"days"`
	Since time.Time `json:"since"`
}

// then is what is to be remembered once the configuration says days, if it is not
// what is remembered. Only a lower retention begins anew: a higher one deletes
// nothing that was not to be deleted before.
func (r retention) then(days int, now time.Time) (next retention, changed bool) {
	lowered := days > 0 && (r.Days == 0 || days < r.Days)
	next = retention{days, r.Since}
	if lowered || now.Before(r.Since) {
		next.Since = now.UTC().Truncate(time.Second)
	}
	return next, next != r
}

// due is when days may be deleted.
func (r retention) due() time.Time { return r.Since.Add(thinkAgain) }

// housekeeper deletes what is older than the retention.
type housekeeper struct {
	store      *store.Store
	rule       func() rule
	now        func() time.Time
	clockRight func(context.Context) bool
	logger     log.Logger

	done   string    // the day and the rule of the last deletion
	warned retention // what was warned of
	failed bool      // the last deletion
}

// rule is what the configuration says of deleting.
type rule struct {
	days   int
	before func(api string, today calendar.Day) string // the oldest day of an API that stays
}

// housekeep retries failed writes and deletes days that are older than the
// retention, until ctx ends.
func housekeep(ctx context.Context, h *housekeeper) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		h.deleteOld(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.store.Flush()
		}
	}
}

// deleteOld deletes old days once a day. While the store has trouble, which is
// logged, it waits.
func (h *housekeeper) deleteOld(ctx context.Context) {
	if !h.store.Healthy() {
		return
	}
	err := h.deleteDue(ctx)
	if err != nil && !h.failed {
		store.Severity(h.logger, err).Log("msg", "cannot delete old days", "err", err)
	}
	h.failed = err != nil
}

// deleteDue deletes what is due. A clock that is wrong says nothing of how old days are:
// one ahead would delete them for all replicas, one that is unset would take the time away
// in which the retention can be undone.
func (h *housekeeper) deleteDue(ctx context.Context) error {
	now, r := h.now(), h.rule()
	today := calendar.DayOf(now)
	done := fmt.Sprint(today, r.days)
	if done == h.done || !h.clockRight(ctx) {
		return nil
	}
	kept, err := h.remember(r.days, now)
	if err != nil {
		return err
	}
	before := func(api string) string { return r.before(api, today) }
	switch {
	case r.days == 0:
	case now.Before(kept.due()):
		return h.warn(kept, before)
	default:
		old, err := h.store.DeleteBefore(before)
		if old.Rows > 0 {
			level.Info(log.With(h.logger, what(r.days, old)...)).Log("msg", "deleted old days")
		}
		if err != nil {
			return err
		}
	}
	h.done = done
	return nil
}

// remember returns since when the retention is what it is.
func (h *housekeeper) remember(days int, now time.Time) (kept retention, err error) {
	text, err := h.store.Note(retentionNote)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &kept)
	}
	if err != nil {
		return kept, err
	}
	kept, changed := kept.then(days, now)
	if !changed {
		return kept, nil
	}
	note, err := json.Marshal(kept)
	if err != nil {
		return kept, err
	}
	return kept, h.store.SetNote(retentionNote, string(note))
}

// warn says once what will be deleted.
func (h *housekeeper) warn(kept retention, before func(api string) string) error {
	if h.warned == kept {
		return nil
	}
	old, err := h.store.Before(before)
	if err != nil {
		return err
	}
	h.warned = kept
	if old.Rows > 0 {
		at := kept.due().In(calendar.Beijing).Format(time.RFC3339)
		level.Warn(log.With(h.logger, what(kept.Days, old)...)).Log("msg", "retention is new or lower, old days will be deleted", "at", at)
	}
	return nil
}

// what is what is or was deleted, for a log line.
func what(days int, old store.Old) []any {
	return []any{"retention", days, "rows", old.Rows, "accounts", old.Accounts, "oldest", old.Oldest, "newest", old.Newest}
}
