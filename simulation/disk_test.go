package simulation

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

const storeFile = "wx_exporter.sqlite"

// disks finds the world of a database by its directory.
var disks sync.Map

// watch has SQLite tell of each commit, before it is made. It is called once.
var watch = sync.OnceFunc(func() {
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, dsn string) error {
		hooks, ok := conn.(sqlite.HookRegisterer)
		if !ok {
			return errors.New("this SQLite has no hooks")
		}
		synced := syncs(conn)
		hooks.RegisterCommitHook(func() int32 {
			for dir, w := range disks.Range {
				if strings.Contains(dsn, dir.(string)+"/"+storeFile) {
					if !synced {
						w.(*world).unsynced.Store(true)
					}
					return w.(*world).commits(dir.(string))
				}
			}
			return 0
		})
		return nil
	})
})

// syncs reports whether what a connection commits is on the disk before it is
// confirmed, so that no power cut takes it away.
func syncs(conn sqlite.ExecQuerierContext) bool {
	const full = 2
	rows, err := conn.QueryContext(context.Background(), "PRAGMA synchronous", nil)
	if err != nil {
		return false
	}
	defer rows.Close()
	one := make([]driver.Value, 1)
	if rows.Next(one) != nil {
		return false
	}
	level, _ := one[0].(int64)
	return level >= full
}

// use makes a directory the disk of a world.
func use(dir string, w *world) {
	watch()
	disks.Store(dir, w)
}

// ambush is a kill that waits for some of WeChat's answers, and then for a commit.
// (Answers come one after the other, but which of two commits at the same moment
// comes first is not the script's to say.)
type ambush struct {
	answers int
	commits int
	torn    int
	next    string
	at      time.Time
	sprung  chan struct{}
}

// commits is called before a commit; another answer than 0 makes it fail, as a full
// disk does.
func (w *world) commits(dir string) int32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.of(dir)
	switch {
	case p == nil || p.handler == nil: // an exporter that starts on a full disk is another matter
		return 0
	case w.script.Replicas > 1 && p.dead.Load():
		return 1
	case p.dead.Load(): // its disk has been copied
		return 0
	}
	if w.isFull() && w.fullNow() {
		return 1
	}
	if a := w.trap; a != nil && a.at.IsZero() && a.answers <= 0 {
		if a.commits--; a.commits <= 0 {
			a.at = time.Now()
			p.dead.Store(true)
			if err := w.snapshot(a.next, a.torn); err != nil {
				panic(err)
			}
			close(a.sprung)
		}
	}
	return 0
}

// snapshot copies a database as it is on the disk; torn is how many bytes of
// something unfinished follow in its log. A log that was not synced is lost.
func (w *world) snapshot(to string, torn int) error {
	from := w.dir
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal"} {
		if suffix != "" && w.unsynced.Load() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, storeFile+suffix))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if suffix == "-wal" && torn > 0 && len(b) > 32 {
			b = append(b, bytes.Repeat([]byte{0x5a}, torn)...)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, storeFile+suffix), b, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isFull reports whether answers may be in memory alone, because of the disk.
func (w *world) isFull() bool { return !w.fullSince.IsZero() }

// fullNow reports whether the disk is full; fullSoon whether it will be within some
// minutes, fullLately whether it was some minutes ago, so that not all may be
// written yet.
func (w *world) fullNow() bool    { return w.fullAt(0) }
func (w *world) fullSoon() bool   { return w.fullAt(6) }
func (w *world) fullLately() bool { return w.fullAt(-6) || w.fullAt(-3) }

func (w *world) fullAt(later int) bool {
	minute := w.minute() + later
	for _, s := range w.script.Spells {
		if s.Kind == "full" && !w.calm && s.From <= minute && minute < s.Until {
			return true
		}
	}
	return false
}
