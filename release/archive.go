package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// entry is a file of an archive.
type entry struct {
	name       string // with slashes, below the archive's one directory
	content    []byte
	executable bool
}

func (e entry) mode() fs.FileMode {
	if e.executable {
		return 0o755
	}
	return 0o644
}

// companions reads the files that every archive holds. Those of the Go
// programs among them stay away.
func (r release) companions() ([]entry, error) {
	var entries []entry
	root := os.DirFS(r.source)
	for _, name := range companions() {
		err := fs.WalkDir(root, name, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(p) == ".go" {
				return err
			}
			content, err := fs.ReadFile(root, p)
			entries = append(entries, entry{name: p, content: content})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// sorted returns the entries by name, whatever order they were found in.
func sorted(entries []entry) []entry {
	return slices.SortedFunc(slices.Values(entries), func(a, b entry) int { return cmp.Compare(a.name, b.name) })
}

// tarball packs entries below a directory into a .tar.gz. Nothing in it depends
// on who packs it and when: owners are root, and all times are modified.
func tarball(dir string, entries []entry, modified time.Time) ([]byte, error) {
	var b bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(compressed)
	for _, e := range sorted(entries) {
		err := w.WriteHeader(&tar.Header{
			Name: path.Join(dir, e.name), Mode: int64(e.mode()), Size: int64(len(e.content)),
			ModTime: modified.UTC().Truncate(time.Second), Format: tar.FormatUSTAR,
		})
		if err == nil {
			_, err = w.Write(e.content)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	err = errors.Join(w.Close(), compressed.Close())
	return b.Bytes(), err
}

// zipfile packs entries below a directory into a .zip, as tarball does.
func zipfile(dir string, entries []entry, modified time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range sorted(entries) {
		h := &zip.FileHeader{Name: path.Join(dir, e.name), Method: zip.Deflate, Modified: modified.UTC().Truncate(2 * time.Second)}
		h.SetMode(e.mode())
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write(e.content)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// checksums returns the SHA-256 of files as sha256sum prints and checks them.
func checksums(dir string, names []string) (string, error) {
	var b strings.Builder
	for _, name := range slices.Sorted(slices.Values(names)) {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(content), name)
	}
	return b.String(), nil
}
