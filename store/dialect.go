package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-kit/log/level"
)

// schemaVersion is raised by changes that an older exporter must not write into.
const schemaVersion = 1

var (
	errNewer   = errors.New("it was written by a newer version of wx_exporter, which alone can use it")
	errDamaged = errors.New("not a sound store") // though the database itself finds nothing wrong
)

// dialect is where the two databases differ.
type dialect struct {
	timeout    time.Duration // of a transaction and of a query; 0: none
	types      *strings.Replacer
	lock       string // makes transactions that define tables and views wait for one another
	tables     string // counts tables; 0: there is no store yet
	markedRows string // a column that is "[]" for days without rows, and short for all
	size       string
	now        string             // the time, to compare with columns of it
	snapshot   sql.IsolationLevel // of a transaction that sees the database as it was when it began

	// erase makes sure that what was deleted is not left in the database's files.
	erase func(context.Context, *sql.DB) error

	path     func(doc string, path []string) string              // the value at a path of a JSON document
	list     func(doc string) string                             // a table function: the entries of a JSON array, or none
	isObject func(entry string) string                           // whether an entry is an object
	cast     func(doc string, path []string, kind string) string // the value at a path as a column
}

// limit is the time that the database has for a query or a transaction.
func (d dialect) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if d.timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d.timeout)
}

// schema is described in docs/storage.md. The column rows is the last one: SQLite
// reads a line only up to the last column that a query needs.
var schema = []string{
	"CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) {strict}",
	"CREATE TABLE days (account TEXT NOT NULL, api TEXT NOT NULL, date TEXT NOT NULL, open {bool} NOT NULL, fetched_at TEXT NOT NULL, rows {json} NOT NULL, PRIMARY KEY (account, api, date)) {strict}",
	"CREATE INDEX days_by_api ON days (api, date)",
	"CREATE TABLE accounts (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, labels {json} NOT NULL) {strict}",
	"CREATE TABLE state (account TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (account, name)) {strict}",
	"CREATE TABLE sent (receiver TEXT NOT NULL, account TEXT NOT NULL, api TEXT NOT NULL, date TEXT NOT NULL, fetched_at TEXT NOT NULL, sum TEXT NOT NULL, again_at TEXT NOT NULL, PRIMARY KEY (receiver, account, api, date)) {strict}",
	"CREATE TABLE leases (account TEXT NOT NULL PRIMARY KEY, replica TEXT NOT NULL, until {time} NOT NULL) {strict}",
	"CREATE TABLE replicas (name TEXT NOT NULL PRIMARY KEY, session TEXT NOT NULL, until {time} NOT NULL) {strict}",
}

// upsertOf are the statements that write a line of a table.
var upsertOf = map[string]string{
	"meta":     "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	"days":     "INSERT INTO days (account, api, date, open, fetched_at, rows) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, api, date) DO UPDATE SET open = excluded.open, fetched_at = excluded.fetched_at, rows = excluded.rows",
	"accounts": "INSERT INTO accounts (id, name, labels) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name, labels = excluded.labels WHERE accounts.name <> excluded.name OR CAST(accounts.labels AS text) <> CAST(excluded.labels AS text)",
	"sent":     "INSERT INTO sent (receiver, account, api, date, fetched_at, sum, again_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (receiver, account, api, date) DO UPDATE SET fetched_at = excluded.fetched_at, sum = excluded.sum, again_at = excluded.again_at",
	"state":    "INSERT INTO state (account, name, value) VALUES ($1, $2, $3) ON CONFLICT (account, name) DO UPDATE SET value = excluded.value",
}

// fenced are the statements of PostgreSQL in place of those above: an account's
// line is left alone once another replica has had the account's lease, for a replica
// that was stopped or cut off may write late what is no longer true.
var fenced = map[string]string{
	"days":  fence("days", "INSERT INTO days (account, api, date, open, fetched_at, rows) SELECT $1, $2, $3, $4::boolean, $5, $6::json", 7),
	"state": fence("state", "INSERT INTO state (account, name, value) SELECT $1, $2, $3", 4),
}

func fence(table, insert string, replica int) string {
	_, update, _ := strings.Cut(upsertOf[table], " ON CONFLICT ")
	return fmt.Sprintf("%s WHERE NOT EXISTS (SELECT 1 FROM leases WHERE account = $1 AND replica <> $%d) ON CONFLICT %s", insert, replica, update)
}

// prepare creates the schema, or checks its version, in one transaction.
func (d dialect) prepare(ctx context.Context, db *sql.DB) error {
	return inTransaction(ctx, db, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, d.lock); err != nil {
			return err
		}
		var found int
		if err := tx.QueryRowContext(ctx, d.tables).Scan(&found); err != nil {
			return err
		}
		if found == 0 {
			for _, create := range schema {
				if _, err := tx.ExecContext(ctx, d.types.Replace(create)); err != nil {
					return fmt.Errorf("create the tables: %w", err)
				}
			}
			_, err := tx.ExecContext(ctx, upsertOf["meta"], "version", strconv.Itoa(schemaVersion))
			return err
		}
		var version string
		if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'version'").Scan(&version); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				err = errDamaged
			}
			return fmt.Errorf("version of the schema: %w", err)
		}
		n, err := strconv.Atoi(version)
		switch {
		case err != nil || n < 1:
			return fmt.Errorf("version of the schema: %w: %q", errDamaged, version)
		case n > schemaVersion:
			return errNewer
		}
		return nil
	})
}

// defineViews has the database have just these views, in one transaction. It
// leaves them alone when they are so already, for a change waits for all who
// read one. When it cannot, that is logged: people miss views, the exporter does
// not.
func (d dialect) defineViews(ctx context.Context, db *sql.DB, o Options) error {
	definitions := map[string]string{}
	for _, v := range o.Views {
		definitions[v.Name] = "CREATE VIEW " + quote(v.Name) + " AS " + d.query(v)
	}
	wanted, err := json.Marshal(definitions)
	if err != nil {
		return err
	}
	err = inTransaction(ctx, db, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, d.lock); err != nil {
			return err
		}
		var have string
		err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'views'").Scan(&have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || have == string(wanted) {
			return err
		}
		var old map[string]string
		_ = json.Unmarshal([]byte(have), &old) // none at first
		for name := range old {
			if _, err := tx.ExecContext(ctx, "DROP VIEW IF EXISTS "+quote(name)); err != nil {
				return fmt.Errorf("view %s: %w", name, err)
			}
		}
		for _, v := range o.Views {
			if _, err := tx.ExecContext(ctx, definitions[v.Name]); err != nil {
				return fmt.Errorf("view %s: %w", v.Name, err)
			}
		}
		_, err = tx.ExecContext(ctx, upsertOf["meta"], "views", string(wanted))
		return err
	})
	if err != nil {
		level.Warn(o.Logger).Log("msg", "cannot update the views, keeping the old ones", "err", err)
	}
	return err
}
