package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-kit/log/level"
	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	sqliteName = "wx_exporter.sqlite"
	lockName   = "wx_exporter.lock"

	lockPatience = time.Second // with a process that may be ending
	lockRetry    = 50 * time.Millisecond
)

// sqliteFile is a SQLite database in a file that no other exporter uses.
type sqliteFile struct {
	o    Options
	path string
	lock *flock.Flock
	info os.FileInfo // the file that is open
}

func sqliteDialect() dialect {
	path := func(doc string, path []string) string {
		return fmt.Sprintf("json_extract(%s, %s)", doc, jsonPath(path))
	}
	return dialect{
		types:      strings.NewReplacer("{bool}", "INTEGER", "{json}", "TEXT", "{time}", "TEXT", "{strict}", "STRICT"),
		lock:       "SELECT 1", // transactions are immediate
		tables:     "SELECT count(*) FROM sqlite_schema",
		markedRows: "CASE WHEN octet_length(rows) > 2 THEN '[0]' ELSE '[]' END",
		size:       "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
		now:        "datetime('now')", // nobody leases a file's accounts
		erase: func(ctx context.Context, db *sql.DB) error {
			_, err := db.ExecContext(ctx, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
			return err
		},
		path: path,
		// What is no array would be an entry, and what is no JSON an error.
		list: func(doc string) string {
			return fmt.Sprintf("json_each(CASE WHEN json_valid(%[1]s) AND json_type(%[1]s) = 'array' THEN %[1]s ELSE '[]' END)", doc)
		},
		isObject: func(entry string) string { return entry + ".type = 'object'" },
		cast: func(doc string, p []string, kind string) string {
			if kind == "text" {
				return fmt.Sprintf("CAST(%s AS TEXT)", path(doc, p))
			}
			return fmt.Sprintf("CASE WHEN json_type(%s, %s) IN ('integer', 'real') THEN CAST(%s AS %s) END", doc, jsonPath(p), path(doc, p), strings.ToUpper(kind))
		},
	}
}

// jsonPath writes a path in SQLite's language.
func jsonPath(path []string) string {
	return literal(`$."` + strings.Join(path, `"."`) + `"`)
}

func newSQLite(ctx context.Context, o Options) (*sqliteFile, error) {
	path, err := filepath.Abs(filepath.Join(o.Path, sqliteName))
	if err != nil {
		return nil, err
	}
	f := &sqliteFile{o: o, path: path}
	return f, f.take(ctx)
}

// ErrInUse is that another process uses the store, which only one can.
var ErrInUse = errors.New("in use by")

// take makes the directory, if needed, and locks it against other exporters.
func (f *sqliteFile) take(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return advised(err)
	}
	f.lock = flock.New(filepath.Join(filepath.Dir(f.path), lockName))
	wait, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	lock := f.lock.TryLockContext
	if f.o.Sharing != nil {
		lock = f.lock.TryRLockContext
	}
	switch locked, err := lock(wait, lockRetry); {
	case locked:
		return nil
	case err == nil || errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w %s", ErrInUse, f.user(ctx))
	default:
		return advised(err)
	}
}

// holds reports whether the lock is still the one that others would try. It is not
// when its file was removed.
func (f *sqliteFile) holds() bool {
	mine, err := f.lock.Stat()
	if err != nil || !f.lock.Locked() && !f.lock.RLocked() {
		return false
	}
	now, err := os.Stat(f.lock.Path())
	return err == nil && os.SameFile(mine, now)
}

// advised adds what to do to an error of the system.
func advised(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w; let the exporter's user write there, or name another directory with --storage.path", err)
	}
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (f *sqliteFile) release() { _ = f.lock.Close() }

// user describes the process that uses the file, if it is known.
func (f *sqliteFile) user(ctx context.Context) (who string) {
	db, err := sql.Open("sqlite", sqliteSource(f.path, "mode=ro"))
	if err == nil {
		defer db.Close()
		err = db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'used_by'").Scan(&who)
	}
	if err != nil {
		return "another process"
	}
	return who
}

