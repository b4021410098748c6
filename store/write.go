package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

const (
	retryPause = 5 * time.Second // between a write that failed and the next try by a Put
	batch      = 500             // lines of a transaction, so that it ends before its timeout
)

// key is where an entry belongs: a table and its primary key.
type key struct{ table, account, api, name string }

// entry is a line of a table that waits to be written.
type entry struct {
	day      Day    // of days
	value    []byte // of state
	args     []any  // of its upsert
	unfenced bool   // it is written whoever has the account's lease
	put      uint64 // the put that brought it
}

// inMemory returns the entries that wait and that want picks.
func (s *Store) inMemory(want func(key) bool) []entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []entry
	for k, e := range s.waiting {
		if want(k) {
			found = append(found, e)
		}
	}
	return found
}

// put queues entries and writes the queue, unless another goroutine's transaction
// includes them.
func (s *Store) put(entries map[key]entry) {
	if len(entries) == 0 {
		return
	}
	s.mu.Lock()
	s.puts++
	mine := s.puts
	for k, e := range entries {
		e.put = mine
		s.waiting[k] = e
	}
	s.mu.Unlock()

	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	done, troubled := s.written >= mine, s.lastErr != nil
	s.mu.Unlock()
	since := s.o.Now().Sub(s.tried)
	if done || troubled && since >= 0 && since < retryPause {
		return
	}
	_ = s.write() // it was logged
}

// Flush tries to write what waits, and notices when the database has gone.
func (s *Store) Flush() {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.write() // it was logged
}

// catchUp writes what could not be written before. What it held of accounts that another
// replica polls by now is dropped, and no longer hides what that one has stored.
func (s *Store) catchUp() {
	if !s.Healthy() {
		s.Flush()
	}
}

// write writes all that waits. The caller holds writing.
func (s *Store) write() error {
	defer func() { s.tried = s.o.Now() }() // it can take as long as the pause
	s.mu.Lock()
	keys := slices.SortedFunc(maps.Keys(s.waiting), func(a, b key) int {
		return cmp.Or(cmp.Compare(s.waiting[a].put, s.waiting[b].put), cmp.Compare(a.name, b.name))
	})
	s.written = s.puts
	s.mu.Unlock()
	err := s.reopen()
	for part := range slices.Chunk(keys, batch) {
		if err == nil {
			err = s.writeBatch(part)
		}
	}
	if err != nil {
		s.failed(err)
		return err
	}
	s.mu.Lock()
	over := s.lastErr != nil && s.corrupt == nil // a reader may just have found some
	if over {
		s.lastErr = nil
	}
	s.mu.Unlock()
	if over {
		level.Info(s.o.Logger).Log("msg", "store recovered")
	}
	return nil
}

// reopen makes sure that the database is there, and puts a new one in the place
// of one that is damaged.
func (s *Store) reopen() error {
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	s.mu.Lock()
	corrupt := s.corrupt
	s.mu.Unlock()
	if corrupt == nil {
		err := errors.Join(s.o.Sharing.reach(), s.engine.alive(ctx, s.db))
		if !s.engine.damaged(err) {
			return err
		}
		s.failed(err)
		corrupt = err
	}
	s.dbMu.Lock()
	defer s.dbMu.Unlock()
	_ = s.db.Close() // it is damaged
	if err := s.engine.setAside(corrupt); err != nil {
		return err
	}
	end := s.waitTurn()
	db, err := s.engine.open(ctx)
	end()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.corrupt = errMoved; err == nil { // what was set aside is not set aside again
		s.db, s.corrupt = db, nil
		s.prepared.Clear()
		clear(s.counts)
	}
	return err
}

// writeBatch writes entries in one transaction, after which they no longer wait.
func (s *Store) writeBatch(keys []key) error {
	entries := map[key]entry{}
	s.mu.Lock()
	for _, k := range keys {
		entries[k] = s.waiting[k] // it may be newer by now
	}
	s.mu.Unlock()
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	err := s.change(ctx, func(tx *sql.Tx) error {
		execute := s.executor(ctx, tx)
		for _, k := range keys {
			if s.o.Sharing.fenced(k, entries[k]) {
				continue
			}
			text, args := s.upsert(k, entries[k])
			if err := execute(text, args...); err != nil {
				return err
			}
		}
		return s.tell(ctx, tx, keys)
	})
	if err != nil {
		return err
	}
	s.o.Sharing.tell(keys)
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, e := range entries {
		if s.waiting[k].put == e.put { // else it was put again
			delete(s.waiting, k)
		}
		s.counts[k.account] = cachedCount{value: s.counts[k.account].value} // to be counted anew
	}
	return nil
}

// executor returns what executes the statements of a transaction. For SQLite each
// is parsed once. pgx does so by itself where it may: behind a pooler nothing must
// have a name.
func (s *Store) executor(ctx context.Context, tx *sql.Tx) func(text string, args ...any) error {
	if s.o.URL != "" {
		return func(text string, args ...any) error {
			_, err := tx.ExecContext(ctx, text, args...)
			return err
		}
	}
	prepared := map[string]*sql.Stmt{}
	return func(text string, args ...any) (err error) {
		if prepared[text] == nil {
			if prepared[text], err = tx.PrepareContext(ctx, text); err != nil {
				return err
			}
		}
		_, err = prepared[text].ExecContext(ctx, args...)
		return err
	}
}

// upsert returns the statement that writes an entry.
func (s *Store) upsert(k key, e entry) (string, []any) {
	if text := fenced[k.table]; text != "" && s.o.URL != "" && !e.unfenced {
		return text, append(slices.Clip(e.args), s.o.Replica)
	}
	return upsertOf[k.table], e.args
}

func inTransaction(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // err matters more
		return err
	}
	return tx.Commit()
}

// loggedError is an error of a store that has logged it: one line when it begins tells
// more than one for each account and API that it concerns.
type loggedError struct{ err error }

func (t *loggedError) Error() string { return t.err.Error() }
func (t *loggedError) Unwrap() error { return t.err }

// Logged reports that the error was logged.
func (t *loggedError) Logged() bool { return true }

// Severity is level.Error, but level.Debug for an error that the store has logged.
func Severity(logger log.Logger, err error) log.Logger {
	if _, ok := errors.AsType[*loggedError](err); ok {
		return level.Debug(logger)
	}
	return level.Error(logger)
}

// failed records an error, and logs it when it begins.
func (s *Store) failed(err error) {
	s.mu.Lock()
	first := s.lastErr == nil || errors.Is(err, ErrInUse) && !errors.Is(s.lastErr, ErrInUse)
	s.lastErr = err
	if s.corrupt == nil && s.engine.damaged(err) {
		s.corrupt = err
	}
	s.mu.Unlock()
	if first {
		level.Warn(s.o.Logger).Log("msg", "store failed, keeping answers in memory until it recovers", "err", explained(err))
	}
}

// Close writes what waits, and ends the use of the database. An error tells how
// much is lost.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.write()
	s.mu.Lock()
	lost := len(s.waiting)
	s.mu.Unlock()
	if err = fmt.Errorf("%d days and states could not be written: %w", lost, err); lost == 0 {
		err = nil
	}
	s.dbMu.Lock()
	defer s.dbMu.Unlock()
	err = errors.Join(err, s.db.Close())
	s.engine.release()
	return err
}
