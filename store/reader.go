package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Reader reads a store, which an exporter may be using, and changes nothing.
type Reader struct {
	dialect dialect
	db      *sql.DB
}

// OpenReader opens the store that the options name.
func OpenReader(ctx context.Context, o Options) (*Reader, error) {
	r, name := &Reader{dialect: sqliteDialect()}, "store "+o.Path
	var err error
	if o.URL == "" {
		var path string
		if path, err = filepath.Abs(filepath.Join(o.Path, sqliteName)); err == nil {
			_, err = os.Stat(path) // SQLite would only say that it cannot open it
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("there is none; --storage.path names the directory of an exporter's store, --storage.url its database: %w", err)
		}
		if err == nil {
			r.db, err = sql.Open("sqlite", sqliteSource(path, "mode=ro", "_pragma=busy_timeout(5000)"))
		}
	} else {
		r.dialect, name = postgresDialect(), "store" // the URL may have a password
		var p *postgres
		if p, err = newPostgres(o); err == nil {
			r.db = p.pool()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var version string
	err = r.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'version'").Scan(&version)
	var noTable *pgconn.PgError
	if n, _ := strconv.Atoi(version); err == nil && n > schemaVersion {
		err = errNewer
	} else if errors.As(err, &noTable) && noTable.Code == "42P01" {
		err = fmt.Errorf("there is none in this database and schema; an exporter makes it when it starts: %w", err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), r.db.Close())
	}
	return r, nil
}

// Rows returns the lines of a view from one date to another, both included,
// oldest first: account, date and the columns. Without accounts' names it is
// those of all. After an error there are no more.
func (r *Reader) Rows(ctx context.Context, v View, since, until string, accounts ...string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		query := "SELECT * FROM (" + r.dialect.query(v) + ") AS v WHERE date BETWEEN $1 AND $2"
		if len(accounts) > 0 {
			names := make([]string, len(accounts))
			for i, a := range accounts {
				names[i] = literal(a)
			}
			query += " AND account IN (" + strings.Join(names, ", ") + ")"
		}
		rows, err := r.db.QueryContext(ctx, query+" ORDER BY date, account", since, until)
		if err != nil {
			yield(nil, fmt.Errorf("view %s: %w", v.Name, err))
			return
		}
		defer rows.Close()
		line := make([]any, 2+len(v.Columns))
		into := make([]any, len(line))
		for i := range line {
			into[i] = &line[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				yield(nil, fmt.Errorf("view %s: %w", v.Name, err))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fmt.Errorf("view %s: %w", v.Name, err))
		}
	}
}

// Accounts returns all accounts that were ever configured, by name.
func (r *Reader) Accounts(ctx context.Context) (accounts []Account, err error) {
	rows, err := r.db.QueryContext(ctx, "SELECT id, name, labels FROM accounts ORDER BY name, id")
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a Account
		var labels []byte
		if err := rows.Scan(&a.ID, &a.Name, &labels); err != nil {
			return nil, fmt.Errorf("accounts: %w", err)
		}
		if err := json.Unmarshal(labels, &a.Labels); err != nil {
			return nil, fmt.Errorf("labels of account %s: %w", a.Name, err)
		}
		accounts = append(accounts, a)
	}
	return accounts, rows.Err()
}

// Days returns the days of an API from one date to another, both included,
// oldest first. After an error there are no more.
func (r *Reader) Days(ctx context.Context, account, api, since, until string) iter.Seq2[Day, error] {
	return func(yield func(Day, error) bool) {
		rows, err := r.db.QueryContext(ctx, "SELECT date, open, rows FROM days WHERE account = $1 AND api = $2 AND date BETWEEN $3 AND $4 ORDER BY date", account, api, since, until)
		if err != nil {
			yield(Day{}, fmt.Errorf("days of %s: %w", api, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var d Day
			err := rows.Scan(&d.Date, &d.Open, &d.Rows)
			if err != nil {
				err = fmt.Errorf("days of %s: %w", api, err)
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Day{}, fmt.Errorf("days of %s: %w", api, err))
		}
	}
}

// OpenDays returns the days that WeChat has not computed, from one date to another,
// both included, with the names of their accounts and without rows. Without names it is
// those of all.
func (r *Reader) OpenDays(ctx context.Context, since, until string, accounts ...string) (found []Found, err error) {
	query := "SELECT coalesce(a.name, d.account), d.api, d.date FROM days d LEFT JOIN accounts a ON a.id = d.account WHERE d.open AND d.date BETWEEN $1 AND $2 ORDER BY 1, 2, 3"
	rows, err := r.db.QueryContext(ctx, query, since, until)
	if err != nil {
		return nil, fmt.Errorf("open days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		f := Found{Day: Day{Open: true}}
		if err := rows.Scan(&f.Account, &f.API, &f.Date); err != nil {
			return nil, fmt.Errorf("open days: %w", err)
		}
		if len(accounts) == 0 || slices.Contains(accounts, f.Account) {
			found = append(found, f)
		}
	}
	return found, rows.Err()
}

// Close ends the reading.
func (r *Reader) Close() error { return r.db.Close() }
