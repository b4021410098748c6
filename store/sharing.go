package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Sharing lets the stores of several replicas in one process use the same SQLite
// file, as replicas of the real world use one PostgreSQL database. It is for
// simulated worlds.
type Sharing struct {
	// Holds reports whether no other replica has had an account's lease since this one.
	Holds func(account string) bool
	// Tell tells the other replicas that days of an API, or with an empty api the
	// state, of an account were stored.
	Tell func(account, api string)
	// Away reports whether this replica cannot reach the database.
	Away func() bool
	// Turn is held while one of the replicas writes, as Store.turn is.
	Turn sync.Locker

	store *Store
}

var errAway = errors.New("the database cannot be reached")

// Flush writes what could not be written before, as Replicas.Beat and Listen do.
func (s *Sharing) Flush() {
	if s.store != nil {
		s.store.catchUp()
	}
}

// reach is the error of a database that cannot be reached.
func (s *Sharing) reach() error {
	if s != nil && s.Away() {
		return errAway
	}
	return nil
}

// waitTurn waits until nobody else writes. SQLite has one writer at a time: others
// would sleep in it, with locks of ours.
func (s *Store) waitTurn() (end func()) {
	turn := sync.Locker(&s.turn)
	switch {
	case s.o.Sharing != nil:
		turn = s.o.Sharing.Turn
	case s.o.URL != "":
		return func() {}
	}
	turn.Lock()
	return turn.Unlock
}

// change changes the database in one transaction.
func (s *Store) change(ctx context.Context, do func(*sql.Tx) error) error {
	if err := s.o.Sharing.reach(); err != nil {
		return err
	}
	defer s.waitTurn()()
	return inTransaction(ctx, s.db, do)
}

// execute is a change of one statement.
func (s *Store) execute(ctx context.Context, statement string, args ...any) error {
	if err := s.o.Sharing.reach(); err != nil {
		return err
	}
	defer s.waitTurn()()
	_, err := s.db.ExecContext(ctx, statement, args...)
	return err
}

// fenced reports whether an entry is left out, because another replica has had the
// account's lease since.
func (s *Sharing) fenced(k key, e entry) bool {
	return s != nil && fenced[k.table] != "" && !e.unfenced && !s.Holds(k.account)
}

// tell tells of entries that were written.
func (s *Sharing) tell(keys []key) {
	seen := map[change]bool{}
	for _, k := range keys {
		one := change{k.account, k.api}
		if s == nil || k.table == "accounts" || seen[one] {
			continue
		}
		seen[one] = true
		s.Tell(k.account, k.api)
	}
}
