package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// copied are the tables that CopyTo copies, in the order of upsertOf's columns.
// Leases and replicas are those of processes that run now.
var copied = []struct{ table, columns string }{
	{"accounts", "id, name, labels"},
	{"days", "account, api, date, open, fetched_at, rows"},
	{"state", "account, name, value"},
	{"sent", "receiver, account, api, date, fetched_at, sum, again_at"},
}

// errNotEmpty is the answer to copying over something.
var errNotEmpty = errors.New("it holds something already; copy into an empty store")

// CopyTo copies everything but leases into another store, which must be empty, of
// either engine: all of it or, after an error, nothing. progress is told how many
// lines of a table there are so far. It returns the lines of each table.
func (s *Store) CopyTo(ctx context.Context, to *Store, progress func(table string, lines int)) (lines map[string]int, err error) {
	lines = map[string]int{}
	read, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.dialect.snapshot})
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	defer func() { _ = read.Rollback() }() // it has changed nothing
	err = inTransaction(ctx, to.db, func(write *sql.Tx) error {
		if err := empty(ctx, write); err != nil {
			return err
		}
		execute := to.executor(ctx, write)
		for _, c := range copied {
			n, err := copyTable(ctx, read, c.table, c.columns, execute, progress)
			if err != nil {
				return fmt.Errorf("copy %s: %w", c.table, err)
			}
			lines[c.table] = n
		}
		return nil
	})
	return lines, err
}

// empty returns an error when a store holds anything.
func empty(ctx context.Context, tx *sql.Tx) error {
	var some []string
	for _, c := range copied {
		some = append(some, "EXISTS (SELECT 1 FROM "+c.table+")")
	}
	var found bool
	err := tx.QueryRowContext(ctx, "SELECT "+strings.Join(some, " OR ")).Scan(&found)
	if err == nil && found {
		err = errNotEmpty
	}
	return err
}

func copyTable(ctx context.Context, read *sql.Tx, table, columns string, write func(string, ...any) error, progress func(string, int)) (n int, err error) {
	rows, err := read.QueryContext(ctx, "SELECT "+columns+" FROM "+table)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	names := strings.Split(columns, ", ")
	into := make([]any, len(names))
	for i, name := range names {
		if into[i] = new(string); name == "open" {
			into[i] = new(bool)
		}
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		if err := write(upsertOf[table], values(into)...); err != nil {
			return n, err
		}
		n++
		progress(table, n)
	}
	return n, rows.Err()
}

// values returns what pointers point to.
func values(pointers []any) []any {
	all := make([]any, len(pointers))
	for i, p := range pointers {
		switch p := p.(type) {
		case *string:
			all[i] = *p
		case *bool:
			all[i] = *p
		}
	}
	return all
}
