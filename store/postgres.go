package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	patience = 5 * time.Second // how long a query or a transaction of PostgreSQL may take
	poolSize = 7               // connections, besides the one that listens
)

// postgres is a PostgreSQL database, which several exporters may share.
type postgres struct {
	o       Options
	config  *pgx.ConnConfig
	address string // of the server, for messages
}

func postgresDialect() dialect {
	path := func(doc string, path []string) string {
		return fmt.Sprintf("(%s #> %s)", doc, textArray(path))
	}
	return dialect{
		timeout: patience,
		types:   strings.NewReplacer("{bool}", "boolean", "{json}", "json", "{time}", "timestamptz", "{strict}", ""),
		lock:    "SELECT pg_advisory_xact_lock(hashtext('wx_exporter'), 0)",
		tables:  "SELECT count(to_regclass('meta'))",
		// Its stored size tells, and is known without reading it: "[]" and a byte.
		markedRows: "CASE WHEN pg_column_size(rows) > 3 THEN '[0]' ELSE '[]' END",
		size:       "SELECT pg_total_relation_size('days') + pg_total_relation_size('state') + pg_total_relation_size('accounts')",
		now:        "now()",
		snapshot:   sql.LevelRepeatableRead,
		erase:      func(context.Context, *sql.DB) error { return nil }, // its own vacuum does
		path:       path,
		// What is no array would be an error.
		list: func(doc string) string {
			return fmt.Sprintf("json_array_elements(CASE json_typeof(%[1]s) WHEN 'array' THEN %[1]s ELSE '[]' END)", doc)
		},
		isObject: func(entry string) string { return "json_typeof(" + entry + ".value) = 'object'" },
		cast: func(doc string, p []string, kind string) string {
			text := fmt.Sprintf("(%s #>> %s)", doc, textArray(p))
			number := "CASE json_typeof" + path(doc, p) + " WHEN 'number' THEN "
			switch kind {
			case "integer":
				return number + "trunc(" + text + "::numeric)::bigint END"
			case "real":
				return number + text + "::double precision END"
			default:
				return text
			}
		},
	}
}

// textArray writes a path in PostgreSQL's language.
func textArray(path []string) string {
	texts := make([]string, len(path))
	for i, key := range path {
		texts[i] = literal(key)
	}
	return "ARRAY[" + strings.Join(texts, ", ") + "]"
}

func newPostgres(o Options) (*postgres, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, parseError(err)
	}
	if _, given := config.RuntimeParams["application_name"]; !given {
		config.RuntimeParams["application_name"] = "wx_exporter"
	}
	// A statement that takes too long is cancelled in the server too, lest those
	// that wait for the same lock pile up there.
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Second}
	}
	// A server that is gone without a word is noticed within half a minute, also
	// by a connection that only listens.
	dialer := net.Dialer{Timeout: config.ConnectTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}
	config.DialFunc = dialer.DialContext
	// Behind a pooler any connection may be told what another one listens to. pgx
	// would keep it for ever.
	config.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) {}
	return &postgres{o: o, config: config, address: address(o.URL, config)}, nil
}

// pool returns the connections for everything but listening.
func (p *postgres) pool() *sql.DB { return sql.OpenDB(clean{stdlib.GetConnector(*p.config), p}) }

// listener returns a connection of its own for notifications.
func (p *postgres) listener(ctx context.Context) (*pgx.Conn, error) {
	config := p.config.Copy()
	config.OnNotification = nil
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, p.connectError(err)
}

func (p *postgres) open(ctx context.Context) (*sql.DB, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	db := p.pool()
	db.SetMaxOpenConns(poolSize)
	db.SetMaxIdleConns(poolSize)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := p.check(ctx, db); err != nil {
		_ = db.Close() // err matters more
		return nil, explained(err)
	}
	return db, nil
}

func (p *postgres) check(ctx context.Context, db *sql.DB) error {
	var encoding string
	if err := db.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s; WeChat's texts need one with UTF8", encoding)
	}
	d := postgresDialect()
	err := d.prepare(ctx, db)
	var taken *pgconn.PgError
	if errors.As(err, &taken) && taken.Code == "42P07" {
		return fmt.Errorf("tables of these names belong to somebody else; give wx_exporter a database of its own, or a schema with search_path: %w", err)
	}
	if err != nil {
		return err
	}
	_ = d.defineViews(ctx, db, p.o) // it was logged
	return nil
}

func (p *postgres) alive(ctx context.Context, db *sql.DB) error { return db.PingContext(ctx) }

// explained adds what to do to an error that a pooler causes: it hands statements
// to a connection that does not know the names of those that were prepared.
func explained(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && (e.Code == "26000" || e.Code == "42P05") {
		return fmt.Errorf("%w; behind a pooler, add default_query_exec_mode=exec to the URL of PostgreSQL", err)
	}
	return err
}

// A server sees to its files itself.

func (p *postgres) damaged(error) bool   { return false }
func (p *postgres) setAside(error) error { return nil }
func (p *postgres) release()             {}
