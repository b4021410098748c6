package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-kit/log/level"
)

// schemaVersion is raised by changes that an older exporter must not write into.
const schemaVersion = 1

// errNewer is a database of a newer version, which stays as it is.
var errNewer = errors.New("it was written by a newer version of wx_exporter, which alone can use it")

// dialect is where the two databases differ.
type dialect struct {
	timeout    time.Duration // of a transaction and of a query; 0: none
	types      *strings.Replacer
	lock       string // has the transactions that define things wait for one another
	tables     string // counts the tables named meta
	markedRows string // a column that is "[]" for days without rows, and short for all
	size       string

	path     func(doc string, path []string) string              // the value at a path of a JSON document
	list     func(doc string) string                             // a table function: the entries of a JSON array, or none
	isObject func(entry string) string                           // whether an entry is an object
	cast     func(doc string, path []string, kind string) string // the value at a path as a column
}

// limit is the time that the database has for a query or a transaction.
func (d dialect) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if d.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d.timeout)
}

// schema is what docs/storage.md describes. The rows come last, for SQLite reads
// a line only as far as it is asked for.
var schema = []string{
	"CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) {strict}",
	"CREATE TABLE days (account TEXT NOT NULL, api TEXT NOT NULL, date TEXT NOT NULL, open {bool} NOT NULL, fetched_at TEXT NOT NULL, rows {json} NOT NULL, PRIMARY KEY (account, api, date)) {strict}",
	"CREATE INDEX days_by_api ON days (api, date)",
	"CREATE TABLE accounts (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL) {strict}",
	"CREATE TABLE state (account TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (account, name)) {strict}",
	"CREATE TABLE leases (account TEXT NOT NULL PRIMARY KEY, replica TEXT NOT NULL, until {time} NOT NULL) {strict}",
}

// upsertOf are the statements that write a line of a table.
var upsertOf = map[string]string{
	"meta":     "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	"days":     "INSERT INTO days (account, api, date, open, fetched_at, rows) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, api, date) DO UPDATE SET open = excluded.open, fetched_at = excluded.fetched_at, rows = excluded.rows",
	"accounts": "INSERT INTO accounts (id, name, labels) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name, labels = excluded.labels WHERE accounts.name <> excluded.name OR accounts.labels <> excluded.labels",
	"state":    "INSERT INTO state (account, name, value) VALUES ($1, $2, $3) ON CONFLICT (account, name) DO UPDATE SET value = excluded.value",
}

// prepare sees to it that a database has the schema, in one transaction.
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
			return fmt.Errorf("version of the schema: %w", err)
		}
		n, err := strconv.Atoi(version)
		switch {
		case err != nil || n < 1:
			return fmt.Errorf("version of the schema: %q", version)
		case n > schemaVersion:
			return errNewer
		}
		return nil
	})
}

// viewPrefix stands before a view's name in meta, where its definition is.
const viewPrefix = "view "

// defineViews has the database have just these views. Those that are already as
// they should be are left alone, for a change waits for all who read one. A view
// that cannot be defined is logged: people miss it, the exporter does not.
func (d dialect) defineViews(ctx context.Context, db *sql.DB, o Options, damaged func(error) bool) error {
	have := map[string]string{}
	rows, err := db.QueryContext(ctx, "SELECT name, value FROM meta WHERE name LIKE $1", viewPrefix+"%")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return err
		}
		have[strings.TrimPrefix(name, viewPrefix)] = definition
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	define := func(name, definition string) error {
		ctx, cancel := d.limit(ctx)
		defer cancel()
		err := inTransaction(ctx, db, func(tx *sql.Tx) error { return d.defineView(ctx, tx, name, definition) })
		if err != nil && !damaged(err) {
			level.Warn(o.Logger).Log("msg", "a view of the store cannot be defined anew", "view", name, "err", err)
			return nil
		}
		return err
	}
	for _, v := range o.Views {
		if definition := d.view(v); have[v.Name] != definition {
			if err := define(v.Name, definition); err != nil {
				return err
			}
		}
	}
	for name := range have {
		if !slices.ContainsFunc(o.Views, func(v View) bool { return v.Name == name }) {
			if err := define(name, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// defineView replaces a view. Without a definition there is none any more.
func (d dialect) defineView(ctx context.Context, tx *sql.Tx, name, definition string) error {
	statements := []string{d.lock, "DROP VIEW IF EXISTS " + quote(name)}
	if definition != "" {
		statements = append(statements, definition)
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if definition == "" {
		_, err := tx.ExecContext(ctx, "DELETE FROM meta WHERE name = $1", viewPrefix+name)
		return err
	}
	_, err := tx.ExecContext(ctx, upsertOf["meta"], viewPrefix+name, definition)
	return err
}
