package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/go-kit/log/level"
	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// fileName is the store's file in its directory.
const fileName = "wx_exporter.db"

// file is an open store file. bbolt panics when it meets nonsense in a file, and
// its mapping faults when the file was cut off or the disk cannot be read; view
// and update return both as errDamaged.
type file struct {
	path    string
	data    *os.File // bbolt's own
	db      *bolt.DB
	commit  func(*bolt.Tx) error
	records map[string]int // of each account, as they were found
}

// openFile opens the store file in dir, which must be locked; a new one when
// there is none. A damaged file is set aside. thorough checks a file of any size
// whole.
func openFile(dir string, o Options, thorough bool) (*file, error) {
	f := &file{path: filepath.Join(dir, fileName), commit: o.commit}
	err := f.open(o, thorough)
	if errors.Is(err, errDamaged) {
		err = f.startOver(o, err)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// startOver sets the damaged file aside and opens a new one.
func (f *file) startOver(o Options, why error) error {
	aside, err := setAside(f.path, o.Now())
	if err != nil {
		return fmt.Errorf("%w; it cannot be set aside: %w", why, err)
	}
	level.Error(o.Logger).Log("msg", "the store file is damaged; it was set aside and an empty one started", "file", f.path, "set_aside", aside, "err", why)
	return f.open(o, false)
}

// setAside renames a file to its name, "damaged" and the time in UTC.
func setAside(path string, now time.Time) (string, error) {
	aside := path + ".damaged-" + now.UTC().Format("20060102T150405Z")
	for n := 2; ; n++ {
		switch _, err := os.Lstat(aside); {
		case os.IsNotExist(err):
			return aside, os.Rename(path, aside)
		case err != nil: // of a failing disk, under any name
			return "", err
		}
		aside = fmt.Sprintf("%s.damaged-%s-%d", path, now.UTC().Format("20060102T150405Z"), n)
	}
}

func (f *file) open(o Options, thorough bool) error {
	fresh, err := examine(f.path, thorough)
	if err != nil {
		return err
	}
	err = guard(func() error { return f.openBolt(max(o.lockWait, time.Millisecond)) })
	switch {
	case err != nil:
		if f.data != nil {
			_ = f.data.Close() // bbolt leaves it open when it panics
		}
		if fresh {
			_ = os.Remove(f.path) // half of a new file would pass for a damaged one
		}
	case fresh:
		syncDir(filepath.Dir(f.path))
	}
	if err == nil {
		if err = f.count(); err != nil {
			_ = f.db.Close() // err matters more
		}
	}
	return err
}

func (f *file) count() error {
	f.records = map[string]int{}
	return f.view(func(tx *bolt.Tx) error {
		return eachAccount(tx, func(account string, days *bolt.Bucket) error {
			f.records[account] = int(days.Sequence())
			return nil
		})
	})
}

func (f *file) openBolt(wait time.Duration) error {
	db, err := bolt.Open(f.path, 0o600, &bolt.Options{
		Timeout:      wait,
		FreelistType: bolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(name string, flag int, perm os.FileMode) (file *os.File, err error) {
			file, err = os.OpenFile(name, flag, perm)
			f.data = file
			return file, err
		},
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return fmt.Errorf("%s is open in another program", f.path)
	}
	f.db = db
	return err
}

// settle writes the meta pages once more, as they are, and syncs. When a sync
// failed, now or in a process before this one, the kernel holds the failed page
// for clean and never writes it again: the newest meta page may be in memory
// only, while bbolt goes on to overwrite pages that the older one, still on the
// disk, refers to. A power failure would then leave no valid state.
func (f *file) settle() error {
	for _, at := range []int64{0, int64(f.db.Info().PageSize)} {
		page := make([]byte, pageHeaderSize+metaSize)
		if _, err := f.data.ReadAt(page, at); err != nil {
			return err
		}
		if _, state := parseMeta(page); state != metaIntact {
			continue
		}
		if _, err := f.data.WriteAt(page, at); err != nil {
			return err
		}
	}
	return f.data.Sync()
}

// sign writes whose file it is, and when it was last opened.
func sign(tx *bolt.Tx, now time.Time) error {
	if _, err := tx.CreateBucketIfNotExists([]byte(accountsBucket)); err != nil {
		return err
	}
	b, err := tx.CreateBucketIfNotExists([]byte(metaBucket))
	if err != nil {
		return err
	}
	return errors.Join(
		b.Put([]byte(programKey), []byte(program)),
		b.Put([]byte(formatKey), []byte(strconv.Itoa(format))),
		b.Put([]byte(openedKey), []byte(now.UTC().Format(time.RFC3339))),
	)
}

// syncDir makes a new file's name durable, where the system can.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every file system knows how
		_ = d.Close()
	}
}

// view runs fn in a read transaction.
func (f *file) view(fn func(*bolt.Tx) error) error {
	return f.within(false, fn)
}

// update runs fn in a write transaction and commits.
func (f *file) update(fn func(*bolt.Tx) error) error {
	return f.within(true, func(tx *bolt.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return f.commit(tx)
	})
}

// within is not bbolt's View or Update, because those keep bbolt's locks when
// the rollback after a panic panics too.
func (f *file) within(write bool, fn func(*bolt.Tx) error) error {
	return guard(func() error {
		if err := probe(f.data); err != nil {
			return err
		}
		tx, err := f.db.Begin(write)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // says only that a commit was there first
		return fn(tx)
	})
}

// probe reads the meta pages as bbolt is about to, which holds its locks for
// ever when that fails. A file that seems cut off may just have grown: then it
// is looked at again.
func probe(data interface {
	io.ReaderAt
	Stat() (os.FileInfo, error)
}) error {
	var before int64
	for {
		info, err := data.Stat()
		if err != nil {
			return err
		}
		size := info.Size()
		if _, err = readHead(data, size); !errors.Is(err, errDamaged) || size == before {
			return err
		}
		before = size
	}
}

// guard turns a panic of fn, or its access to memory that is not there, into
// errDamaged.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damagedf("%v", p)
		}
	}()
	return fn()
}

// inPlace reports whether the open file is still the one of its name.
func (f *file) inPlace() bool {
	now, err := os.Stat(f.path)
	if err != nil {
		return false
	}
	open, err := f.data.Stat()
	return err == nil && os.SameFile(now, open)
}

func (f *file) close() error { return f.db.Close() }
