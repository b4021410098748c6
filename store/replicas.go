package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// Replicas is where the exporters that share a PostgreSQL store meet: who is
// alive, who polls which account, and what was stored. Time is the database's.
type Replicas struct {
	store   *Store
	name    string
	session string        // tells two processes of one name apart
	lease   time.Duration // how long one lasts
}

// channel is the channel of PostgreSQL's notifications about what was stored.
const channel = "wx_exporter"

// Replicas returns the place of a replica among those that share the store; nil
// when it is no store that can be shared. A lease lasts that long.
func (s *Store) Replicas(lease time.Duration) *Replicas {
	if s.o.URL == "" {
		return nil
	}
	return &Replicas{s, s.o.Replica, s.session, lease}
}

// Beat registers the replica as alive and returns the names of all that are. It
// is an error when another process of the same name is. What could not be written
// before comes first: whoever polls an account then asks for none of it again.
func (r *Replicas) Beat(ctx context.Context) (alive []string, err error) {
	if !r.store.Healthy() {
		r.store.Flush()
	}
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

// Release gives leases back; nil is all, and that the replica is alive.
func (r *Replicas) Release(ctx context.Context, accounts []string) error {
	statement, args := "DELETE FROM leases WHERE replica = $1 AND account = ANY ($2::text[])", []any{r.name, accounts}
	if accounts == nil {
		statement, args = `WITH gone AS (DELETE FROM leases WHERE replica = $1) DELETE FROM replicas WHERE name = $1 AND session = $2`, []any{r.name, r.session}
	}
	r.store.using.RLock()
	defer r.store.using.RUnlock()
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
	r.store.using.RLock()
	defer r.store.using.RUnlock()
	ctx, cancel := r.store.dialect.limit(ctx)
	defer cancel()
	rows, err := r.store.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for err == nil && rows.Next() {
		err = each(rows)
	}
	return errors.Join(err, rows.Err())
}

// stored is what replicas tell each other: that days of an API of an account were
// stored or, without an API, its state.
type stored struct {
	Session string `json:"session"` // of the replica that tells it
	Account string `json:"account"`
	API     string `json:"api,omitempty"`
}

// tell tells the other replicas, once the transaction is committed, what it
// writes.
func (s *Store) tell(ctx context.Context, tx *sql.Tx, keys []key) error {
	if s.o.URL == "" {
		return nil
	}
	seen := map[stored]bool{}
	var payloads []string
	for _, k := range keys {
		one := stored{s.session, k.account, k.api}
		if k.table == "accounts" || seen[one] {
			continue
		}
		seen[one] = true
		text, err := json.Marshal(one)
		if err != nil {
			return err
		}
		payloads = append(payloads, string(text))
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload", channel, payloads)
	return err
}

// Listen calls changed for what other replicas store, until ctx ends or the
// connection does. It calls began once nothing will be missed.
func (r *Replicas) Listen(ctx context.Context, began func(), changed func(account, api string)) error {
	conn, err := r.store.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn()
		// What it waits for is cut off with the connection, not with a statement.
		defer pg.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is not used again
		if _, err := pg.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		began()
		for {
			told, err := pg.WaitForNotification(ctx)
			if err != nil {
				return err
			}
			var one stored
			if json.Unmarshal([]byte(told.Payload), &one) == nil && one.Session != r.session {
				r.store.forgetFigure(one.Account)
				changed(one.Account, one.API)
			}
		}
	})
}