// sqliteSource is the name of a file for SQLite.
func sqliteSource(path string, options ...string) string {
	u := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: strings.Join(options, "&")}
	return u.String()
}

// open opens the file. Whatever it holds that SQLite or the exporter cannot use
// is set aside.
func (f *sqliteFile) open(ctx context.Context) (*sql.DB, error) {
	if !f.holds() {
		f.release()
		if err := f.take(ctx); err != nil {
			return nil, err
		}
	}
	db, err := f.openFile(ctx)
	if !f.damaged(err) && !unusable(err) {
		return db, err
	}
	if err := f.setAside(err); err != nil {
		return nil, err
	}
	return f.openFile(ctx)
}

func (f *sqliteFile) openFile(ctx context.Context) (*sql.DB, error) {
	// SQLite would make a file that everybody can read, and would open one that
	// cannot be written.
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, advised(err)
	}
	f.info, err = file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", sqliteSource(f.path, "_pragma=busy_timeout(5000)", "_pragma=synchronous(FULL)", "_pragma=temp_store(MEMORY)", "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	if err := f.check(ctx, db); err != nil {
		_ = db.Close() // err matters more
		return nil, err
	}
	return db, nil
}

// check proves that the file is a sound store that can be written.
func (f *sqliteFile) check(ctx context.Context, db *sql.DB) error {
	var found string
	// It takes about as long as quick_check, and finds damaged indexes too, by
	// which days would be missing in silence.
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, found)
	}
	d := sqliteDialect()
	if err := d.prepare(ctx, db); err != nil {
		return err
	}
	// So far a file with anything in it was only read: if it is set aside, it
	// keeps its bytes.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	if err := d.defineViews(ctx, db, f.o); f.damaged(err) {
		return err
	}
	host, _ := os.Hostname() // "" tells little, and does no harm
	me := fmt.Sprintf("process %d on %s since %s", os.Getpid(), host, f.o.Now().UTC().Format(time.RFC3339))
	_, err := db.ExecContext(ctx, upsertOf["meta"], "used_by", me)
	return err
}

// errMoved is not about what the file holds.
var errMoved = errors.New("the store's file or its lock was removed or replaced")

// code returns SQLite's code of an error, without its details; 0 when it has none.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

func (f *sqliteFile) damaged(err error) bool {
	return errors.Is(err, errDamaged) || errors.Is(err, errMoved) || code(err) == sqlite3.SQLITE_CORRUPT || code(err) == sqlite3.SQLITE_NOTADB
}

// unusable reports whether an error of opening a writable file is about its content:
// that is every error of SQLite that is not about the system.
func unusable(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_READONLY { // without details: its header says so
		return true
	}
	return !slices.Contains([]int{
		0, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL,
	}, code(err))
}

// setAside renames a damaged file and its logs, these first: they must never be
// taken for those of the next file.
func (f *sqliteFile) setAside(cause error) error {
	if errors.Is(cause, errMoved) {
		return nil // what is there now is another file, if any
	}
	aside := f.path + ".damaged-" + f.o.Now().UTC().Format("20060102T150405Z")
	for base, n := aside, 2; exists(aside); n++ {
		aside = fmt.Sprintf("%s-%d", base, n)
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal", ""} {
		if err := os.Rename(f.path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	level.Error(f.o.Logger).Log("msg", "store file set aside, starting an empty one", "set_aside", aside, "err", cause)
	return nil
}

// alive notices another file, or none, in the place of the one that is open, or of
// the lock: then another process may use the store.
func (f *sqliteFile) alive(context.Context, *sql.DB) error {
	if !f.holds() {
		return errMoved
	}
	now, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("%w: %w", errMoved, err)
	}
	if !os.SameFile(now, f.info) {
		return errMoved
	}
	return nil
}
