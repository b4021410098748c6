package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Replicas is where the exporters that share a PostgreSQL store meet: who is
// alive, who polls which account, and what was stored. Time is the database's.
type Replicas struct {
	store   *Store
	name    string
	session string        // tells two processes of one name apart
	lease   time.Duration // how long one lasts
	server  *postgres
	looks   looks
}

// channel is the channel of PostgreSQL's notifications about what was stored.
const channel = "wx_exporter"

// Replicas returns the place of a replica among those that share the store; nil
// when it is no store that can be shared. A lease lasts that long.
func (s *Store) Replicas(lease time.Duration) *Replicas {
	server, shared := s.engine.(*postgres)
	if !shared {
		return nil
	}
	return &Replicas{store: s, name: s.o.Replica, session: s.session, lease: lease, server: server, looks: looks{seen: map[change]uint64{}}}
}

// Clock returns the database's time.
func (r *Replicas) Clock(ctx context.Context) (now time.Time, err error) {
	var seconds float64
	err = r.query(ctx, func(rows *sql.Rows) error { return rows.Scan(&seconds) }, "SELECT extract(epoch FROM clock_timestamp())::float8")
	return time.UnixMilli(int64(seconds * 1000)), err
}

// Alive returns the names of the replicas that use the store.
func (r *Replicas) Alive(ctx context.Context) (names []string, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		names = append(names, "")
		return rows.Scan(&names[len(names)-1])
	}, "SELECT name FROM replicas WHERE until > now() ORDER BY name")
	return names, err
}

// Beat registers the replica as alive and returns the names of all that are. It
// is an error when another process of the same name is. What could not be written
// before comes first: whoever polls an account then asks for none of it again.
func (r *Replicas) Beat(ctx context.Context) (alive []string, err error) {
	r.store.catchUp()
	err = r.query(ctx, func(rows *sql.Rows) error {
		alive = append(alive, "")
		return rows.Scan(&alive[len(alive)-1])
	}, `WITH me AS (
			INSERT INTO replicas (name, session, until) VALUES ($1, $2, now() + $3 * interval '1 second')
			ON CONFLICT (name) DO UPDATE SET session = excluded.session, until = excluded.until
			WHERE replicas.session = excluded.session OR replicas.until < now()
			RETURNING name)
		SELECT name FROM me UNION
		SELECT name FROM replicas WHERE until > now() AND name <> $1 AND EXISTS (SELECT 1 FROM me) ORDER BY name`,
		r.name, r.session, r.lease.Seconds())
	if err == nil && len(alive) == 0 {
		err = fmt.Errorf("another replica is called %s; name each its own with --replica.name, or wait until that one has ended", r.name)
	}
	return alive, err
}

// Acquire takes or renews the leases of accounts that no other replica holds, and
// returns those that this one holds now.
func (r *Replicas) Acquire(ctx context.Context, accounts []string) (held []string, err error) {
	err = r.query(ctx, func(rows *sql.Rows) error {
		held = append(held, "")
		return rows.Scan(&held[len(held)-1])
	}, `INSERT INTO leases (account, replica, until)
		SELECT account, $1, now() + $2 * interval '1 second' FROM unnest($3::text[]) AS account ORDER BY account
		ON CONFLICT (account) DO UPDATE SET replica = excluded.replica, until = excluded.until
		WHERE leases.replica = excluded.replica OR leases.until < now()
		RETURNING account`, r.name, r.lease.Seconds(), accounts)
	return held, err
}

// Release gives leases back; nil is all, and that the replica is alive. Who had a lease
// last is still known: see fenced.
func (r *Replicas) Release(ctx context.Context, accounts []string) error {
	statement, args := "UPDATE leases SET until = '-infinity' WHERE replica = $1 AND account = ANY ($2::text[])", []any{r.name, accounts}
	if accounts == nil {
		statement, args = `WITH gone AS (UPDATE leases SET until = '-infinity' WHERE replica = $1) DELETE FROM replicas WHERE name = $1 AND session = $2`, []any{r.name, r.session}
	}
	r.store.dbMu.RLock()
	defer r.store.dbMu.RUnlock()
	ctx, cancel := r.store.dialect.limit(ctx)
	defer cancel()
	_, err := r.store.db.ExecContext(ctx, statement, args...)
	return err
}

// Holders returns which replica holds which account.
func (r *Replicas) Holders(ctx context.Context) (map[string]string, error) {
	holders := map[string]string{}
	err := r.query(ctx, func(rows *sql.Rows) error {
		var account, replica string
		err := rows.Scan(&account, &replica)
		holders[account] = replica
		return err
	}, "SELECT account, replica FROM leases WHERE until > now()")
	return holders, err
}

