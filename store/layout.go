package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// The buckets and keys of the file, as docs/storage.md describes them. The
// sequence of an account's days bucket is the number of its records, so that
// they need not be counted at start.
const (
	program = "wx_exporter"
	format  = 1 // raised by changes that an older version must not write into

	metaBucket     = "meta"
	accountsBucket = "accounts"
	daysBucket     = "days"
	notesBucket    = "notes"

	programKey = "program"
	formatKey  = "format"
	openedKey  = "opened"
)

// readLimit is the largest file that is read through and checked whole at start.
// Below it that costs a second or two from a cold disk, and saves more: bbolt
// maps the file for random access, without read-ahead. Above it the file
// may not fit the page cache, and the window is a small part of it anyway.
const readLimit = 1 << 30

// examine looks at the file without bbolt and without writing. Without an error
// bbolt may have it: it is fresh (absent or empty), or a store of ours, and
// sound as far as it was read: whole up to readLimit, or when thorough.
func examine(path string, thorough bool) (fresh bool, err error) {
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return true, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is not a regular file", path)
	case info.Size() == 0:
		return true, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = examineFile(f, info.Size(), thorough || info.Size() <= readLimit)
	if errors.Is(err, errDamaged) || errors.Is(err, errForeign) || errors.Is(err, errNewer) {
		err = fmt.Errorf("%s: %w", path, err) // other errors name the file themselves
	}
	return false, err
}

func examineFile(f *os.File, size int64, whole bool) error {
	h, err := readHead(f, size)
	if err != nil {
		return err
	}
	if err := identify(f, h); err != nil || !whole {
		return err
	}
	if err := readThrough(f); err != nil {
		return err
	}
	return check(f, h)
}

// readThrough fills the page cache front to back, as fast as the disk goes.
func readThrough(f *os.File) error {
	buf := make([]byte, 1<<20)
	for {
		if _, err := f.Read(buf); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// top returns the top level buckets.
func top(p *pages) (map[string]bucket, error) {
	found := map[string]bucket{}
	err := p.walk(p.root(), func(key, _ []byte, sub *bucket) error {
		if sub == nil {
			return damagedf("a key stands outside of the buckets")
		}
		b := *sub
		b.inline = bytes.Clone(sub.inline)
		found[string(key)] = b
		return nil
	})
	return found, err
}

// identify reads whose file it is. A file without any bucket is one whose
// creation was interrupted.
func identify(r io.ReaderAt, h head) error {
	p := newPages(r, h)
	buckets, err := top(p)
	if err != nil || len(buckets) == 0 {
		return err
	}
	meta, ok := buckets[metaBucket]
	if !ok {
		return errForeign
	}
	values := map[string]string{}
	err = p.walk(meta, func(key, value []byte, _ *bucket) error {
		values[string(key)] = string(value)
		return nil
	})
	if err != nil {
		return err
	}
	return identity(values[programKey], values[formatKey])
}

func identity(by, version string) error {
	if by != program {
		return errForeign
	}
	n, err := strconv.Atoi(version)
	if err != nil || n < 1 {
		return damagedf("its format is %q", version)
	}
	if n > format {
		return fmt.Errorf("%w (format %d, this one knows %d)", errNewer, n, format)
	}
	return nil
}

// check follows the whole file.
func check(r io.ReaderAt, h head) error {
	p := newPages(r, h)
	if err := p.freelist(); err != nil {
		return err
	}
	buckets, err := top(p)
	if err != nil || len(buckets) == 0 {
		return err
	}
	if _, ok := buckets[accountsBucket]; !ok {
		return damagedf("it has no bucket %s", accountsBucket)
	}
	for name, b := range buckets {
		visit := p.whatever
		if name == accountsBucket {
			visit = p.account
		}
		if err := p.walk(b, visit); err != nil {
			return err
		}
	}
	return nil
}

// whatever visits elements that need only be sound.
func (p *pages) whatever(_, _ []byte, sub *bucket) error {
	if sub == nil {
		return nil
	}
	return p.walk(*sub, p.whatever)
}

// account visits an account's bucket, and checks that its number of records is
// right.
func (p *pages) account(name, _ []byte, sub *bucket) error {
	if sub == nil {
		return damagedf("account %q is no bucket", name)
	}
	return p.walk(*sub, func(part, _ []byte, sub *bucket) error {
		switch {
		case sub == nil:
			return damagedf("an account has a key %q", part)
		case string(part) == notesBucket:
			return p.walk(*sub, keysOnly)
		case string(part) == daysBucket:
			return p.days(*sub)
		}
		return damagedf("an account has a bucket %q", part)
	})
}

func keysOnly(key, _ []byte, sub *bucket) error {
	if sub != nil {
		return damagedf("%q is no key", key)
	}
	return nil
}

func (p *pages) days(b bucket) error {
	var n uint64
	err := p.walk(b, func(api, _ []byte, sub *bucket) error {
		if sub == nil {
			return damagedf("api %q is no bucket", api)
		}
		return p.walk(*sub, func(key, value []byte, sub *bucket) error {
			n++
			return keysOnly(key, value, sub)
		})
	})
	if err == nil && n != b.sequence {
		err = damagedf("an account has %d records instead of %d", n, b.sequence)
	}
	return err
}

// find returns the bucket of a place, nil when there is none.
func find(tx *bolt.Tx, p place) *bolt.Bucket {
	b := findAccount(tx, p.account)
	if b == nil {
		return nil
	}
	if p.api == "" {
		return b.Bucket([]byte(notesBucket))
	}
	if b = b.Bucket([]byte(daysBucket)); b == nil {
		return nil
	}
	return b.Bucket([]byte(p.api))
}

func findAccount(tx *bolt.Tx, account string) *bolt.Bucket {
	b := tx.Bucket([]byte(accountsBucket))
	if b == nil {
		return nil
	}
	return b.Bucket([]byte(account))
}

// create makes buckets in each other as far as they are missing and returns all
// of them.
func create(tx *bolt.Tx, names ...string) ([]*bolt.Bucket, error) {
	var made []*bolt.Bucket
	var in interface {
		CreateBucketIfNotExists(name []byte) (*bolt.Bucket, error)
	} = tx
	for _, name := range names {
		b, err := in.CreateBucketIfNotExists([]byte(name))
		if err != nil {
			return nil, fmt.Errorf("bucket %q: %w", name, err)
		}
		made, in = append(made, b), b
	}
	return made, nil
}

// eachAccount calls fn for the days of each account that has any.
func eachAccount(tx *bolt.Tx, fn func(account string, days *bolt.Bucket) error) error {
	accounts := tx.Bucket([]byte(accountsBucket))
	if accounts == nil { // a new file
		return nil
	}
	return accounts.ForEachBucket(func(name []byte) error {
		if days := accounts.Bucket(name).Bucket([]byte(daysBucket)); days != nil {
			return fn(string(name), days)
		}
		return nil
	})
}