func (r *Replicas) query(ctx context.Context, each func(*sql.Rows) error, query string, args ...any) error {
	r.store.dbMu.RLock()
	defer r.store.dbMu.RUnlock()
	ctx, cancel := r.store.dialect.limit(ctx)
	defer cancel()
	rows, err := r.store.db.QueryContext(ctx, query, args...)
	if err != nil {
		return explained(err)
	}
	defer rows.Close()
	for err == nil && rows.Next() {
		err = each(rows)
	}
	return explained(errors.Join(err, rows.Err()))
}

// change is what replicas tell each other: that days of an API of an account were
// stored or, without an API, its state.
type change struct{ account, api string }

// told is a notification of it.
type told struct {
	Session string `json:"session"` // of the replica that tells it
	Account string `json:"account"`
	API     string `json:"api"`
	Mark    string `json:"mark"` // of the transaction
}

// markName is the name, before the API's, of the states that say which transaction
// stored something last, and of which process it was. A notification is quicker, but
// need not come.
const markName = "stored "

// tell tells the other replicas, once the transaction is committed, what it writes.
// The order is one for all, so that none waits for another in a circle.
func (s *Store) tell(ctx context.Context, tx *sql.Tx, keys []key) error {
	if s.o.URL == "" {
		return nil
	}
	seen := map[change]bool{}
	var accounts, apis []string
	for _, k := range keys {
		one := change{k.account, k.api}
		if k.table == "accounts" || seen[one] {
			continue
		}
		seen[one] = true
		accounts, apis = append(accounts, k.account), append(apis, k.api)
	}
	_, err := tx.ExecContext(ctx, `WITH marked AS (
			INSERT INTO state (account, name, value)
			SELECT account, $2::text || api, pg_current_xact_id()::text || ' ' || $3::text
			FROM unnest($4::text[], $5::text[]) AS t (account, api) ORDER BY account, api
			ON CONFLICT (account, name) DO UPDATE SET value = excluded.value)
		SELECT pg_notify($1::text, json_build_object('session', $3::text, 'account', account, 'api', api, 'mark', pg_current_xact_id()::text)::text)
		FROM unnest($4::text[], $5::text[]) AS t (account, api)`, channel, markName, s.session, accounts, apis)
	return err
}

// looks is how far a replica has looked at the marks of the others.
type looks struct {
	mu   sync.Mutex
	from uint64            // transactions before it were seen
	seen map[change]uint64 // the last one of each that was, from there on
}

// fresh notes a mark, and reports whether it is new.
func (l *looks) fresh(one change, mark string) bool {
	n, err := strconv.ParseUint(mark, 10, 64)
	if err != nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.seen[one] == n
	l.seen[one] = n
	return !known
}

// next moves on to the transactions that were running, or had not begun, when the
// last look saw what it saw. In a database that was restored they count anew.
func (l *looks) next(oldest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if oldest < l.from {
		oldest = 0
	}
	l.from = oldest
	maps.DeleteFunc(l.seen, func(_ change, mark uint64) bool { return mark < oldest })
}

// Look calls changed for what other replicas have stored since the last look, unless
// a notification told it: the first time for all that there is. It is for one
// goroutine.
func (r *Replicas) Look(ctx context.Context, changed func(account, api string)) error {
	r.looks.mu.Lock()
	from := strconv.FormatUint(r.looks.from, 10)
	r.looks.mu.Unlock()
	var oldest uint64
	var found []change
	err := r.query(ctx, func(rows *sql.Rows) error {
		var account, name, mark sql.NullString
		if err := rows.Scan(&oldest, &account, &name, &mark); err != nil || !account.Valid {
			return err
		}
		one := change{account.String, strings.TrimPrefix(name.String, markName)}
		if r.looks.fresh(one, mark.String) {
			found = append(found, one)
		}
		return nil
	}, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, account, name, split_part(value, ' ', 1)
		FROM (SELECT 1) AS always LEFT JOIN state ON CASE WHEN starts_with(name, $1::text)
			THEN split_part(value, ' ', 1)::numeric >= $2::text::numeric AND split_part(value, ' ', 2) <> $3::text END`, markName, from, r.session)
	for _, one := range found {
		r.store.forgetCount(one.account)
		changed(one.account, one.api)
	}
	if err == nil {
		r.looks.next(oldest)
	}
	return err
}

// Listen calls changed for what other replicas store, until ctx ends or the
// connection does. It calls began once it listens; behind a pooler it may hear
// nothing all the same.
func (r *Replicas) Listen(ctx context.Context, began func(), changed func(account, api string)) error {
	pg, err := r.server.listener(ctx)
	if err != nil {
		return err
	}
	// What it waits for is cut off with the connection, not with a statement.
	defer pg.Close(context.WithoutCancel(ctx))
	if _, err := pg.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	r.store.catchUp() // before others' accounts are shown
	began()
	for {
		heard, err := pg.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var one told
		if json.Unmarshal([]byte(heard.Payload), &one) == nil && one.Session != r.session {
			r.looks.fresh(change{one.Account, one.API}, one.Mark)
			r.store.forgetCount(one.Account)
			changed(one.Account, one.API)
		}
	}
}
